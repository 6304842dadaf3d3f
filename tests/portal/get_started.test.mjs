// Get started: snippets for programs, filled in with this resource's endpoint.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { assertAccessible } from "./accessibility.mjs";
import { signedIn } from "./suite.mjs";

const LANGUAGES = ["Python", "JavaScript", "C#", "Java", "Rust", "Azure CLI"];

describe("the page to get started by", () => {
  const at = signedIn();

  it("has a snippet to copy in each language, and no key in any", async () => {
    const { visitor, key } = at;
    await visitor.open("/portal/get-started");
    for (const language of LANGUAGES) {
      if (language !== "Python") await visitor.click(language);
      const snippet = await visitor.copied(`Copy ${language} snippet`);
      assert.ok(snippet.length > 50, language);
      assert.equal(snippet.includes(key), false);
    }
    await assertAccessible(visitor);
  });

  it("tells the command that sets the environment, and the endpoint", async () => {
    const { visitor, server } = at;
    assert.match(await visitor.copied("Copy In the shell of your program"), /callsign env/);
    assert.equal(await visitor.valueOf("Endpoint"), server.https);
  });
});
