// Any JWT library can check a token by the published key set: here jose.

import assert from "node:assert/strict";
import { before, describe, it } from "node:test";

import { createRemoteJWKSet, errors, jwtVerify } from "jose";

import { newClient } from "./construction.mjs";
import { deployment } from "./deployment.mjs";

describe("the published key set", () => {
  const keySet = createRemoteJWKSet(new URL(`${deployment.endpoint}/.well-known/jwks.json`));
  let token;
  let user;

  before(async () => {
    ({ token, user } = await newClient().createUserAndToken(["chat", "voip"]));
  });

  it("verifies a token", async () => {
    const discovery = await (await fetch(`${deployment.endpoint}/.well-known/openid-configuration`)).json();
    const { payload, protectedHeader } = await jwtVerify(token, keySet, {
      algorithms: ["RS256"],
      issuer: discovery.issuer,
      requiredClaims: ["sub", "exp", "iat"],
    });
    assert.equal(payload.sub, user.communicationUserId);
    assert.equal(payload.acsScope, "chat,voip");
    assert.equal(protectedHeader.typ, "JWT");
  });

  it("verifies no token that was changed", async () => {
    const [header, payload, signature] = token.split(".");
    const changed = payload.slice(0, -2) + (payload.endsWith("AA") ? "BB" : "AA");
    await assert.rejects(
      jwtVerify(`${header}.${changed}.${signature}`, keySet, { algorithms: ["RS256"] }),
      errors.JWSSignatureVerificationFailed,
    );
  });
});
