// A server that trusts an OpenID provider of somebody else, by its configuration alone. This suite is run by itself,
// against such a server.

import assert from "node:assert/strict";
import { before, describe, it } from "node:test";

import { CommunicationIdentityClient } from "@azure/communication-identity";
import { SignJWT, decodeJwt, decodeProtectedHeader, generateKeyPair } from "jose";

import { deployment } from "./deployment.mjs";
import { assertRejected } from "./refusal.mjs";
import { assertNewId, assertToken } from "./token_shape.mjs";
import { DENIED, LIFETIME_MINUTES_MAX } from "./wire_facts.mjs";

const SERVICE = "https://communication.azure.com/";
const DENIED_AS_RECORDED = { status: 401, code: "Denied", message: DENIED, target: null, listsVersions: false };

if (!process.env.OPENID_PROVIDER) {
  console.error(
    "OPENID_PROVIDER is not set to the line that provider.mjs prints. `cargo xtask test --only peers` sets it, and " +
      "starts a server that trusts that provider.",
  );
  process.exit(2);
}
const { issuer, clients } = JSON.parse(process.env.OPENID_PROVIDER);

async function tokenFrom({ id, secret }, resource) {
  const discovery = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
  const body = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: id,
    client_secret: secret,
    resource,
  });
  const answer = await (await fetch(discovery.token_endpoint, { method: "POST", body })).json();
  assert.ok(answer.access_token, JSON.stringify(answer));
  return answer.access_token;
}

// The official client with a credential that has this one token.
function clientWith(token) {
  const expiresOnTimestamp = decodeJwt(token).exp * 1000;
  const credential = { getToken: async () => ({ token, expiresOnTimestamp }) };
  return new CommunicationIdentityClient(deployment.endpoint, credential);
}

describe("a token of the provider", () => {
  let good;
  before(async () => {
    good = await tokenFrom(clients.contributor, SERVICE);
  });

  it("opens every operation for the client that has a role", async () => {
    const client = clientWith(good);
    const user = await client.createUser();
    assertNewId(user.communicationUserId);
    const token = await client.getToken(user, ["chat", "voip"]);
    assertToken(token, {
      rawId: user.communicationUserId,
      scopes: ["chat", "voip"],
      minutes: LIFETIME_MINUTES_MAX,
    });
    await client.revokeTokens(user);
    await client.deleteUser(user);
  });

  it("is denied for a client without a role", async () => {
    await assertRejected(clientWith(await tokenFrom(clients.stranger, SERVICE)).createUser(), DENIED_AS_RECORDED);
  });

  it("is denied for another audience", async () => {
    const token = await tokenFrom(clients.contributor, "https://other.example/");
    await assertRejected(clientWith(token).createUser(), DENIED_AS_RECORDED);
  });

  it("is denied when somebody else signed it", async () => {
    const { privateKey } = await generateKeyPair("RS256");
    const forged = await new SignJWT(decodeJwt(good))
      .setProtectedHeader(decodeProtectedHeader(good))
      .sign(privateKey);
    await assertRejected(clientWith(forged).createUser(), DENIED_AS_RECORDED);
  });

  it("is denied when it names another issuer", async () => {
    const { privateKey } = await generateKeyPair("RS256");
    const foreign = await new SignJWT({ ...decodeJwt(good), iss: "https://issuer.example" })
      .setProtectedHeader(decodeProtectedHeader(good))
      .sign(privateKey);
    await assertRejected(clientWith(foreign).createUser(), DENIED_AS_RECORDED);
  });
});
