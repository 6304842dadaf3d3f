// What the page of the trusted token service gets: a good token, renewed before it ends, and nothing by a sign-in of others.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { startBrowser } from "./browser.mjs";
import { startServer } from "./server.mjs";
import { call, claimsOf, isGood, primaryKey } from "./wire.mjs";

describe("what the page of the trusted token service gets", () => {
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
