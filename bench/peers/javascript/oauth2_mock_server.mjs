// oauth2-mock-server: a token for whoever asks. It knows no clients, stores nothing and logs nothing.

import { randomUUID } from "node:crypto";

import { OAuth2Server } from "oauth2-mock-server";

import { key, port, work } from "./workers.mjs";

await work(async () => {
  const server = new OAuth2Server();
  await server.issuer.keys.add(key);
  // Its tokens of one second are all alike; an id makes each one that was signed for its request.
  server.service.on("beforeTokenSigning", (token) => {
    token.payload.jti = randomUUID();
  });
  await server.start(port, "127.0.0.1");
});
