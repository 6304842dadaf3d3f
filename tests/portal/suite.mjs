// What suites have in common: a server, a browser and an administrator who is signed in; afterwards nothing is left, and no page has
// complained about anything.

import { after, before } from "node:test";

import { startBrowser } from "./browser.mjs";
import { startServer } from "./server.mjs";
import { call, primaryKey } from "./wire.mjs";

// Registers it for the suite that it is called in. What is answered is filled before the first test.
export function signedIn(options) {
  const at = {};
  before(async () => {
    at.server = await startServer(options);
    at.key = await primaryKey(at.server);
    at.browser = await startBrowser(at.server);
    at.visitor = await at.browser.signIn(at.server);
  });
  after(async () => {
    await at.browser?.stop();
    await at.server?.stop();
    at.visitor?.assertNoComplaint();
  });
  return at;
}

// An identity with a token, made as programs make one.
export async function createIdentity({ server, key }, { customId, scopes = ["chat"] } = {}) {
  const text = JSON.stringify({ createTokenWithScopes: scopes, customId });
  const { status, body } = await call(server, key, { target: "/identities?api-version=2025-03-02-preview", text });
  if (status !== 201) throw new Error(`creating an identity answered ${status}: ${JSON.stringify(body)}`);
  return { id: body.identity.id, token: body.accessToken.token };
}
