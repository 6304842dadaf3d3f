// Signing in by an OpenID provider: the development authority of another server.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { assertAccessible } from "./accessibility.mjs";
import { startBrowser } from "./browser.mjs";
import { startServer } from "./server.mjs";

const TENANT = "ca115160-0000-4000-8000-00000000de01";
const CLIENT = "ca115160-0000-4000-8000-00000000de02";
const [ALICE, BOB, CAROL] = ["a11ce000-0000-4000-8000-000000000001", "b0b00000-0000-4000-8000-000000000002", "ca401000-0000-4000-8000-000000000003"];

describe("signing in by an OpenID provider", () => {
  let authority, server, browser;
  before(async () => {
    const users = { alice: ALICE, bob: BOB, carol: CAROL };
    authority = await startServer({
      flags: ["--dev-entra"],
      settings: {
        CALLSIGN_DEV_ENTRA_USERS: Object.entries(users).map(([name, object]) => `${name} object=${object}`).join(","),
      },
    });
    const provider = `${authority.http}/adfs tenant=${TENANT}`;
    server = await startServer({
      settings: {
        CALLSIGN_PORTAL_OPENID_PROVIDER: provider,
        CALLSIGN_PORTAL_OPENID_CLIENT_ID: CLIENT,
        CALLSIGN_PORTAL_ADMINISTRATORS: ALICE,
        CALLSIGN_ENTRA_ISSUERS: provider,
        CALLSIGN_ENTRA_ROLES: `reader on * for principal ${BOB}`,
      },
    });
    browser = await startBrowser(server, authority);
  });
  after(async () => {
    await browser?.stop();
    await server?.stop();
    await authority?.stop();
  });

  // Goes to the provider and signs in there.
  async function signIn(name, options) {
    const visitor = await browser.visit(server, options);
    await visitor.open("/portal");
    const { host } = new URL(authority.http);
    await visitor.press(`Sign in at ${host}`);
    assert.equal(new URL(visitor.page.url()).origin, authority.http);
    await visitor.type("User name", name);
    await visitor.type("Password", "callsign");
    return { visitor, status: await visitor.press("Sign in") };
  }

  it("lets an administrator do everything, and signing out ends it", async () => {
    const { visitor } = await signIn("alice");
    assert.equal(visitor.path(), "/portal");
    assert.equal(await visitor.open("/portal/keys"), 200);
    assert.ok((await visitor.text()).includes(`alice/${ALICE}`));
    await assertAccessible(visitor);
    const cookies = await visitor.page.cookies();
    assert.deepEqual(cookies.map(({ name }) => name), ["__Host-callsign-session"]);
    await visitor.press("Sign out");
    await visitor.open("/portal");
    assert.equal(visitor.path(), "/portal/sign-in");
    await assertAccessible(visitor);
    visitor.assertNoComplaint();
  });

  it("works without script", async () => {
    const { visitor } = await signIn("alice", { script: false });
    assert.equal(visitor.path(), "/portal");
  });

  it("lets a reader read, and offers nothing else", async () => {
    const { visitor } = await signIn("bob");
    assert.equal(visitor.path(), "/portal");
    assert.equal(await visitor.has("Keys"), false);
    assert.equal(await visitor.open("/portal/keys"), 403);
    assert.match(await visitor.text(), /This needs an administrator/);
    await assertAccessible(visitor);
    visitor.assertNoComplaint();
  });

  it("lets nobody in without a role, and says whom to ask", async () => {
    const { visitor, status } = await signIn("carol");
    assert.equal(status, 403);
    assert.match(await visitor.text(), new RegExp(`carol/${CAROL}[^]*portal\\.administrators`));
    await assertAccessible(visitor);
    await visitor.open("/portal");
    assert.equal(visitor.path(), "/portal/sign-in");
    visitor.assertNoComplaint();
  });

  it("does not end in another browser than it began in", async () => {
    const [attacker, victim] = [await browser.visit(server), await browser.visit(server)];
    await attacker.open("/portal/openid");
    await attacker.type("User name", "alice");
    await attacker.type("Password", "callsign");
    // The attacker stops before the portal and hands the address on.
    await attacker.page.setRequestInterception(true);
    const address = new Promise((found) => {
      attacker.page.on("request", (request) => {
        if (!request.url().startsWith(`${server.https}/portal/openid/callback`)) return request.continue();
        found(request.url());
        return request.abort();
      });
    });
    await attacker.click("Sign in");
    assert.equal(await victim.openLink(await address), 403);
    assert.match(await victim.text(), /This sign-in was not begun here/);
    assert.deepEqual(await victim.page.cookies(), []);
    await assertAccessible(victim);
  });
});
