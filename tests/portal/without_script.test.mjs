// A browser without script: everything that matters is done by links and forms.

import assert from "node:assert/strict";
import { before, describe, it } from "node:test";

import { createIdentity, signedIn } from "./suite.mjs";
import { call, isGood } from "./wire.mjs";

const LIST = { method: "GET", target: "/callsign/v1/identities" };

describe("without script", () => {
  const at = signedIn();
  let visitor;
  before(async () => {
    visitor = await at.browser.signIn(at.server, { script: false });
  });

  it("a token is made, decoded, and its identity opened", async () => {
    await visitor.open("/portal/tokens");
    await visitor.press("Generate");
    const [id, token] = [await visitor.valueOf("Identity"), await visitor.valueOf("User access token")];
    assert.equal(await isGood(at, token), true);
    await visitor.press("Decode this token");
    assert.match(await visitor.text(), /This token is good/);
    await visitor.press(id);
    assert.equal(await visitor.valueOf("Id"), id);
  });

  it("no button is there that needs a script", async () => {
    for (const page of ["/portal", "/portal/get-started", "/portal/keys"]) {
      await visitor.open(page);
      const buttons = await visitor.page.$$eval("button", (all) => all.filter((one) => one.checkVisibility()).map((one) => one.type));
      assert.deepEqual(buttons.filter((type) => type !== "submit"), [], page);
    }
  });

  it("an identity is found, its tokens are revoked, and it is deleted", async () => {
    const { id, token } = await createIdentity(at, { customId: "somebody" });
    await visitor.open("/portal/identities");
    await visitor.type("Id or custom id", "somebody");
    await visitor.press("Search");
    await visitor.press(id);
    await visitor.press("Revoke its tokens…");
    await visitor.press("Revoke");
    assert.equal(await isGood(at, token), false);
    await visitor.press("Delete…");
    await visitor.press("Delete");
    assert.match(await visitor.text(), /The identity was deleted/);
  });

  it("keys are shown and regenerated", async () => {
    await visitor.open("/portal/keys");
    await visitor.press("Show the keys");
    assert.equal(await visitor.valueOf("Key"), at.key);
    await visitor.press("Regenerate the secondary key…");
    await visitor.press("Regenerate");
    assert.equal((await call(at.server, at.key, LIST)).status, 200);
    assert.match(await visitor.text(), /The key was regenerated/);
  });

  it("charts and what they count are there", async () => {
    await visitor.open("/portal/metrics");
    assert.ok((await visitor.page.$$("svg")).length >= 5);
    await visitor.press("Last day");
  });

  it("signing out ends the session", async () => {
    await visitor.press("Sign out");
    await visitor.open("/portal");
    assert.equal(visitor.path(), "/portal/sign-in");
  });
});
