// Identities: search, filters, page after page; one identity in detail, revoking its tokens, deleting it.

import assert from "node:assert/strict";
import { before, describe, it } from "node:test";

import { assertAccessible } from "./accessibility.mjs";
import { createIdentity, signedIn } from "./suite.mjs";
import { isGood } from "./wire.mjs";

const SCRIPT = `<script>alert(1)</script>"'><img src=x onerror=alert(2)>`;
const MORE_THAN_A_PAGE = 55;

describe("the identities", () => {
  const at = signedIn();
  let nasty;
  before(async () => {
    for (let made = 0; made < MORE_THAN_A_PAGE; made += 1) await createIdentity(at, { customId: `user-${made}` });
    nasty = await createIdentity(at, { customId: SCRIPT });
  });

  const rows = () => at.visitor.page.$$eval("tbody th a", (links) => links.map((link) => link.textContent));

  it("are listed page after page, each once", async () => {
    const { visitor } = at;
    await visitor.open("/portal/identities");
    await assertAccessible(visitor);
    const first = await rows();
    await visitor.press("Next page");
    const second = await rows();
    assert.equal(new Set([...first, ...second]).size, MORE_THAN_A_PAGE + 1);
    assert.equal(first.length + second.length, MORE_THAN_A_PAGE + 1);
    assert.equal(await visitor.has("Next page"), false);
    await visitor.press("First page");
    assert.deepEqual(await rows(), first);
  });

  it("are found by custom id, also by one that is a script, which is shown and never runs", async () => {
    const { visitor } = at;
    await visitor.open("/portal/identities");
    await visitor.type("Id or custom id", "user-7");
    await visitor.press("Search");
    assert.equal((await rows()).length, 1);
    await visitor.type("Id or custom id", SCRIPT);
    await visitor.press("Search");
    assert.deepEqual(await rows(), [nasty.id]);
    assert.ok((await visitor.text()).includes(SCRIPT));
    assert.equal(await visitor.valueOf("Id or custom id"), SCRIPT);
    await assertAccessible(visitor);
  });

  it("are found by id, and nothing is found by another", async () => {
    const { visitor } = at;
    await visitor.open("/portal/identities");
    await visitor.type("Id or custom id", nasty.id);
    await visitor.press("Search");
    assert.deepEqual(await rows(), [nasty.id]);
    await visitor.type("Id or custom id", "nobody");
    await visitor.press("Search");
    assert.match(await visitor.text(), /No identity matches/);
    await assertAccessible(visitor);
  });

  it("are filtered by when they were made", async () => {
    const { visitor } = at;
    await visitor.open("/portal/identities?from=2001-01-01&to=2001-01-02");
    assert.deepEqual(await rows(), []);
    await visitor.open("/portal/identities?never=yes");
    assert.deepEqual(await rows(), []);
    await visitor.open("/portal/identities?from=2001-01-01&q=user-3");
    assert.equal((await rows()).length, 1);
    await assertAccessible(visitor);
  });

  it("are not searched for by an enormous text or a date that is none", async () => {
    const { visitor } = at;
    assert.equal(await visitor.open(`/portal/identities?q=${"x".repeat(2_000)}`), 400);
    assert.match(await visitor.text(), /The search is too long/);
    assert.equal(await visitor.open("/portal/identities?from=<b>"), 400);
    await assertAccessible(visitor);
  });

  it("are shown one by one", async () => {
    const { visitor } = at;
    await visitor.open("/portal/identities?q=user-9");
    const [id] = await rows();
    await visitor.press(id);
    assert.equal(await visitor.valueOf("Id"), id);
    assert.equal(await visitor.copied("Copy Id"), id);
    assert.match(await visitor.text(), /Custom id\s+user-9/);
    assert.match(await visitor.text(), /Revoked on its own\s+never/);
    await assertAccessible(visitor);
  });

  it("lose their tokens when they are revoked, after a question that can be left", async () => {
    const { visitor } = at;
    const { id, token } = await createIdentity(at);
    await visitor.open(`/portal/identity?id=${encodeURIComponent(id)}`);
    await visitor.press("Revoke its tokens…");
    await assertAccessible(visitor);
    await visitor.press("Cancel");
    assert.equal(await isGood(at, token), true);
    await visitor.press("Revoke its tokens…");
    await visitor.press("Revoke");
    assert.equal(await isGood(at, token), false);
    assert.match(await visitor.text(), /Every token that it had is dead/);
    assert.match(await visitor.text(), /Revoked on its own\s+once/);
    await assertAccessible(visitor);
  });

  it("are gone with their tokens when they are deleted, after a question that can be left", async () => {
    const { visitor } = at;
    const { id, token } = await createIdentity(at);
    const place = `/portal/identity?id=${encodeURIComponent(id)}`;
    await visitor.open(place);
    await visitor.press("Delete…");
    await assertAccessible(visitor);
    await visitor.press("Cancel");
    assert.equal(await isGood(at, token), true);
    await visitor.press("Delete…");
    await visitor.press("Delete");
    assert.match(await visitor.text(), /The identity was deleted/);
    assert.equal(await isGood(at, token), false);
    assert.equal(await visitor.open(place), 404);
    await assertAccessible(visitor);
  });
});
