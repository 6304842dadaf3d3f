// The keyboard alone: nothing is clicked, and what has the focus can be seen.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { linkOf } from "./browser.mjs";
import { signedIn } from "./suite.mjs";
import { claimsOf, isGood } from "./wire.mjs";

// More keys than any page has places to stop at.
const STOPS_MAX = 60;

describe("with the keyboard alone", () => {
  const at = signedIn();

  // Goes on by Tab until that has the focus, and says what was passed.
  async function tabTo(visitor, name) {
    const target = await visitor.find(name);
    for (let stop = 0; stop < STOPS_MAX; stop += 1) {
      await visitor.page.keyboard.press("Tab");
      const [reached, seen] = await target.evaluate((node) => {
        const focused = document.activeElement;
        const { outlineStyle, outlineWidth } = getComputedStyle(focused);
        return [focused === node, outlineStyle !== "none" && outlineWidth !== "0px"];
      });
      assert.ok(seen, `what has the focus on the way to "${name}" cannot be seen`);
      if (reached) return;
    }
    assert.fail(`"${name}" is not reached by Tab on ${visitor.page.url()}`);
  }

  const pressed = (visitor, key) =>
    Promise.all([visitor.page.waitForNavigation({ waitUntil: "load" }), visitor.page.keyboard.press(key)]);

  it("somebody signs in, makes a token and copies it, and revokes it", async () => {
    const visitor = await at.browser.visit(at.server);
    const { keyboard } = visitor.page;
    await visitor.openLink(await linkOf(at.server));
    await tabTo(visitor, "Sign in");
    await pressed(visitor, "Enter");

    await tabTo(visitor, "Identities & user access tokens");
    await pressed(visitor, "Enter");
    // The first stop leads past bar and menu.
    await keyboard.press("Tab");
    assert.equal(await visitor.page.evaluate(() => document.activeElement.textContent), "Skip to content");
    await keyboard.press("Enter");
    await tabTo(visitor, "voip");
    await keyboard.press("Space");
    await tabTo(visitor, "Generate");
    await pressed(visitor, "Enter");

    const token = await visitor.valueOf("User access token");
    assert.equal(claimsOf(token).acsScope, "chat");
    await visitor.page.bringToFront();
    await tabTo(visitor, "Copy User access token");
    await keyboard.press("Enter");
    await visitor.page.waitForFunction(() => document.getElementById("live").textContent.includes("copied"));
    assert.equal(await visitor.page.evaluate(() => navigator.clipboard.readText()), token);

    await tabTo(visitor, "Open the identity");
    await pressed(visitor, "Enter");
    await tabTo(visitor, "Revoke its tokens…");
    await pressed(visitor, "Enter");
    await tabTo(visitor, "Revoke");
    await pressed(visitor, "Enter");
    assert.equal(await isGood(at, token), false);
    visitor.assertNoComplaint();
  });
});
