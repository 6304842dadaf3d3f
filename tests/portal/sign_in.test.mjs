// Who gets in, and who does not: links, sessions, and what other sites can do.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { describe, it } from "node:test";

import { assertAccessible } from "./accessibility.mjs";
import { linkOf } from "./browser.mjs";
import { createIdentity, signedIn } from "./suite.mjs";
import { isGood } from "./wire.mjs";

const COOKIE = "__Host-callsign-session";
// A neighbour on the same host, which browsers take for the same site: cookies of any port are sent along.
const NEIGHBOUR = "https://localhost:8444";
const STRANGER = "https://evil.example";

describe("signing in", () => {
  const at = signedIn();

  it("takes a link once, and whoever only looks at it uses nothing up", async () => {
    const link = await linkOf(at.server);
    const [first, second] = [await at.browser.visit(at.server), await at.browser.visit(at.server)];
    await first.openLink(link);
    await assertAccessible(first);
    await second.openLink(link);
    await first.press("Sign in");
    assert.equal(await first.heading(), "Overview");
    assert.equal(await second.press("Sign in"), 403);
    assert.match(await second.text(), /This link lets nobody in any more[^]*callsign portal open/);
    await assertAccessible(second);
    first.assertNoComplaint();
    second.assertNoComplaint();
  });

  it("takes no link that is wrong, and runs no script of it", async () => {
    const stranger = await at.browser.visit(at.server);
    for (const ticket of ["x", "A".repeat(43), `"><script>alert(1)</script>`]) {
      await stranger.open(`/portal/sign-in?ticket=${encodeURIComponent(ticket)}`);
      assert.equal(await stranger.press("Sign in"), 403);
      assert.deepEqual(await stranger.page.cookies(), []);
    }
    stranger.assertNoComplaint();
  });

  it("is needed for every page, and says how it is done", async () => {
    const stranger = await at.browser.visit(at.server);
    for (const page of ["", "/tokens", "/identities", "/keys", "/settings", "/metrics", "/activity"]) {
      await stranger.open(`/portal${page}`);
      assert.equal(stranger.path(), "/portal/sign-in");
    }
    assert.match(await stranger.text(), /callsign portal open/);
    await assertAccessible(stranger);
    stranger.assertNoComplaint();
  });

  it("begins a session that nobody had before: one that was planted is worth nothing", async () => {
    const victim = await at.browser.visit(at.server);
    await victim.open("/portal/sign-in");
    const planted = { name: COOKIE, value: "A".repeat(43), path: "/", secure: true, httpOnly: true };
    await victim.page.setCookie({ ...planted, url: at.server.https });
    await victim.openLink(await linkOf(at.server));
    await victim.press("Sign in");
    const [cookie, ...more] = await victim.page.cookies();
    assert.deepEqual(more, []);
    assert.notEqual(cookie.value, planted.value);
    const { name, secure, httpOnly, sameSite, path, domain } = cookie;
    assert.deepEqual(
      { name, secure, httpOnly, sameSite, path, domain },
      { name: COOKIE, secure: true, httpOnly: true, sameSite: "Lax", path: "/", domain: "localhost" },
    );

    const attacker = await at.browser.visit(at.server);
    await attacker.page.setCookie({ ...planted, url: at.server.https });
    await attacker.open("/portal");
    assert.equal(attacker.path(), "/portal/sign-in");
  });

  it("ends by signing out, also for who kept the cookie", async () => {
    const visitor = await at.browser.signIn(at.server);
    const kept = await visitor.page.cookies();
    await visitor.press("Sign out");
    assert.equal(visitor.path(), "/portal/sign-in");
    await visitor.page.setCookie(...kept.map((cookie) => ({ ...cookie, url: at.server.https })));
    await visitor.open("/portal");
    assert.equal(visitor.path(), "/portal/sign-in");
    visitor.assertNoComplaint();
  });
});

describe("another site", () => {
  const at = signedIn();

  // Shows the visitor a page of that origin, which nobody serves.
  async function show(visitor, origin, body) {
    const { page } = visitor;
    await visitor.ready;
    await page.setRequestInterception(true);
    page.on("request", (request) => {
      if (new URL(request.url()).origin !== origin) return request.continue();
      return request.respond({ contentType: "text/html", body });
    });
    await page.goto(origin, { waitUntil: "load" });
  }

  // Has a page of that origin post these fields to the portal.
  async function post(origin, path, fields, visitor) {
    const inputs = Object.entries(fields).map(([name, value]) => `<input name="${name}" value="${value}">`);
    const place = visitor.server.https + path;
    await show(visitor, origin, `<form method="post" action="${place}">${inputs.join("")}<button>Win</button></form>`);
    return visitor.press("Win");
  }

  it("deletes nothing, not even with the token of a form and from the same host", async () => {
    const { visitor } = at;
    const { id, token } = await createIdentity(at);
    await visitor.open(`/portal/identity/delete?id=${encodeURIComponent(id)}`);
    const form_token = await visitor.page.$eval("[name=form_token]", (field) => field.value);
    assert.equal(await post(NEIGHBOUR, "/portal/identity/delete", { id, form_token }, visitor), 403);
    assert.match(await visitor.text(), /Another site sent this form/);
    await assertAccessible(visitor);
    assert.equal(await isGood(at, token), true);

    // The same form from the portal itself is taken, so it was the site that was refused.
    await visitor.open(`/portal/identity/delete?id=${encodeURIComponent(id)}`);
    await visitor.press("Delete");
    assert.equal(await isGood(at, token), false);
  });

  it("signs nobody in as somebody else", async () => {
    const ticket = new URL(await linkOf(at.server)).searchParams.get("ticket");
    for (const origin of [NEIGHBOUR, STRANGER]) {
      const victim = await at.browser.visit(at.server);
      assert.equal(await post(origin, "/portal/sign-in", { ticket }, victim), 403);
      assert.deepEqual(await victim.page.cookies(at.server.https), []);
    }
  });

  it("puts no page into a frame", { timeout: 30_000 }, async () => {
    const frame = `<iframe src="${at.server.https}/portal/sign-in"></iframe>`;
    const neighbour = createServer((_, answer) => answer.setHeader("content-type", "text/html").end(frame));
    await new Promise((listening) => neighbour.listen(0, "127.0.0.1", listening));
    try {
      const visitor = await at.browser.visit(at.server);
      const told = new Promise((tell) => {
        visitor.page.on("console", (message) => message.text().includes("frame-ancestors 'none'") && tell());
      });
      await visitor.openLink(`http://127.0.0.1:${neighbour.address().port}/`);
      await told;
      const framed = visitor.page.frames().map((one) => one.url());
      assert.deepEqual(framed.filter((address) => address.startsWith(at.server.https)), []);
    } finally {
      neighbour.closeAllConnections();
      neighbour.close();
    }
  });
});
