// Keys: hidden until they are shown, copied, regenerated.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { assertAccessible } from "./accessibility.mjs";
import { createIdentity, signedIn } from "./suite.mjs";
import { call, isGood } from "./wire.mjs";

const LIST = { method: "GET", target: "/callsign/v1/identities" };

describe("the keys", () => {
  const at = signedIn();

  it("are hidden until they are asked for, and hidden again", async () => {
    const { visitor, key } = at;
    await visitor.open("/portal/keys");
    assert.equal((await visitor.page.content()).includes(key), false);
    await assertAccessible(visitor);
    await visitor.press("Show the keys");
    assert.equal(await visitor.valueOf("Key"), key);
    await assertAccessible(visitor);
    await visitor.press("Hide the keys");
    assert.equal((await visitor.page.content()).includes(key), false);
  });

  it("are copied as connection strings that programs take", async () => {
    const { visitor, server, key } = at;
    await visitor.press("Show the keys");
    assert.equal(await visitor.copied("Copy Connection string"), `endpoint=${server.https}/;accesskey=${key}`);
    assert.equal((await call(server, key, LIST)).status, 200);
  });

  it("are regenerated after a question that says how many tokens die: the old key and its tokens are dead at once", async () => {
    const { visitor, server, key } = at;
    const { token } = await createIdentity(at);
    await visitor.open("/portal/keys");
    await visitor.press("Regenerate the primary key…");
    assert.match(await visitor.text(), /Tokens of up to 1 identity may be hit/);
    await assertAccessible(visitor);
    await visitor.press("Cancel");
    assert.equal((await call(server, key, LIST)).status, 200);
    await visitor.press("Regenerate the primary key…");
    await visitor.press("Regenerate");
    assert.match(await visitor.text(), /The key was regenerated/);
    assert.equal((await call(server, key, LIST)).status, 401);

    await visitor.press("Show the keys");
    at.key = await visitor.valueOf("Key");
    assert.notEqual(at.key, key);
    assert.equal((await call(server, at.key, LIST)).status, 200);
    assert.equal(await isGood(at, token), false);
  });
});
