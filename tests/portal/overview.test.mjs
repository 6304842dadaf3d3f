// Overview: what there is, and where to go.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { assertAccessible } from "./accessibility.mjs";
import { createIdentity, signedIn } from "./suite.mjs";

describe("the overview", () => {
  const at = signedIn();

  it("tells the endpoint, which can be copied, and how many identities have a live token", async () => {
    const { visitor, server } = at;
    await createIdentity(at);
    await visitor.open("/portal");
    assert.match(await visitor.text(), /Identities with a live token\s+1\b/);
    assert.equal(await visitor.copied("Copy Endpoint"), server.https);
    await assertAccessible(visitor);
  });

  it("leads to every page of the menu, and the page says which it is", async () => {
    const { visitor } = at;
    const names = await visitor.page.$$eval("nav.menu a", (links) => links.map((link) => link.textContent));
    assert.ok(names.length >= 8, names);
    for (const name of names) {
      assert.equal(await visitor.press(name), 200);
      assert.equal(await visitor.heading(), name);
      assert.equal(await visitor.page.title(), `${name} · Callsign`);
      assert.equal(await visitor.page.$eval("nav.menu a[aria-current=page]", (link) => link.textContent), name);
    }
  });

  it("answers a page that is not there with one that says so", async () => {
    assert.equal(await at.visitor.open("/portal/nothing"), 404);
    await assertAccessible(at.visitor);
  });
});
