// Users of Entra exchange their tokens: by the credential of the common package, and by the identity client for Teams.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { AzureCommunicationTokenCredential } from "@azure/communication-common";
import { UsernamePasswordCredential } from "@azure/identity";

import { newClient } from "./construction.mjs";
import { deployment } from "./deployment.mjs";
import { ALICE, BOB, PASSWORD, authority, entraClaims } from "./entra.mjs";
import { assertRejected } from "./refusal.mjs";
import { call } from "./signed_request.mjs";
import { claimsOf } from "./token_shape.mjs";
import { RAW_ID } from "./wire_facts.mjs";

const TEAMS_PERMISSIONS = [
  "https://auth.msft.communication.azure.com/Teams.ManageCalls",
  "https://auth.msft.communication.azure.com/Teams.ManageChats",
];

// What the two routes of the credential differ in. An assignment lets a user in; nobody is let in without one.
const EXCHANGES = {
  "an Entra user": {
    scopes: ["https://communication.azure.com/clients/VoIP", "https://communication.azure.com/clients/Chat"],
    assignment: (oid) => `/access/entra/assignments/${oid}?api-version=2025-03-02-preview`,
    body: { tenantId: authority.devTenant, principalType: "user", clientIds: [authority.clientId] },
    skypeId: (resource, oid) => `acs:${resource}_wf_${authority.devTenant}_${oid}`,
    acsScopes: ["chat", "voip"],
  },
  "a user of the Teams extension": {
    scopes: ["https://auth.msft.communication.azure.com/TeamsExtension.ManageCalls"],
    assignment: (oid) =>
      `/access/teamsExtension/tenants/${authority.devTenant}/assignments/${oid}?api-version=2025-06-30`,
    body: { principalType: "user" },
    skypeId: (resource, oid) => `acs:${resource}_${authority.devTenant}_${oid}`,
    acsScopes: ["voip"],
  },
};

// A credential of its own for each test, because it keeps what it got.
function signedIn(username) {
  return new UsernamePasswordCredential("adfs", authority.clientId, username, PASSWORD, {
    authorityHost: authority.host,
  });
}

function exchanging(tokenCredential, scopes) {
  return new AzureCommunicationTokenCredential({ resourceEndpoint: deployment.endpoint, tokenCredential, scopes });
}

async function resourceId() {
  const client = newClient();
  const user = await client.createUser();
  await client.deleteUser(user);
  return RAW_ID.exec(user.communicationUserId).groups.resource;
}

for (const [who, { scopes, assignment, body, skypeId, acsScopes }] of Object.entries(EXCHANGES)) {
  describe(`${who} who was assigned`, () => {
    const entra = signedIn(ALICE);
    let alice;

    before(async () => {
      alice = entraClaims((await entra.getToken(scopes)).token);
      const { status, text } = await call("PUT", assignment(alice.oid), body);
      assert.ok([200, 201].includes(status), text);
    });
    after(async () => {
      assert.equal((await call("DELETE", assignment(alice.oid))).status, 204);
    });

    it("gets an access token that ends with the Entra token", async () => {
      const credential = exchanging(entra, scopes);
      const { token, expiresOnTimestamp } = await credential.getToken();
      credential.dispose();
      const claims = claimsOf(token);
      assert.equal(claims.skypeid, skypeId(await resourceId(), alice.oid));
      assert.deepEqual(claims.acsScope.split(",").sort(), acsScopes);
      assert.equal(claims.exp, entraClaims((await entra.getToken(scopes)).token).exp);
      assert.equal(expiresOnTimestamp, claims.exp * 1000);
    });
  });

  it(`${who} who was not assigned is refused`, async () => {
    await assert.rejects(exchanging(signedIn(BOB), scopes).getToken(), /Service request failed\. Status: 40[13],/);
  });
}

it("the credential that is told no scopes gets every one that the user may have", async () => {
  const { assignment, body, skypeId } = EXCHANGES["an Entra user"];
  const entra = signedIn(ALICE);
  const { oid } = entraClaims((await entra.getToken("https://communication.azure.com/clients/.default")).token);
  await call("PUT", assignment(oid), body);
  const credential = exchanging(entra);
  const claims = claimsOf((await credential.getToken()).token);
  credential.dispose();
  await call("DELETE", assignment(oid));
  assert.equal(claims.skypeid, skypeId(await resourceId(), oid));
  assert.deepEqual(claims.acsScope.split(",").sort(), ["chat", "chat.join", "chat.join.limited", "voip", "voip.join"]);
});

describe("a user of Teams", () => {
  let teamsUserAadToken;
  let alice;
  before(async () => {
    ({ token: teamsUserAadToken } = await signedIn(ALICE).getToken(TEAMS_PERMISSIONS));
    alice = entraClaims(teamsUserAadToken);
  });

  it("gets an access token that ends with the Entra token", async () => {
    const options = { teamsUserAadToken, clientId: authority.clientId, userObjectId: alice.oid };
    const { token, expiresOn } = await newClient().getTokenForTeamsUser(options);
    const claims = claimsOf(token);
    assert.equal(claims.skypeid, `orgid:${alice.oid}`);
    assert.equal(claims.scp, 1024);
    assert.equal(claims.acsScope, "voip,chat");
    assert.equal(claims.exp, alice.exp);
    assert.equal(Math.floor(expiresOn.getTime() / 1000), alice.exp);
  });

  it("gets none for another application", () => {
    const options = { teamsUserAadToken, clientId: crypto.randomUUID(), userObjectId: alice.oid };
    return assertRejected(newClient().getTokenForTeamsUser(options), {
      status: 400,
      code: "ValidationError",
      message: "AAD application is not the expected one.",
      target: "appId",
      listsVersions: true,
    });
  });

  it("gets none for another user", () => {
    const options = { teamsUserAadToken, clientId: authority.clientId, userObjectId: crypto.randomUUID() };
    return assertRejected(newClient().getTokenForTeamsUser(options), {
      status: 400,
      code: "ValidationError",
      message: "Provided AAD token issued for unexpected user.",
      target: "userId",
      listsVersions: true,
    });
  });

  it("gets none for what is no token", () => {
    const options = { teamsUserAadToken: "garbage", clientId: authority.clientId, userObjectId: alice.oid };
    return assertRejected(newClient().getTokenForTeamsUser(options), {
      status: 401,
      code: "InvalidAccessToken",
      message: "Provided access token is not valid.",
      target: null,
      listsVersions: false,
    });
  });
});
