// Metrics: what the server did in the last hour and in the last day.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { assertAccessible } from "./accessibility.mjs";
import { createIdentity, signedIn } from "./suite.mjs";
import { call } from "./wire.mjs";

const CHARTS = ["Requests by operation and status", "Latency", "Tokens issued", "Revocations", "Signatures per batch"];

describe("the metrics", () => {
  const at = signedIn();

  it("count what was just done, in charts that say in words what they show", async () => {
    const { visitor } = at;
    const { id } = await createIdentity(at);
    await createIdentity(at);
    const target = `/identities/${id}/:revokeAccessTokens?api-version=2025-03-02-preview`;
    assert.equal((await call(at.server, at.key, { target })).status, 204);
    await visitor.open("/portal/metrics");
    const text = await visitor.text();
    for (const name of CHARTS) assert.ok(text.includes(name), name);
    assert.match(text, /\b2 in the last hour/);
    assert.match(text, /\b1 identity lost tokens in the last hour/);
    await assertAccessible(visitor);
  });

  it("are told of the last day, too", async () => {
    const { visitor } = at;
    await visitor.press("Last day");
    assert.match(await visitor.text(), /\b2 in the last day/);
    assert.equal(await (await visitor.find("Last day")).evaluate((link) => link.getAttribute("aria-current")), "true");
    await assertAccessible(visitor);
  });
});
