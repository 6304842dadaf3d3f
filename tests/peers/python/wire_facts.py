"""Facts of the protocol that more than one suite names. Knows no client and no running server."""

import re

# Every api-version the official client can be told and the server serves on all its four operations.
API_VERSIONS = (
    "2021-03-07",
    "2021-10-31-preview",
    "2022-06-01",
    "2022-10-01",
    "2023-10-01",
    "2025-03-02-preview",
    "2025-06-30",
    "2026-09-23",
)
# What the official clients ask for when nobody tells them otherwise.
DEFAULT_VERSION = "2023-10-01"
# `expiresInMinutes` came with 2022-10-01, the three narrow scopes with 2023-10-01. Versions sort as text.
VERSIONS_WITH_LIFETIME = tuple(version for version in API_VERSIONS if version >= "2022-10-01")
VERSIONS_WITH_NARROW_SCOPES = tuple(version for version in API_VERSIONS if version >= "2023-10-01")
# customId and the detail of one identity exist in this version alone.
CUSTOM_ID_VERSION = "2025-03-02-preview"

# The combinations that the live service was recorded accepting, and both orders of the first two.
SCOPE_COMBINATIONS = (
    ("chat",),
    ("voip",),
    ("chat", "voip"),
    ("voip", "chat"),
    ("chat.join",),
    ("chat.join.limited",),
    ("voip.join",),
    ("chat", "chat.join", "chat.join.limited"),
    ("voip", "voip.join"),
    ("chat.join", "voip.join"),
)

LIFETIME_MINUTES_MIN = 60
LIFETIME_MINUTES_MAX = 1440

# The id that the live service's own test suites use for "belongs to somebody else".
FOREIGN_ID = "8:acs:00000000-0000-0000-0000-000000000000_00000000-0000-0000-0000-000000000000"

GUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
RAW_ID = re.compile(rf"8:acs:(?P<resource>{GUID})_(?P<suffix>{GUID})")
# The first 16 hex digits of the suffix count milliseconds from here: 2020-01-01T08:00:00Z.
ID_EPOCH_UNIX_SECONDS = 1577865600

# Exact texts, all read from recorded or quoted answers of the live service.
DENIED = "Denied by the resource provider."
HASH_DIFFERS = "Request 'x-ms-content-sha256' differs from generated content hash."
NOT_OWNED = "Provided identity doesn't belong to the resource."
SCOPES_REQUIRED = "Scopes: The Scopes field is required."
SCOPES_EMPTY = "Invalid scopes - Scopes field is required."
TEAMS_TOKEN_INVALID = "Provided access token is not valid."
TEAMS_TOKEN_MISSING = "The body is either missing or doesn't contain any token."
# Only the end of this one is known.
CLOCK_TOO_FAR_OFF = re.compile(
    r".*The time difference between the originating client and the server is greater than "
    r"the allowed margin of 5 minutes\."
)


def lifetime_out_of_range(minutes):
    """The text for a lifetime outside 60..1440 minutes."""
    return f"ExpiresInMinutes value {minutes} is invalid. Value must be within the [60, 1440] interval."


def version_not_supported(path, version):
    """The text for an api-version that the route does not serve; the authority in it is the server's own affair."""
    return re.compile(
        rf"The HTTP resource that matches the request URI 'https?://[^/']+{re.escape(path)}' "
        rf"does not support the API version '{re.escape(version)}'\."
    )
