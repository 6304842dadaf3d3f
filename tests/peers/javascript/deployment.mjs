// The server under test, as `callsign env` describes it. Knows no client.

// A key of the right length that no server ever makes.
export const STRANGERS_KEY = Buffer.alloc(64).toString("base64");

const connectionString = process.env.COMMUNICATION_SERVICES_CONNECTION_STRING;
if (!connectionString) {
  console.error(
    "COMMUNICATION_SERVICES_CONNECTION_STRING is not set. Start `callsign serve`, run " +
      '`eval "$(callsign env)"` in this shell and try again.',
  );
  process.exit(2);
}

const { endpoint: endpointWithSlash, accessKey } = /^endpoint=(?<endpoint>.*);accesskey=(?<accessKey>.*)$/.exec(
  connectionString,
).groups;
const endpoint = endpointWithSlash.replace(/\/+$/, "");

// One resource of a running server: where it listens and the key that opens it.
export const deployment = {
  connectionString,
  // The same connection string, its endpoint written without the final slash.
  connectionStringWithoutPath: `endpoint=${endpoint};accesskey=${accessKey}`,
  endpoint,
  accessKey,
  // What the Host header of a request to this endpoint says, port included.
  host: new URL(endpoint).host,
  // The plain http endpoint of the same resource, where one is offered to these suites.
  httpEndpoint: process.env.CALLSIGN_HTTP_ENDPOINT?.replace(/\/+$/, ""),
};
