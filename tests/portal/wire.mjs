// What programs of others see of the server: requests signed with an access key, and a judgement of a token.

import { createHash, createHmac } from "node:crypto";

const SIGNED_HEADERS = "x-ms-date;host;x-ms-content-sha256";

const JSON_TYPE = "application/json";
const FORM_TYPE = "application/x-www-form-urlencoded";

// Sends a request that is signed with that key of a connection string; it goes over the plain listener of this machine.
export async function call(server, accessKey, { method = "POST", target, text = "", type = JSON_TYPE }) {
  const { host } = new URL(server.http);
  const date = new Date().toUTCString();
  const hash = createHash("sha256").update(text).digest("base64");
  const signed = `${method}\n${target}\n${date};${host};${hash}`;
  const signature = createHmac("sha256", Buffer.from(accessKey, "base64")).update(signed).digest("base64");
  const answer = await fetch(server.http + target, {
    method,
    body: text || undefined,
    headers: {
      "content-type": type,
      "x-ms-date": date,
      "x-ms-content-sha256": hash,
      authorization: `HMAC-SHA256 SignedHeaders=${SIGNED_HEADERS}&Signature=${signature}`,
    },
  });
  const answered = await answer.text();
  return { status: answer.status, body: answered ? JSON.parse(answered) : undefined };
}

// The primary access key, as the server's own administration tells it.
export async function primaryKey(server) {
  const exports = await server.command("env");
  return /COMMUNICATION_SERVICES_ACCESSKEY='([^']+)'/.exec(exports)[1];
}

// Whether the server itself believes the token now.
export async function isGood({ server, key }, token) {
  const text = new URLSearchParams({ token }).toString();
  const { status, body } = await call(server, key, { target: "/callsign/v1/introspect", text, type: FORM_TYPE });
  if (status !== 200) throw new Error(`introspection answered ${status}: ${JSON.stringify(body)}`);
  return body.active;
}

// What a token says.
export function claimsOf(token) {
  return JSON.parse(Buffer.from(token.split(".")[1], "base64url"));
}
