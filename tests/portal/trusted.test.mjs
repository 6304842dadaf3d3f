// The page of the trusted token service: it signs a user in, and renews the user's access token before it ends.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { assertAccessible } from "./accessibility.mjs";
import { startBrowser } from "./browser.mjs";
import { startServer } from "./server.mjs";
import { call, claimsOf, isGood, primaryKey } from "./wire.mjs";

describe("the page of the trusted token service", () => {
  const at = {};
  before(async () => {
    at.server = await startServer({ flags: ["--dev-entra", "--trusted-tokens"] });
    at.key = await primaryKey(at.server);
    at.browser = await startBrowser(at.server);
  });
  after(async () => {
    await at.browser?.stop();
    await at.server?.stop();
  });

  // A visitor, and the access tokens that their page gets.
  async function visit() {
    const visitor = await at.browser.visit(at.server);
    const tokens = [];
    visitor.page.on("response", (response) => {
      if (new URL(response.url()).pathname === "/api/token" && response.status() === 201) {
        tokens.push(response.json().then(({ token }) => token));
      }
    });
    await visitor.open("/trusted");
    return { visitor, tokens: () => Promise.all(tokens) };
  }

  async function signedIn(name) {
    const { visitor, tokens } = await visit();
    await visitor.press("Sign in");
    assert.match(visitor.path(), /\/oauth2\/v2\.0\/authorize\?/);
    await visitor.type("User name", `${name}@callsign.test`);
    await visitor.type("Password", "callsign");
    await visitor.press("Sign in");
    await renewals(visitor, 1);
    return { visitor, tokens };
  }

  const textOf = (visitor, id) => visitor.page.$eval(`#${id}`, (element) => element.textContent);
  const momentOf = (visitor, id) => visitor.page.$eval(`#${id}`, (element) => Date.parse(element.dateTime));

  // Waits until so many tokens were got.
  function renewals(visitor, count) {
    const got = (count) => document.querySelectorAll("#renewals li").length === count;
    return visitor.page.waitForFunction(got, {}, count);
  }

  it("asks to sign in, and keeps nothing of it in the address", async () => {
    const { visitor } = await visit();
    assert.equal(await textOf(visitor, "status"), "Nobody is signed in.");
    await assertAccessible(visitor);
    const { visitor: alice } = await signedIn("alice");
    assert.equal(alice.path(), "/trusted");
    assert.match(await textOf(alice, "identity"), /^8:acs:[0-9a-f-]{36}_[0-9a-f-]{36}$/);
    assert.equal(await textOf(alice, "identity-origin"), "created now");
    await assertAccessible(alice);
    const { visitor: again } = await signedIn("alice");
    assert.equal(await textOf(again, "identity"), await textOf(alice, "identity"));
    assert.equal(await textOf(again, "identity-origin"), "there already");
    for (const visited of [visitor, alice, again]) visited.assertNoComplaint();
  });

  it("gets a token of the user, and says when it ends and when it is renewed: before", async () => {
    const { visitor, tokens } = await signedIn("bob");
    const [token, ...more] = await tokens();
    assert.deepEqual(more, []);
    assert.equal(await isGood(at, token), true);
    const { skypeid, exp, acsScope } = claimsOf(token);
    assert.equal(`8:${skypeid}`, await textOf(visitor, "identity"));
    assert.equal(acsScope, "chat,voip");
    assert.equal(Math.floor((await momentOf(visitor, "expires-on")) / 1000), exp);
    const before = (await momentOf(visitor, "expires-on")) - (await momentOf(visitor, "renews-at"));
    assert.ok(Math.abs(before - 10 * 60 * 1000) < 2000, `${before} ms before`);
    visitor.assertNoComplaint();
  });

  it("renews it by the button and by the timer", async () => {
    const { visitor, tokens } = await signedIn("bob");
    await visitor.click("Renew now");
    await renewals(visitor, 2);
    assert.equal(await textOf(visitor, "status"), "The access token was renewed, by the button.");
    await visitor.page.select("#renewal", "soon");
    await renewals(visitor, 3);
    assert.equal(await textOf(visitor, "status"), "The access token was renewed, by the timer.");
    assert.equal(await textOf(visitor, "renewal-count"), "2");
    const all = new Set(await tokens());
    assert.equal(all.size, 3);
    for (const token of all) assert.equal(await isGood(at, token), true);
    visitor.assertNoComplaint();
  });

  it("tells that the identity is gone, and goes on asking", async () => {
    const { visitor, tokens } = await signedIn("alice");
    const [token] = await tokens();
    const id = await textOf(visitor, "identity");
    const { status } = await call(at.server, at.key, { method: "DELETE", target: `/identities/${id}?api-version=2026-09-23` });
    assert.equal(status, 204);
    await visitor.click("Renew now");
    await visitor.page.waitForFunction(() => document.getElementById("error").textContent !== "");
    assert.equal(await textOf(visitor, "error"), "the caller has no identity");
    assert.ok((await momentOf(visitor, "renews-at")) - Date.now() <= 5000);
    assert.equal(await isGood(at, token), false);
  });

  it("deletes the user with all tokens", async () => {
    const { visitor, tokens } = await signedIn("bob");
    const [token] = await tokens();
    await visitor.press("Delete the user and sign out");
    assert.equal(await textOf(visitor, "status"), "Nobody is signed in.");
    assert.equal(await isGood(at, token), false);
    const { visitor: again } = await signedIn("bob");
    assert.equal(await textOf(again, "identity-origin"), "created now");
  });

  it("takes no code of a sign-in that was not begun there", async () => {
    const { visitor } = await visit();
    const asked = [];
    visitor.page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    await visitor.open("/trusted?code=planted&state=planted");
    await visitor.page.waitForFunction(() => document.getElementById("error").textContent !== "");
    assert.match(await textOf(visitor, "error"), /not begun here/);
    assert.equal(visitor.path(), "/trusted");
    assert.deepEqual(asked.filter((path) => path.endsWith("/token")), []);
  });
});
