// Every refusal that a program can run into through the official client, and those that only a bare request meets.
// Texts are compared where the live service was recorded saying them; elsewhere the code and the target are.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { CommunicationIdentityClient } from "@azure/communication-identity";
import { AzureKeyCredential } from "@azure/core-auth";

import { newClient } from "./construction.mjs";
import { deployment, STRANGERS_KEY } from "./deployment.mjs";
import { assertRefusal, assertRejected } from "./refusal.mjs";
import { call, contentHash, send, sign } from "./signed_request.mjs";
import {
  API_VERSIONS,
  CLOCK_TOO_FAR_OFF,
  DEFAULT_VERSION,
  DENIED,
  FOREIGN_ID,
  HASH_DIFFERS,
  NOT_OWNED,
  SCOPES_EMPTY,
  SCOPES_REQUIRED,
  VERSIONS_WITH_LIFETIME,
  lifetimeOutOfRange,
  versionNotSupported,
} from "./wire_facts.mjs";

const IDENTITIES = `/identities?api-version=${DEFAULT_VERSION}`;
const FOREIGN_USER = { communicationUserId: FOREIGN_ID };
const DENIED_AS_RECORDED = { status: 401, code: "Denied", message: DENIED, target: null, listsVersions: false };

// The client's methods on one user, by the name of the operation.
const ON_USER = {
  issue: (client, user) => client.getToken(user, ["chat"]),
  revoke: (client, user) => client.revokeTokens(user),
  delete: (client, user) => client.deleteUser(user),
};

describe("with a user of this resource", () => {
  let user;
  let issueTarget;
  before(async () => {
    user = await newClient().createUser();
    issueTarget = `/identities/${user.communicationUserId}/:issueAccessToken?api-version=${DEFAULT_VERSION}`;
  });
  after(() => newClient().deleteUser(user));

  for (const apiVersion of VERSIONS_WITH_LIFETIME) {
    for (const minutes of [59, 1441]) {
      const expected = {
        status: 400,
        code: "ValidationError",
        message: lifetimeOutOfRange(minutes),
        target: "ExpiresInMinutes",
        listsVersions: true,
      };
      const options = { tokenExpiresInMinutes: minutes };

      it(`a lifetime of ${minutes} minutes is refused on create over ${apiVersion}`, () =>
        assertRejected(newClient(apiVersion).createUserAndToken(["chat"], options), expected));
      it(`a lifetime of ${minutes} minutes is refused on issue over ${apiVersion}`, () =>
        assertRejected(newClient(apiVersion).getToken(user, ["chat"], options), expected));
    }
  }

  for (const minutes of [60.5, 0, -60, 2 ** 32]) {
    it(`a lifetime of ${minutes} minutes is refused`, async () => {
      const expected = { status: 400, code: "ValidationError", target: "ExpiresInMinutes" };
      const options = { tokenExpiresInMinutes: minutes };
      await assertRejected(newClient().createUserAndToken(["chat"], options), expected);
      await assertRejected(newClient().getToken(user, ["chat"], options), expected);
    });
  }

  for (const apiVersion of API_VERSIONS) {
    it(`a token with an empty list of scopes is refused over ${apiVersion}`, () =>
      assertRejected(newClient(apiVersion).getToken(user, []), {
        status: 400,
        code: "ValidationError",
        message: SCOPES_EMPTY,
        target: "scopes",
        listsVersions: true,
      }));
  }

  it("the client itself refuses to ask for a token without a list of scopes", () =>
    assert.rejects(newClient().getToken(user, undefined), /scopes/));

  for (const scopes of [["chess"], ["chat", "chess"], ["CHAT"], [""], ["pstn"]]) {
    it(`the unknown scope in ${JSON.stringify(scopes)} is refused`, async () => {
      const expected = (target) => ({ status: 400, code: "ValidationError", target });
      await assertRejected(newClient().createUserAndToken(scopes), expected("createTokenWithScopes"));
      await assertRejected(newClient().getToken(user, scopes), expected("scopes"));
    });
  }

  for (const body of [{}, { scopes: null }]) {
    it(`scopes that are absent or null, as in ${JSON.stringify(body)}, are refused`, async () =>
      assertRefusal(await call("POST", issueTarget, body), {
        status: 400,
        code: "ValidationError",
        message: SCOPES_REQUIRED,
        target: "Scopes",
        listsVersions: false,
      }));
  }

  for (const [body, target] of [
    ['{"scopes":["chat"]', undefined],
    ["scopes=chat", undefined],
    ['{"scopes":"chat"}', undefined],
    ['{"scopes":[1]}', undefined],
    ['["chat"]', undefined],
    ['{"scopes":["chat"],"expiresInMinutes":"60"}', "ExpiresInMinutes"],
    ['{"scopes":["chat"],"expiresInMinutes":60.5}', "ExpiresInMinutes"],
  ]) {
    it(`the body ${body} is refused`, async () =>
      assertRefusal(await call("POST", issueTarget, body), { status: 400, code: "ValidationError", target }));
  }
});

for (const [operation, onUser] of Object.entries(ON_USER)) {
  for (const apiVersion of API_VERSIONS) {
    it(`an id of another resource is refused on ${operation} over ${apiVersion}`, () =>
      assertRejected(onUser(newClient(apiVersion), FOREIGN_USER), {
        status: 401,
        code: "IdentityNotOwned",
        message: NOT_OWNED,
        target: null,
        listsVersions: true,
      }));
  }

  for (const communicationUserId of ["not-an-id", "8:acs:nonsense"]) {
    it(`the malformed id ${communicationUserId} is refused on ${operation}`, () =>
      assertRejected(onUser(newClient(), { communicationUserId }), {
        status: 400,
        code: "ValidationError",
        target: "id",
      }));
  }
}

for (const apiVersion of API_VERSIONS) {
  it(`a deleted user gets no token and can be revoked and deleted again over ${apiVersion}`, async () => {
    const client = newClient(apiVersion);
    const user = await client.createUser();
    await client.deleteUser(user);
    await assertRejected(client.getToken(user, ["chat"]), { status: 404, code: "IdentityNotFound" });
    assert.equal(await client.revokeTokens(user), undefined);
    assert.equal(await client.deleteUser(user), undefined);
  });
}

it("a stranger's key is denied", async () => {
  const client = new CommunicationIdentityClient(deployment.endpoint, new AzureKeyCredential(STRANGERS_KEY));
  await assertRejected(client.createUser(), DENIED_AS_RECORDED);
  await assertRejected(client.createUserAndToken(["chat"]), DENIED_AS_RECORDED);
  for (const onUser of Object.values(ON_USER)) {
    await assertRejected(onUser(client, FOREIGN_USER), DENIED_AS_RECORDED);
  }
});

for (const apiVersion of ["1999-01-01", "2023-10-01-preview", "latest"]) {
  it(`the unknown version ${apiVersion} is refused`, () =>
    assertRejected(newClient(apiVersion).createUser(), {
      status: 400,
      code: "UnsupportedApiVersion",
      message: versionNotSupported("/identities", apiVersion),
    }));
}

describe("a bare request", () => {
  for (const minutes of [-6, 6]) {
    it(`whose clock is ${minutes} minutes off is denied`, async () => {
      const when = new Date(Date.now() + minutes * 60_000);
      const answer = await call("POST", IDENTITIES, "", { when });
      assertRefusal(answer, { status: 401, code: "Denied", message: CLOCK_TOO_FAR_OFF, target: null });
    });
  }

  it("whose body was changed on the way is denied", async () => {
    const headers = sign("POST", IDENTITIES, '{"createTokenWithScopes":["chat"]}');
    const answer = await send("POST", IDENTITIES, '{"createTokenWithScopes":["voip"]}', headers);
    assertRefusal(answer, { status: 401, code: "Denied", message: HASH_DIFFERS, target: null });
  });

  it("whose body was changed together with its hash is denied", async () => {
    const changed = '{"createTokenWithScopes":["voip"]}';
    const headers = sign("POST", IDENTITIES, '{"createTokenWithScopes":["chat"]}');
    headers["x-ms-content-sha256"] = contentHash(changed);
    assertRefusal(await send("POST", IDENTITIES, changed, headers), DENIED_AS_RECORDED);
  });

  it("whose signature covers another method is denied", async () => {
    const target = `/identities/${FOREIGN_ID}?api-version=${DEFAULT_VERSION}`;
    assertRefusal(await send("DELETE", target, "", sign("POST", target)), DENIED_AS_RECORDED);
  });

  for (const authorization of [
    undefined,
    "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=%%%",
    "HMAC-SHA256",
    "Basic YTpi",
    "Bearer not.a.token",
  ]) {
    it(`with ${authorization ?? "no authorization"} is denied`, async () => {
      const headers = sign("POST", IDENTITIES);
      delete headers.authorization;
      if (authorization) {
        headers.authorization = authorization;
      }
      const answer = await send("POST", IDENTITIES, "", headers);
      assertRefusal(answer, { status: 401, code: "Denied", target: null, listsVersions: false });
    });
  }

  for (const [name, status, code, request] of [
    ["without a version", 400, "ApiVersionUnspecified", () => call("POST", "/identities")],
    ["with a wrong method", 405, "MethodNotAllowed", () => call("PUT", IDENTITIES)],
    ["for an unknown path", 404, "NotFound", () => call("POST", `/nothing-here?api-version=${DEFAULT_VERSION}`)],
    ["with 70 KiB of body", 413, "RequestEntityTooLarge", () => call("POST", IDENTITIES, " ".repeat(70 * 1024))],
    ["with 3 KiB of URI", 414, "UriTooLong", () => call("POST", `${IDENTITIES}&padding=${"p".repeat(3 * 1024)}`)],
    [
      "with 20 KiB of header",
      431,
      "RequestHeaderFieldsTooLarge",
      () => call("POST", IDENTITIES, "", { headers: { "x-padding": "p".repeat(20 * 1024) } }),
    ],
  ]) {
    it(`${name} is refused`, async () => assertRefusal(await request(), { status, code }));
  }

  it("gets its request id back with a refusal", async () => {
    const headers = { "x-ms-client-request-id": "callsign-peers-4" };
    for (const answer of [
      await call("POST", IDENTITIES, "", { headers, accessKey: STRANGERS_KEY }),
      await call("POST", "/identities", "", { headers }),
      await call("DELETE", `/identities/${FOREIGN_ID}?api-version=${DEFAULT_VERSION}`, "", { headers }),
    ]) {
      assert.equal(answer.headers.get("x-ms-client-request-id"), "callsign-peers-4", answer.text);
    }
  });
});
