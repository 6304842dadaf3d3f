// Activity: what was done to one identity, and what was asked about it.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { assertAccessible } from "./accessibility.mjs";
import { createIdentity, signedIn } from "./suite.mjs";
import { call } from "./wire.mjs";

describe("the activity", () => {
  const at = signedIn();

  it("tells of one identity who changed it, and what was asked about it", async () => {
    const { visitor } = at;
    const { id } = await createIdentity(at);
    await createIdentity(at);
    const target = `/identities/${id}/:revokeAccessTokens?api-version=2025-03-02-preview`;
    assert.equal((await call(at.server, at.key, { target })).status, 204);
    await visitor.open("/portal/activity");
    await assertAccessible(visitor);
    await visitor.type("Identity", id);
    await visitor.press("Show");
    const rows = await visitor.page.$$eval("[aria-labelledby=changes] tbody tr", (rows) => rows.map((row) => row.innerText));
    assert.equal(rows.length, 2);
    assert.match(rows[0], /Revoke access tokens[^]*key:/);
    assert.match(rows[1], /Create identity/);
    const asked = await visitor.page.$$eval("[aria-labelledby=requests] tbody tr", (rows) => rows.map((row) => row.innerText));
    assert.ok(asked.some((row) => /RevokeToken[^]*204/.test(row)), asked.join("\n"));
    await assertAccessible(visitor);
  });

  it("tells what an administrator did here, by name", async () => {
    const { visitor } = at;
    const { id } = await createIdentity(at);
    await visitor.open(`/portal/identity/revoke?id=${encodeURIComponent(id)}`);
    await visitor.press("Revoke");
    await visitor.open(`/portal/activity?id=${encodeURIComponent(id)}`);
    assert.match(await visitor.text(), /portal:/);
  });

  it("says that what was typed is no identity, and runs no script of it", async () => {
    const { visitor } = at;
    await visitor.open("/portal/activity");
    await visitor.type("Identity", "<script>alert(1)</script>");
    assert.equal(await visitor.press("Show"), 400);
    assert.match(await visitor.text(), /That is no identity id/);
    await assertAccessible(visitor);
  });
});
