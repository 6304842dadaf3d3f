// What a new id, an access token and its expiry must look like to somebody who reads them. Knows no client.

import assert from "node:assert/strict";

import { ID_EPOCH_UNIX_MILLISECONDS, RAW_ID } from "./wire_facts.mjs";

const TOLERANCE_SECONDS = 5;

// .NET's round-trip form: offset never `Z`, up to seven fraction digits, trailing zeros cut.
const EXPIRES_ON = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{0,6}[1-9])?\+00:00$/;

// The claims of an ACS user's token, in the order in which the live service writes them.
const CLAIMS = ["skypeid", "scp", "csi", "exp", "rgn", "acsScope", "resourceId", "resourceLocation", "iat"];

const LOCATION_OF_REGION = {
  amer: "unitedstates",
  emea: "europe",
  apac: "asiapacific",
  ca: "canada",
  au: "australia",
  ch: "switzerland",
  se: "sweden",
};

// RSA-2048: 256 bytes in base64url without padding.
const SIGNATURE_LENGTH = 342;

// The payload's claims, in their order.
export function claimsOf(token) {
  const parts = token.split(".");
  assert.equal(parts.length, 3);
  // Other official parsers read standard base64 only, so the payload must not need the url-safe letters.
  assert.match(parts[1], /^[A-Za-z0-9]+$/);
  return JSON.parse(Buffer.from(parts[1], "base64").toString("ascii"));
}

// The wire's own form of the expiry, which the client turns into a Date before a program sees it.
export function assertExpiresOn(text) {
  assert.match(text, EXPIRES_ON);
}

// The id has the service's form and tells that it was made just now.
export function assertNewId(rawId) {
  assert.match(rawId, RAW_ID);
  const { suffix } = RAW_ID.exec(rawId).groups;
  const milliseconds = parseInt(suffix.replaceAll("-", "").slice(0, 16), 16);
  const age = Date.now() - (ID_EPOCH_UNIX_MILLISECONDS + milliseconds);
  assert.ok(Math.abs(age) <= TOLERANCE_SECONDS * 1000);
}

function assertHeader(token) {
  const [headerPart, , signaturePart] = token.split(".");
  const header = JSON.parse(Buffer.from(headerPart, "base64url").toString("utf8"));
  assert.deepEqual(
    Object.keys(header).filter((name) => name !== "x5t"),
    ["alg", "kid", "typ"],
  );
  assert.equal(header.alg, "RS256");
  assert.equal(header.typ, "JWT");
  assert.match(header.kid, /./);
  assert.match(signaturePart, /^[A-Za-z0-9_-]+$/);
  assert.equal(signaturePart.length, SIGNATURE_LENGTH);
}

// The token was made just now for this identity, these scopes in this order, and this lifetime.
export function assertToken({ token, expiresOn }, { rawId, scopes, minutes }) {
  assertHeader(token);
  const claims = claimsOf(token);
  assert.deepEqual(Object.keys(claims).slice(0, CLAIMS.length), CLAIMS);
  assert.ok(!("aud" in claims) && !("nbf" in claims));
  assert.equal(claims.skypeid, rawId.replace(/^8:/, ""));
  assert.equal(claims.scp, 1792);
  assert.ok(Number.isInteger(claims.iat) && Math.abs(claims.iat - Date.now() / 1000) <= TOLERANCE_SECONDS);
  assert.equal(claims.csi, String(claims.iat));
  assert.equal(claims.exp, claims.iat + minutes * 60);
  assert.equal(claims.acsScope, scopes.join(","));
  assert.equal(claims.resourceId, RAW_ID.exec(rawId).groups.resource);
  assert.equal(claims.resourceLocation, LOCATION_OF_REGION[claims.rgn]);
  assert.ok(expiresOn instanceof Date);
  assert.equal(claims.exp, Math.floor(expiresOn.getTime() / 1000));
}
