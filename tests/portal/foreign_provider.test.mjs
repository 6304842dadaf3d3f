// Signing in by an OpenID provider of somebody else.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { startBrowser } from "./browser.mjs";
import { startProvider } from "./provider.mjs";
import { startServer } from "./server.mjs";

describe("an OpenID provider of somebody else", () => {
  let provider, server, browser;
  before(async () => {
    provider = await startProvider();
    server = await startServer({
      settings: {
        CALLSIGN_PORTAL_OPENID_PROVIDER: provider.issuer,
        CALLSIGN_PORTAL_OPENID_CLIENT_ID: provider.client.id,
        CALLSIGN_PORTAL_OPENID_CLIENT_SECRET: provider.client.secret,
        CALLSIGN_PORTAL_ADMINISTRATORS: "alice",
      },
    });
    provider.serve(`${server.https}/portal/openid/callback`);
    browser = await startBrowser(server);
  });
  after(async () => {
    await browser?.stop();
    await server?.stop();
    await provider?.stop();
  });

  async function signIn(name) {
    const visitor = await browser.visit(server);
    await visitor.open("/portal");
    await visitor.press(`Sign in at ${new URL(provider.issuer).host}`);
    await visitor.page.type("[name=login]", name);
    await visitor.page.type("[name=password]", "whatever");
    await visitor.press("Sign-in");
    return { visitor, status: await visitor.press("Continue") };
  }

  it("signs in an administrator, by the subject", async () => {
    const { visitor } = await signIn("alice");
    assert.equal(visitor.path(), "/portal");
    assert.equal(await visitor.open("/portal/keys"), 200);
    assert.match(await visitor.text(), /\balice\b/);
  });

  it("signs in nobody else", async () => {
    const { visitor, status } = await signIn("mallory");
    assert.equal(status, 403);
    assert.match(await visitor.text(), /mallory[^]*portal\.administrators/);
  });
});
