// A real browser at a server: starts Chromium, signs in, follows what a page does, and remembers everything that it complained about.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import puppeteer from "puppeteer-core";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
// A page that takes longer has hung.
const PATIENCE_MILLISECONDS = 20_000;
export const WIDE = { width: 1280, height: 800 };
export const NARROW = { width: 320, height: 640 };

// Starts Chromium for these servers. Certificates are checked but for theirs, which are named by their keys.
export async function startBrowser(...servers) {
  const profile = await mkdtemp(join(tmpdir(), "callsign-chromium-"));
  const keys = servers.map((server) => server.certificate).join(",");
  const chromium = await puppeteer.launch({
    executablePath: CHROMIUM,
    userDataDir: profile,
    defaultViewport: WIDE,
    args: [
      `--ignore-certificate-errors-spki-list=${keys}`,
      // Chromium refuses its sandbox to root, who runs tests in containers.
      ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
      "--disable-dev-shm-usage",
    ],
  });
  return {
    // A page without the cookies of any other.
    async visit(server, options) {
      const context = await chromium.createBrowserContext();
      return new Visitor(server, context, await context.newPage(), options);
    },
    // The same, signed in as an administrator.
    async signIn(server, options) {
      const visitor = await this.visit(server, options);
      await visitor.openLink(await linkOf(server));
      await visitor.press("Sign in");
      assert.equal(visitor.path(), "/portal");
      return visitor;
    },
    async stop() {
      await chromium.close();
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

// A fresh link of the server, over https.
export async function linkOf(server) {
  const link = new URL(await server.command("portal", "open"));
  return server.https + link.pathname + link.search;
}

// Somebody who looks at one page after the other.
export class Visitor {
  complaints = [];

  constructor(server, context, page, { script = true } = {}) {
    Object.assign(this, { server, context, page, script });
    page.setDefaultTimeout(PATIENCE_MILLISECONDS);
    const complain = (what) => this.complaints.push(`${page.url()}: ${what}`);
    page.on("console", (message) => {
      if (["error", "warn"].includes(message.type()) && !this.#isOfRefusal(message)) complain(message.text());
    });
    page.on("pageerror", (error) => complain(error.message));
    page.on("dialog", (dialog) => {
      complain(`a dialog: ${dialog.message()}`);
      dialog.dismiss();
    });
    this.ready = this.prepare();
  }

  // A page that is answered with a refusal is a page: its status is what tests ask for.
  #isOfRefusal(message) {
    return message.text().startsWith("Failed to load resource") && message.location().url === this.page.url();
  }

  async prepare() {
    await this.page.setJavaScriptEnabled(this.script);
    await this.context.setPermission(this.server.https, {
      permission: { name: "clipboard-read" },
      state: "granted",
    });
    await this.context.setPermission(this.server.https, {
      permission: { name: "clipboard-write" },
      state: "granted",
    });
    // Reports of the policy go to the page itself, which would say nothing of them.
    await this.page.evaluateOnNewDocument(() => {
      document.addEventListener("securitypolicyviolation", (event) => {
        console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`);
      });
    });
  }

  // Goes to a path of the portal. Answers the status.
  async open(path) {
    return this.openLink(this.server.https + path);
  }

  async openLink(address) {
    await this.ready;
    const answer = await this.page.goto(address, { waitUntil: "load" });
    return answer.status();
  }

  path() {
    const { pathname, search } = new URL(this.page.url());
    return pathname + search;
  }

  // Presses a button or follows a link by its name, and waits for the page that comes of it.
  async press(name) {
    return this.#awayBy(await this.find(name));
  }

  async #awayBy(element) {
    const [answer] = await Promise.all([this.page.waitForNavigation({ waitUntil: "load" }), element.click()]);
    return answer?.status();
  }

  // Presses what stays on the page.
  async click(name) {
    await (await this.find(name)).click();
  }

  // A button, a link or a field by the name that people and readers of the screen know it by.
  async find(name) {
    await this.ready;
    const matches = await this.page.$$(`::-p-aria([name="${name}"])`);
    const roles = await Promise.all(matches.map((match) => match.evaluate((node) => node.tagName)));
    const place = roles.findIndex((tag) => ["A", "BUTTON", "INPUT", "TEXTAREA", "SELECT", "SUMMARY"].includes(tag));
    assert.ok(place >= 0, `"${name}" is not on ${this.page.url()}`);
    return matches[place];
  }

  async has(name) {
    return (await this.page.$(`::-p-aria([name="${name}"])`)) !== null;
  }

  // Types into a field in place of what is there.
  async type(name, text) {
    const field = await this.find(name);
    await field.evaluate((node) => {
      node.value = "";
    });
    await field.type(text);
  }

  async valueOf(name) {
    return (await this.find(name)).evaluate((node) => node.value);
  }

  // What the page says.
  text() {
    return this.page.$eval("body", (body) => body.innerText);
  }

  heading() {
    return this.page.$eval("h1", (heading) => heading.innerText);
  }

  // What a button has copied.
  async copied(name) {
    await this.page.bringToFront();
    await this.click(name);
    await this.page.waitForFunction(() => document.getElementById("live").textContent.includes("copied"));
    return this.page.evaluate(() => navigator.clipboard.readText());
  }

  // Nothing was complained about so far: no error, no blocked script, no dialog.
  assertNoComplaint() {
    assert.deepEqual(this.complaints, []);
  }
}
