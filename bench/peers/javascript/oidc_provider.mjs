// oidc-provider: client credentials with a resource indicator, for which the access token is a JWT (RFC 8707, RFC 9068). It keeps
// what it must in memory, asks nobody, and logs nothing.

import { createServer } from "node:http";

import { key, port, work } from "./workers.mjs";

const TOKEN_SECONDS = 3600;

await work(async () => {
  // It warns of what is meant here: that it keeps everything in memory.
  console.warn = () => {};
  const { default: Provider } = await import("oidc-provider");
  const provider = new Provider(`http://127.0.0.1:${port}`, {
    clients: [
      {
        client_id: "bench",
        client_secret: "secret",
        grant_types: ["client_credentials"],
        redirect_uris: [],
        response_types: [],
        token_endpoint_auth_method: "client_secret_post",
      },
    ],
    jwks: { keys: [key] },
    scopes: ["chat"],
    ttl: { ClientCredentials: TOKEN_SECONDS },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_context, resource) => ({
          scope: "chat",
          audience: resource,
          accessTokenFormat: "jwt",
          jwt: { sign: { alg: "RS256" } },
        }),
      },
    },
  });
  createServer(provider.callback()).listen(port, "127.0.0.1");
});
