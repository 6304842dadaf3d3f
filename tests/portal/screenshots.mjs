// Pictures of the portal's pages for the guide, as files of the folder that is named.

import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

import { linkOf, startBrowser } from "./browser.mjs";
import { startServer } from "./server.mjs";
import { createIdentity } from "./suite.mjs";
import { call, primaryKey } from "./wire.mjs";

const run = promisify(execFile);
const [folder] = process.argv.slice(2);
const NAMES = ["alice", "bob", "carol", "dora", "erik", "fatima", "guest of the lobby", "support desk 1", "support desk 2"];

// Fewer colours where the machine has what reduces them: the pictures are kept in the tree.
async function reduced(file) {
  try {
    await run("pngquant", ["--force", "--ext", ".png", "--speed", "1", "64", file]);
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
}

async function take(visitor, name) {
  const path = join(folder, `${name}.png`);
  // What is fresh of a page, such as a focus, belongs to no picture.
  await visitor.page.evaluate(() => document.activeElement?.blur());
  await visitor.page.screenshot({ path, type: "png" });
  await reduced(path);
  console.log(path);
}

// Some life for tables and charts.
async function live(at) {
  for (const customId of NAMES) {
    const { id } = await createIdentity(at, { customId, scopes: ["chat", "voip"] });
    const target = (verb) => `/identities/${id}/:${verb}AccessTokens?api-version=2025-03-02-preview`;
    if (customId.startsWith("support")) await call(at.server, at.key, { target: target("revoke") });
  }
}

const server = await startServer();
const browser = await startBrowser(server);
try {
  const at = { server, key: await primaryKey(server) };
  await live(at);
  const visitor = await browser.visit(server);
  await visitor.page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "light" }]);
  await visitor.openLink(await linkOf(server));
  await take(visitor, "sign-in");
  await visitor.press("Sign in");
  await take(visitor, "overview");

  await visitor.open("/portal/tokens");
  await take(visitor, "tokens");
  await visitor.press("Generate");
  await take(visitor, "token");
  await visitor.press("Decode this token");
  await take(visitor, "decoder");

  await visitor.open("/portal/identities");
  await take(visitor, "identities");
  await visitor.open("/portal/identities?q=support%20desk%201");
  await visitor.press(await visitor.page.$eval("tbody th a", (link) => link.textContent));
  await take(visitor, "identity");
  const id = await visitor.valueOf("Id");
  await visitor.press("Revoke its tokens…");
  await take(visitor, "revoke");
  await visitor.open(`/portal/activity?id=${encodeURIComponent(id)}`);
  await take(visitor, "activity");

  for (const page of ["get-started", "keys", "signing-keys", "metrics", "settings"]) {
    await visitor.open(`/portal/${page}`);
    await take(visitor, page);
  }
  visitor.assertNoComplaint();
} finally {
  await browser.stop();
  await server.stop();
}
