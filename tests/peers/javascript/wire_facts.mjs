// Facts of the protocol that more than one suite names. Knows no client and no running server.

// Every api-version the official client can be told and the server serves on all its four operations.
export const API_VERSIONS = [
  "2021-03-07",
  "2021-10-31-preview",
  "2022-06-01",
  "2022-10-01",
  "2023-10-01",
  "2025-03-02-preview",
  "2025-06-30",
  "2026-09-23",
];
// What the official client asks for when nobody tells it otherwise.
export const DEFAULT_VERSION = "2023-10-01";
// `expiresInMinutes` came with 2022-10-01, the three narrow scopes with 2023-10-01. Versions sort as text.
export const VERSIONS_WITH_LIFETIME = API_VERSIONS.filter((version) => version >= "2022-10-01");
export const VERSIONS_WITH_NARROW_SCOPES = API_VERSIONS.filter((version) => version >= "2023-10-01");

// The combinations that the live service was recorded accepting, and both orders of the first two.
export const SCOPE_COMBINATIONS = [
  ["chat"],
  ["voip"],
  ["chat", "voip"],
  ["voip", "chat"],
  ["chat.join"],
  ["chat.join.limited"],
  ["voip.join"],
  ["chat", "chat.join", "chat.join.limited"],
  ["voip", "voip.join"],
  ["chat.join", "voip.join"],
];

export const LIFETIME_MINUTES_MIN = 60;
export const LIFETIME_MINUTES_MAX = 1440;

// The id that the live service's own test suites use for "belongs to somebody else".
export const FOREIGN_ID = "8:acs:00000000-0000-0000-0000-000000000000_00000000-0000-0000-0000-000000000000";

const GUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
export const RAW_ID = new RegExp(`^8:acs:(?<resource>${GUID})_(?<suffix>${GUID})$`);
// The first 16 hex digits of the suffix count milliseconds from here: 2020-01-01T08:00:00Z.
export const ID_EPOCH_UNIX_MILLISECONDS = 1_577_865_600_000;

// Exact texts, all read from recorded or quoted answers of the live service.
export const DENIED = "Denied by the resource provider.";
export const HASH_DIFFERS = "Request 'x-ms-content-sha256' differs from generated content hash.";
export const NOT_OWNED = "Provided identity doesn't belong to the resource.";
export const SCOPES_REQUIRED = "Scopes: The Scopes field is required.";
export const SCOPES_EMPTY = "Invalid scopes - Scopes field is required.";
// Only the end of this one is known.
export const CLOCK_TOO_FAR_OFF = new RegExp(
  "The time difference between the originating client and the server is greater than " +
    "the allowed margin of 5 minutes\\.$",
);

// The text for a lifetime outside 60..1440 minutes.
export function lifetimeOutOfRange(minutes) {
  return `ExpiresInMinutes value ${minutes} is invalid. Value must be within the [60, 1440] interval.`;
}

// The text for an api-version that the route does not serve; the authority in it is the server's own affair.
export function versionNotSupported(path, version) {
  return new RegExp(
    `^The HTTP resource that matches the request URI 'https?://[^/']+${path}' ` +
      `does not support the API version '${version}'\\.$`,
  );
}
