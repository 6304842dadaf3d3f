// The official client, over every api-version it can be told and every way to build it.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { AzureCommunicationTokenCredential, getIdentifierKind } from "@azure/communication-common";
import { CommunicationIdentityClient } from "@azure/communication-identity";
import { AzureKeyCredential } from "@azure/core-auth";

import { CONSTRUCTIONS, newClient } from "./construction.mjs";
import { deployment } from "./deployment.mjs";
import { call } from "./signed_request.mjs";
import { assertExpiresOn, assertNewId, assertToken, claimsOf } from "./token_shape.mjs";
import {
  API_VERSIONS,
  DEFAULT_VERSION,
  LIFETIME_MINUTES_MAX,
  LIFETIME_MINUTES_MIN,
  RAW_ID,
  SCOPE_COMBINATIONS,
  VERSIONS_WITH_LIFETIME,
  VERSIONS_WITH_NARROW_SCOPES,
} from "./wire_facts.mjs";

for (const [construction, build] of Object.entries(CONSTRUCTIONS)) {
  for (const apiVersion of API_VERSIONS) {
    describe(`a client built from ${construction}, told ${apiVersion}`, () => {
      const client = build({ apiVersion });

      it("creates a user and deletes it", async () => {
        const user = await client.createUser();
        assertNewId(user.communicationUserId);
        assert.equal(await client.deleteUser(user), undefined);
      });

      it("issues a token", async () => {
        const user = await client.createUser();
        const token = await client.getToken(user, ["voip", "chat"]);
        assertToken(token, {
          rawId: user.communicationUserId,
          scopes: ["voip", "chat"],
          minutes: LIFETIME_MINUTES_MAX,
        });
        await client.deleteUser(user);
      });

      it("creates a user and a token in one call", async () => {
        const { user, ...token } = await client.createUserAndToken(["voip"]);
        assertToken(token, {
          rawId: user.communicationUserId,
          scopes: ["voip"],
          minutes: LIFETIME_MINUTES_MAX,
        });
        await client.deleteUser(user);
      });

      it("revokes tokens and then issues a new one", async () => {
        const { user, token } = await client.createUserAndToken(["chat"]);
        assert.equal(await client.revokeTokens(user), undefined);
        const after = await client.getToken(user, ["chat"]);
        assert.notEqual(after.token, token);
        await client.deleteUser(user);
      });
    });
  }
}

for (const apiVersion of VERSIONS_WITH_LIFETIME) {
  for (const minutes of [LIFETIME_MINUTES_MIN, 61, 720, LIFETIME_MINUTES_MAX]) {
    it(`a token asked for ${minutes} minutes over ${apiVersion} lives that long`, async () => {
      const client = newClient(apiVersion);
      const options = { tokenExpiresInMinutes: minutes };
      const { user, ...first } = await client.createUserAndToken(["chat"], options);
      const second = await client.getToken(user, ["chat"], options);
      for (const token of [first, second]) {
        assertToken(token, { rawId: user.communicationUserId, scopes: ["chat"], minutes });
      }
      await client.deleteUser(user);
    });
  }
}

for (const apiVersion of VERSIONS_WITH_NARROW_SCOPES) {
  for (const scopes of SCOPE_COMBINATIONS) {
    it(`${scopes.join(" + ")} is accepted over ${apiVersion}`, async () => {
      const client = newClient(apiVersion);
      const { user, token } = await client.createUserAndToken(scopes);
      const second = await client.getToken(user, scopes);
      assert.equal(claimsOf(token).acsScope, scopes.join(","));
      assert.equal(claimsOf(second.token).acsScope, scopes.join(","));
      await client.deleteUser(user);
    });
  }
}

it("a scope named twice is granted once, at its first place", async () => {
  const client = newClient();
  const { user, token } = await client.createUserAndToken(["voip", "chat", "voip"]);
  assert.equal(claimsOf(token).acsScope, "voip,chat");
  await client.deleteUser(user);
});

it("the official token credential reads the token", async () => {
  const client = newClient();
  const { user, token, expiresOn } = await client.createUserAndToken(["chat", "voip"]);
  const credential = new AzureCommunicationTokenCredential(token);
  const read = await credential.getToken();
  assert.equal(read.token, token);
  assert.equal(read.expiresOnTimestamp, claimsOf(token).exp * 1000);
  assert.equal(read.expiresOnTimestamp, Math.floor(expiresOn.getTime() / 1000) * 1000);
  credential.dispose();
  await client.deleteUser(user);
});

it("the official token credential refreshes itself from this server", async () => {
  const client = newClient();
  const user = await client.createUser();
  const credential = new AzureCommunicationTokenCredential({
    tokenRefresher: async () => (await client.getToken(user, ["chat"])).token,
  });
  const read = await credential.getToken();
  assert.equal(claimsOf(read.token).skypeid, user.communicationUserId.replace(/^8:/, ""));
  credential.dispose();
  await client.deleteUser(user);
});

it("the official identifier model takes the id for a communication user", async () => {
  const client = newClient();
  const user = await client.createUser();
  assert.equal(getIdentifierKind(user).kind, "communicationUser");
  assert.equal(user.communicationUserId.split("_").length, 2);
  await client.deleteUser(user);
});

it("a user made over one version is served over every other", async () => {
  const client = newClient();
  const user = await client.createUser();
  for (const apiVersion of API_VERSIONS) {
    await newClient(apiVersion).getToken(user, ["chat"]);
    await newClient(apiVersion).revokeTokens(user);
  }
  await client.deleteUser(user);
});

it("many calls at once give as many different users", async () => {
  const client = newClient();
  const users = await Promise.all(Array.from({ length: 32 }, () => client.createUser()));
  assert.equal(new Set(users.map((user) => user.communicationUserId)).size, 32);
  await Promise.all(users.map((user) => client.deleteUser(user)));
});

it("a user created for an empty list of scopes comes without a token", async () => {
  const client = newClient();
  const { user, token, expiresOn } = await client.createUserAndToken([]);
  assert.match(user.communicationUserId, RAW_ID);
  assert.equal(token, undefined);
  assert.equal(expiresOn, undefined);
  await client.deleteUser(user);
});

it("successes carry the headers that the live service sends", async () => {
  const client = newClient();
  const answers = [];
  const options = { onResponse: (answer) => answers.push(answer) };
  const { user } = await client.createUserAndToken(["chat"], options);
  await client.getToken(user, ["chat"], options);
  await client.revokeTokens(user, options);
  await client.deleteUser(user, options);

  assert.deepEqual(
    answers.map((answer) => answer.status),
    [201, 200, 204, 204],
  );
  for (const { headers, request } of answers) {
    const listed = headers.get("api-supported-versions").split(", ");
    assert.deepEqual(
      API_VERSIONS.filter((version) => !listed.includes(version)),
      [],
    );
    assert.deepEqual(listed, [...listed].sort());
    assert.equal(headers.get("x-ms-client-request-id"), request.requestId);
    for (const name of ["ms-cv", "x-processing-time", "date"]) {
      assert.ok(headers.get(name), name);
    }
  }
  const [created, issued, revoked, deleted] = answers;
  for (const { headers, bodyAsText } of [created, issued]) {
    assert.equal(headers.get("content-type"), "application/json; charset=utf-8");
    assert.equal(Number(headers.get("content-length")), Buffer.byteLength(bodyAsText));
  }
  for (const { headers, bodyAsText } of [revoked, deleted]) {
    assert.ok(!headers.has("content-type"));
    assert.ok(!headers.has("content-length"));
    assert.ok(!bodyAsText);
  }
});

it("the members of a success are these, in this order", async () => {
  const body = { createTokenWithScopes: ["chat"], expiresInMinutes: 60 };
  const created = JSON.parse((await call("POST", `/identities?api-version=${DEFAULT_VERSION}`, body)).text);
  assert.deepEqual(Object.keys(created), ["identity", "accessToken"]);
  assert.deepEqual(Object.keys(created.identity), ["id"]);
  assert.deepEqual(Object.keys(created.accessToken), ["token", "expiresOn"]);
  assertExpiresOn(created.accessToken.expiresOn);

  const target = `/identities/${created.identity.id}/:issueAccessToken?api-version=${DEFAULT_VERSION}`;
  const issued = JSON.parse((await call("POST", target, { scopes: ["chat"] })).text);
  assert.deepEqual(Object.keys(issued), ["token", "expiresOn"]);
  assertExpiresOn(issued.expiresOn);
  await newClient().deleteUser({ communicationUserId: created.identity.id });
});

describe("plain http", () => {
  const skip = deployment.httpEndpoint
    ? false
    : "CALLSIGN_HTTP_ENDPOINT is not set: no plain http endpoint was offered to this run";

  it("every operation works where the program allows it", { skip }, async () => {
    const credential = new AzureKeyCredential(deployment.accessKey);
    const client = new CommunicationIdentityClient(deployment.httpEndpoint, credential, {
      allowInsecureConnection: true,
    });
    const { user } = await client.createUserAndToken(["chat"]);
    await client.getToken(user, ["voip"]);
    await client.revokeTokens(user);
    await client.deleteUser(user);
  });
});
