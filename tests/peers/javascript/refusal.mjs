// What a refusal must look like, whoever received it: the official client or a bare HTTP library.

import assert from "node:assert/strict";

// Nothing of the server's inside may leak: no trace, no source file, no panic text.
const INSIDES = /panicked|backtrace|stack|\.rs\b|thread '/i;

// Whether the server under test has the development authority. Who develops is told why; nobody else is.
const DEVELOPMENT = process.env.CALLSIGN_DEV_TENANT !== undefined;

// The answer is this refusal in the protocol's envelope, and nothing else. `message` is the exact text or a pattern;
// `target: null` means that the member is absent; `listsVersions` says whether `api-supported-versions` is there.
// What is left undefined is not compared.
export function assertRefusal(answer, { status, code, message, target, listsVersions }) {
  const { text, headers } = answer;
  assert.equal(answer.status, status, text);
  assert.equal(headers.get("content-type"), "application/json");
  assert.doesNotMatch(text, INSIDES);
  for (const absent of ["server", "www-authenticate", "x-ms-error-code"]) {
    assert.ok(!headers.has(absent), absent);
  }

  const body = JSON.parse(text);
  assert.deepEqual(Object.keys(body), ["error"]);
  const { innererror, ...error } = body.error;
  if (!DEVELOPMENT) {
    assert.equal(innererror, undefined, text);
  }
  assert.deepEqual(Object.keys(error), "target" in error ? ["code", "message", "target"] : ["code", "message"]);
  assert.equal(error.code, code);
  assert.match(error.message, /\S/);
  if (message instanceof RegExp) {
    assert.match(error.message, message);
  } else if (message !== undefined) {
    assert.equal(error.message, message);
  }
  if (target !== undefined) {
    assert.equal(error.target ?? null, target);
  }
  if (listsVersions !== undefined) {
    assert.equal(headers.has("api-supported-versions"), listsVersions);
  }
}

// The call ends with the client's own error, which tells the same story as the answer under it.
export async function assertRejected(call, expected) {
  await assert.rejects(call, (error) => {
    assert.equal(error.name, "RestError");
    const { status, headers, bodyAsText } = error.response;
    assertRefusal({ status, headers, text: bodyAsText }, expected);
    assert.equal(error.statusCode, expected.status);
    assert.equal(error.code, expected.code);
    return true;
  });
}
