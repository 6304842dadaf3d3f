// The page of the trusted token service: a user signs in, gets an identity and a token, and sees the token renewed.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { assertAccessible } from "./accessibility.mjs";
import { startBrowser } from "./browser.mjs";
import { startServer } from "./server.mjs";

describe("the page of the trusted token service", () => {
  let server, browser, visitor;
  before(async () => {
    server = await startServer({ flags: ["--dev-entra", "--trusted-tokens"] });
    browser = await startBrowser(server);
    visitor = await browser.visit(server);
  });
  after(async () => {
    await browser?.stop();
    await server?.stop();
    visitor?.assertNoComplaint();
  });

  const says = (id) => visitor.page.$eval(`#${id}`, (element) => element.innerText);
  const renewals = (count) =>
    visitor.page.waitForFunction((count) => document.getElementById("renewal-count").innerText === count, {}, count);

  async function signIn() {
    await visitor.press("Sign in");
    await visitor.type("User name", "alice@callsign.test");
    await visitor.type("Password", "callsign");
    await visitor.press("Sign in");
    await visitor.page.waitForSelector("#token[data-signature]");
  }

  it("signs in with the development authority, whose page says what is wrong", async () => {
    await visitor.open("/trusted");
    await assertAccessible(visitor);
    await visitor.press("Sign in");
    await assertAccessible(visitor);
    await visitor.type("User name", `<script>alert(1)</script>`);
    await visitor.type("Password", "callsign");
    assert.equal(await visitor.press("Sign in"), 400);
    await assertAccessible(visitor);
    await visitor.open("/trusted");
    await signIn();
    assert.match(await says("identity"), /^8:acs:/);
    assert.equal(await says("identity-origin"), "created now");
    await assertAccessible(visitor);
  });

  it("renews the token by the button and by the timer", async () => {
    const signature = () => visitor.page.$eval("#token", (element) => element.dataset.signature);
    const first = await signature();
    await visitor.click("Renew now");
    await renewals("1");
    const second = await signature();
    assert.notEqual(second, first);
    await visitor.page.select("#renewal", "soon");
    await renewals("2");
    assert.notEqual(await signature(), second);
    assert.match(await says("renewals"), /got the first token[^]*by the button[^]*by the timer/);
    assert.equal(await says("error"), "");
    await assertAccessible(visitor);
  });

  it("knows the user again, and deletes them when asked to", async () => {
    const id = await says("identity");
    await visitor.press("Sign out");
    await signIn();
    assert.equal(await says("identity"), id);
    assert.equal(await says("identity-origin"), "there already");
    await visitor.press("Delete the user and sign out");
    await signIn();
    assert.notEqual(await says("identity"), id);
  });
});
