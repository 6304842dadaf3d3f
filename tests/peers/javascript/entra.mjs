// The development Entra authority of the server under test, as `callsign env` describes it, and who signs in there.

const environment = process.env;
if (!environment.AZURE_AUTHORITY_HOST || !environment.CALLSIGN_DEV_TENANT) {
  console.error(
    "AZURE_AUTHORITY_HOST and what belongs to it are not set. Start `callsign serve --dev-entra`, run " +
      '`eval "$(callsign env)"` in this shell and try again.',
  );
  process.exit(2);
}

// Where tokens come from, and the application that may contribute to the resource.
export const authority = {
  host: environment.AZURE_AUTHORITY_HOST,
  devTenant: environment.CALLSIGN_DEV_TENANT,
  clientId: environment.AZURE_CLIENT_ID,
  clientSecret: environment.AZURE_CLIENT_SECRET,
};

// The users that every development authority has.
export const ALICE = "alice@callsign.test";
export const BOB = "bob@callsign.test";
export const PASSWORD = "callsign";

// The claims of an Entra token, unchecked: only the service has to check them.
export function entraClaims(token) {
  return JSON.parse(Buffer.from(token.split(".")[1], "base64url").toString("utf8"));
}
