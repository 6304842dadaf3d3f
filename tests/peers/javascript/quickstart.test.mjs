// Runs the published quickstart program to its end and reads what it printed.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import "./deployment.mjs";
import { assertToken } from "./token_shape.mjs";
import { RAW_ID } from "./wire_facts.mjs";

const QUICKSTART = fileURLToPath(new URL("./quickstart.mjs", import.meta.url));
const TIMEOUT_MILLISECONDS = 60_000;

// One pattern for each line that is not blank, in order; what stands in brackets is kept.
const PRINTS = [
  /^Azure Communication Services - Access Tokens Quickstart$/,
  /^Created an identity with ID: (\S+)$/,
  /^Issued an access token with 'voip' scope that expires at (\S+):$/,
  /^(\S+)$/,
  /^Issued an access token with custom expiration that expires at (\S+):$/,
  /^(\S+)$/,
  /^Created an identity with ID: (\S+)$/,
  /^Issued an access token with 'voip' scope that expires at (\S+):$/,
  /^(\S+)$/,
  /^Refreshed the access token, which expires at (\S+):$/,
  /^(\S+)$/,
  /^Successfully revoked all access tokens for identity with ID: (\S+)$/,
  /^Deleted the identity with ID: (\S+)$/,
  /^Deleted the identity with ID: (\S+)$/,
];

it("the published quickstart runs to its end", async () => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [QUICKSTART], {
    timeout: TIMEOUT_MILLISECONDS,
  });
  assert.equal(stderr, "");

  const lines = stdout.split("\n").filter((line) => line);
  assert.equal(lines.length, PRINTS.length, stdout);
  const kept = PRINTS.flatMap((pattern, index) => {
    const match = pattern.exec(lines[index]);
    assert.ok(match, lines[index]);
    return match.slice(1);
  });
  const [firstId, expiry, token, customExpiry, customToken, secondId, secondExpiry, secondToken, ...rest] = kept;
  const [refreshedExpiry, refreshedToken, revokedId, ...deletedIds] = rest;

  assert.match(firstId, RAW_ID);
  assert.match(secondId, RAW_ID);
  assert.notEqual(firstId, secondId);
  assert.equal(revokedId, firstId);
  assert.deepEqual(deletedIds, [firstId, secondId]);
  for (const [rawId, expiresOn, text, minutes] of [
    [firstId, expiry, token, 1440],
    [firstId, customExpiry, customToken, 60],
    [secondId, secondExpiry, secondToken, 1440],
    [firstId, refreshedExpiry, refreshedToken, 1440],
  ]) {
    assertToken({ token: text, expiresOn: new Date(expiresOn) }, { rawId, scopes: ["voip"], minutes });
  }
});
