// One request signed by hand, so that a test can bend any part of it. Knows the signature, not the answer.

import { createHash, createHmac } from "node:crypto";

import { deployment } from "./deployment.mjs";

const SIGNED_HEADERS = "x-ms-date;host;x-ms-content-sha256";

// What `x-ms-content-sha256` says about a body.
export function contentHash(body) {
  return createHash("sha256").update(body).digest("base64");
}

// The headers of a signed request; the last argument replaces what the signature would honestly cover.
export function sign(method, target, body = "", { when = new Date(), host, accessKey } = {}) {
  const date = when.toUTCString();
  const hash = contentHash(body);
  const text = `${method}\n${target}\n${date};${host ?? deployment.host};${hash}`;
  const key = Buffer.from(accessKey ?? deployment.accessKey, "base64");
  const signature = createHmac("sha256", key).update(text, "utf8").digest("base64");
  return {
    "x-ms-date": date,
    "x-ms-content-sha256": hash,
    authorization: `HMAC-SHA256 SignedHeaders=${SIGNED_HEADERS}&Signature=${signature}`,
    "content-type": "application/json",
  };
}

// Sends exactly this; the target is already in the form that goes over the wire.
export async function send(method, target, body, headers) {
  const response = await fetch(deployment.endpoint + target, {
    method,
    headers,
    body: body === "" ? undefined : body,
    redirect: "manual",
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

// Signs and sends. A body that is not a text goes out as JSON; `bent` goes to `sign`.
export function call(method, target, body = "", { headers = {}, ...bent } = {}) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return send(method, target, text, { ...sign(method, target, text, bent), ...headers });
}
