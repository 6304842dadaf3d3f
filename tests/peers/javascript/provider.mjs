// An OpenID provider of somebody else, over plain http on a free port of loopback. Tells in one line of JSON who it is
// and which clients it knows; ends when its standard input does.

import { randomBytes } from "node:crypto";
import { createServer } from "node:http";

import { exportJWK, generateKeyPair } from "jose";

const TOKEN_SECONDS = 600;

// It warns of what is meant here: that it keeps everything in memory.
console.warn = () => {};
const { default: Provider } = await import("oidc-provider");

const clients = Object.fromEntries(
  ["contributor", "stranger"].map((name) => [name, { id: `${name}-client`, secret: randomBytes(32).toString("hex") }]),
);

const { privateKey } = await generateKeyPair("RS256", { extractable: true });
const key = { ...(await exportJWK(privateKey)), alg: "RS256", use: "sig", kid: randomBytes(8).toString("hex") };

const server = createServer();
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
  clients: Object.values(clients).map(({ id, secret }) => ({
    client_id: id,
    client_secret: secret,
    grant_types: ["client_credentials"],
    redirect_uris: [],
    response_types: [],
    token_endpoint_auth_method: "client_secret_post",
  })),
  jwks: { keys: [key] },
  ttl: { ClientCredentials: TOKEN_SECONDS },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    // The audience is the resource that the client asks for, and the token a JWT (RFC 8707, RFC 9068).
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_context, resource) => ({
        scope: "",
        audience: resource,
        accessTokenFormat: "jwt",
        jwt: { sign: { alg: "RS256" } },
      }),
    },
  },
});
server.on("request", provider.callback());

process.stdin.resume().on("end", () => process.exit());
console.log(JSON.stringify({ issuer, clients }));
