// Token decoder: what a token says, and whether the server believes it.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { assertAccessible } from "./accessibility.mjs";
import { startServer } from "./server.mjs";
import { createIdentity, signedIn } from "./suite.mjs";
import { call, primaryKey } from "./wire.mjs";

const encoded = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

describe("the decoder", () => {
  const at = signedIn();

  async function decoded(token) {
    await at.visitor.open("/portal/decoder");
    await at.visitor.page.$eval("textarea", (field, text) => {
      field.value = text;
    }, token);
    await at.visitor.press("Decode");
    return at.visitor.text();
  }

  it("explains the claims of a good token and says until when it is good", async () => {
    const { visitor } = at;
    await visitor.open("/portal/decoder");
    await assertAccessible(visitor);
    const { id, token } = await createIdentity(at, { scopes: ["chat", "voip"] });
    const text = await decoded(token);
    assert.match(text, /This token is good/);
    assert.match(text, /23 h 59 min left|24 h 0 min left/);
    for (const words of [id, "acsScope", "chat, voip", "RS256"]) assert.ok(text.includes(words), words);
    await assertAccessible(visitor);
    await visitor.press(id);
    assert.equal(await visitor.valueOf("Id"), id);
  });

  it("says that a token was revoked, changed, or issued by somebody else", async () => {
    const { id, token } = await createIdentity(at);
    const target = `/identities/${id}/:revokeAccessTokens?api-version=2025-03-02-preview`;
    assert.equal((await call(at.server, at.key, { target })).status, 204);
    assert.match(await decoded(token), /This token is not good[^]*revoked/);
    await assertAccessible(at.visitor);

    const [header, payload, signature] = (await createIdentity(at)).token.split(".");
    const claims = { ...JSON.parse(Buffer.from(payload, "base64url")), acsScope: "voip" };
    assert.match(await decoded(`${header}.${encoded(claims)}.${signature}`), /This token is not good[^]*signature/);

    const other = await startServer();
    const foreign = await createIdentity({ server: other, key: await primaryKey(other) });
    await other.stop();
    assert.match(await decoded(foreign.token), /This token is not good[^]*another server/);
  });

  it("runs no script of a claim", async () => {
    const script = "<script>alert(1)</script><img src=x onerror=alert(1)>";
    const token = `${encoded({ alg: script, typ: script })}.${encoded({ sub: script, [script]: script })}.AAAA`;
    assert.ok((await decoded(token)).includes(script));
    await assertAccessible(at.visitor);
  });

  it("says what is wrong with what is no token", async () => {
    for (const [garbage, words] of [["garbage", /1 part/], ["a.b.c", /header/], ["x".repeat(16_000), /1 part/]]) {
      assert.match(await decoded(garbage), words);
      assert.match(await at.visitor.text(), /This token is not good/);
    }
    await assertAccessible(at.visitor);
  });
});
