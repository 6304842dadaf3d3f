// Signing keys: what there is, rotating, revoking one.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { assertAccessible } from "./accessibility.mjs";
import { createIdentity, signedIn } from "./suite.mjs";
import { isGood } from "./wire.mjs";

describe("the signing keys", () => {
  const at = signedIn();

  const published = async () => (await (await fetch(`${at.server.http}/.well-known/jwks.json`)).json()).keys;
  const active = () =>
    at.visitor.page.$$eval("tbody tr", (rows) => {
      const signing = rows.filter((row) => row.querySelector(".tag").textContent === "active");
      return signing.map((row) => row.querySelector("th").textContent);
    });

  it("are those that are published", async () => {
    const { visitor } = at;
    await visitor.open("/portal/signing-keys");
    const shown = await visitor.page.$$eval("tbody th", (cells) => cells.map((cell) => cell.textContent));
    for (const { kid } of await published()) assert.ok(shown.includes(kid), kid);
    await assertAccessible(visitor);
  });

  it("rotate, and tokens of the key before stay good", async () => {
    const { visitor } = at;
    const { token } = await createIdentity(at);
    await visitor.press("Rotate RS256 now…");
    await assertAccessible(visitor);
    await visitor.press("Rotate");
    assert.match(await visitor.text(), /The next key takes over/);
    assert.equal(await isGood(at, token), true);
    await assertAccessible(visitor);
  });

  it("are revoked after a question, and every token that such a key signed is dead", async () => {
    const { visitor } = at;
    const { token } = await createIdentity(at);
    const { kid } = JSON.parse(Buffer.from(token.split(".")[0], "base64url"));
    assert.ok((await active()).includes(kid));
    await visitor.press(`Revoke… ${kid}`);
    assert.match(await visitor.text(), /revoked for ever/);
    await assertAccessible(visitor);
    await visitor.press("Cancel");
    assert.equal(await isGood(at, token), true);
    await visitor.press(`Revoke… ${kid}`);
    await visitor.press("Revoke for ever");
    assert.equal(await isGood(at, token), false);
    assert.equal((await active()).includes(kid), false);
    assert.equal((await published()).some((key) => key.kid === kid), false);
    await assertAccessible(visitor);
  });
});
