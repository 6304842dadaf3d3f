// Settings: as they are in force, and where each came from.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { assertAccessible } from "./accessibility.mjs";
import { signedIn } from "./suite.mjs";

const SECRET = "planted-secret-of-a-client";

describe("the settings", () => {
  const at = signedIn({
    settings: {
      CALLSIGN_SIGNING_ROTATE_EVERY_DAYS: "31",
      CALLSIGN_PORTAL_OPENID_PROVIDER: "https://id.example.com",
      CALLSIGN_PORTAL_OPENID_CLIENT_ID: "<script>alert(1)</script>",
      CALLSIGN_PORTAL_OPENID_CLIENT_SECRET: SECRET,
    },
  });

  const row = (name) =>
    at.visitor.page.$$eval(
      "tbody tr",
      (rows, name) => [...rows].find((row) => row.cells[0].innerText === name).innerText,
      name,
    );

  it("say their value and where it came from", async () => {
    const { visitor } = at;
    await visitor.open("/portal/settings");
    assert.match(await row("signing.rotate_every_days"), /31\s+environment CALLSIGN_SIGNING_ROTATE_EVERY_DAYS/);
    assert.match(await row("portal.enabled"), /true\s+default/);
    assert.match(await row("listen.https"), /127\.0\.0\.1:0\s+flag --https/);
    await assertAccessible(visitor);
  });

  it("hide secrets and run no script", async () => {
    assert.match(await row("portal.openid_client_secret"), /\(hidden\)/);
    assert.match(await row("portal.openid_client_id"), /<script>/);
    assert.equal((await at.visitor.page.content()).includes(SECRET), false);
  });
});
