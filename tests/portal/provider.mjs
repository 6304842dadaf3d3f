// An OpenID provider of somebody else, for one suite: it signs in whoever is typed into its page, over plain http of this machine.

import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";

// Starts one that knows a client, before the address that the client is sent back to is known.
export async function startProvider() {
  // It warns of what is meant here: that it keeps everything in memory, and that its pages are for development.
  console.warn = () => {};
  const { default: Provider } = await import("oidc-provider");
  const http = createServer();
  await once(http.listen(0, "127.0.0.1"), "listening");
  const issuer = `http://127.0.0.1:${http.address().port}`;
  const client = { id: "portal", secret: randomBytes(32).toString("hex") };
  return {
    issuer,
    client,
    serve(redirectUri) {
      const provider = new Provider(issuer, {
        clients: [
          { client_id: client.id, client_secret: client.secret, redirect_uris: [redirectUri], response_types: ["code"] },
        ],
        findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, name: `${id} of somebody else` }) }),
        cookies: { keys: [randomBytes(32).toString("hex")] },
      });
      http.on("request", provider.callback());
    },
    async stop() {
      http.closeAllConnections();
      http.close();
      await once(http, "close");
    },
  };
}
