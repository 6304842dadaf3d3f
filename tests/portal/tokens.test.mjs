// Identities & user access tokens: generate, copy, issue again.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { assertAccessible } from "./accessibility.mjs";
import { signedIn } from "./suite.mjs";
import { claimsOf, isGood } from "./wire.mjs";

describe("the page that makes tokens", () => {
  const at = signedIn();

  it("makes an identity and a token with the chosen scopes and lifetime, which is good", async () => {
    const { visitor } = at;
    await visitor.open("/portal/tokens");
    await visitor.click("voip");
    await visitor.click("chat.join");
    await visitor.type("Lifetime in minutes", "60");
    await visitor.press("Generate");
    const token = await visitor.valueOf("User access token");
    const { acsScope, skypeid, iat, exp } = claimsOf(token);
    assert.deepEqual(acsScope.split(",").sort(), ["chat", "chat.join"]);
    assert.equal(exp - iat, 60 * 60);
    assert.equal(`8:${skypeid}`, await visitor.valueOf("Identity"));
    assert.equal(Date.parse(await visitor.valueOf("Expires on")), exp * 1000);
    assert.equal(await isGood(at, token), true);
    assert.match(await visitor.text(), /59 min \d+ s left|1 h 0 min left/);
    await assertAccessible(visitor);
  });

  it("copies the id, the token and its end", async () => {
    const { visitor } = at;
    for (const name of ["Identity", "User access token", "Expires on"]) {
      assert.equal(await visitor.copied(`Copy ${name}`), await visitor.valueOf(name));
    }
  });

  it("issues another token for the same identity", async () => {
    const { visitor } = at;
    const [id, first] = [await visitor.valueOf("Identity"), await visitor.valueOf("User access token")];
    await visitor.press("Another token for this identity");
    assert.equal(await visitor.valueOf("Identity"), id);
    const second = await visitor.valueOf("User access token");
    assert.notEqual(second, first);
    assert.equal(await isGood(at, second), true);
  });

  it("issues a token for an identity that is typed in", async () => {
    const { visitor } = at;
    const id = await visitor.valueOf("Identity");
    await visitor.open("/portal/tokens");
    await visitor.type("Identity (optional)", id);
    await visitor.press("Generate");
    assert.equal(await visitor.valueOf("Identity"), id);
  });

  it("says what is wrong with what was typed, and keeps it", async () => {
    const { visitor } = at;
    await visitor.open("/portal/tokens");
    for (const scope of ["chat", "voip"]) await visitor.click(scope);
    await visitor.type("Custom id (optional)", "<img src=x onerror=alert(1)>");
    assert.equal(await visitor.press("Generate"), 400);
    assert.match(await visitor.text(), /No scope is chosen/);
    assert.equal(await visitor.valueOf("Custom id (optional)"), "<img src=x onerror=alert(1)>");
    await assertAccessible(visitor);
  });
});
