// Judges tokens by jose: a line with the task, then batches of a count and as many lines; a line of zeros and ones comes back.

import { createInterface } from "node:readline";

import { createLocalJWKSet, jwtVerify } from "jose";

const lines = createInterface({ input: process.stdin, crlfDelay: Infinity })[Symbol.asyncIterator]();
const line = async () => (await lines.next()).value;
const { jwks, issuer } = JSON.parse(await line());
const keySet = createLocalJWKSet(jwks);
// Ours gives the tolerance to `iat` alone.
const options = { algorithms: ["RS256", "ES256"], issuer, requiredClaims: ["exp", "sub"], clockTolerance: 300 };

const accepts = (token) => jwtVerify(token, keySet, options).then(() => "1", () => "0");

for (let count = await line(); count !== undefined; count = await line()) {
  const tokens = [];
  for (let left = Number(count); left > 0; left -= 1) tokens.push(await line());
  const verdicts = [];
  for (const token of tokens) verdicts.push(await accepts(token));
  process.stdout.write(`${verdicts.join("")}\n`);
}
