"""What a new id, an access token and its expiry must look like to somebody who reads them. Knows no client."""

import base64
import json
import re
import time
from datetime import datetime, timezone

from wire_facts import ID_EPOCH_UNIX_SECONDS, RAW_ID

TOLERANCE_SECONDS = 5

# .NET's round-trip form: offset never `Z`, up to seven fraction digits, trailing zeros cut.
EXPIRES_ON = re.compile(r"(?P<whole>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(?P<fraction>\d{0,6}[1-9]))?\+00:00")

# The claims of an ACS user's token, in the order in which the live service writes them.
CLAIMS = ["skypeid", "scp", "csi", "exp", "rgn", "acsScope", "resourceId", "resourceLocation", "iat"]

# The claims of a Teams user's token. `aad_uti` is there when the Entra token has a name.
TEAMS_USER_CLAIMS = ["skypeid", "scp", "csi", "exp", "rgn", "tid", "acsScope", "resourceId", "aad_iat"]

LOCATION_OF_REGION = {
    "amer": "unitedstates",
    "emea": "europe",
    "apac": "asiapacific",
    "ca": "canada",
    "au": "australia",
    "ch": "switzerland",
    "se": "sweden",
}

# RSA-2048: 256 bytes in base64url without padding.
SIGNATURE_LENGTH = 342


def decode_as_the_official_parser_does(part):
    """Standard base64, then ASCII: the weakest reader in the field, and the reason for what a payload may hold."""
    text = base64.b64decode(part + "==").decode("ascii")
    assert text == base64.urlsafe_b64decode(part + "==").decode("ascii"), "the payload needs url-safe base64"
    return text


def claims_of(token):
    """The payload's claims, in their order."""
    parts = token.split(".")
    assert len(parts) == 3
    return json.loads(decode_as_the_official_parser_does(parts[1]))


def whole_seconds(expires_on):
    """The Unix second that an `expiresOn` lies in."""
    match = EXPIRES_ON.fullmatch(expires_on)
    assert match, f"not the service's form of a time: {expires_on}"
    whole = datetime.fromisoformat(match["whole"]).replace(tzinfo=timezone.utc)
    return int(whole.timestamp())


def assert_new_id(raw_id):
    """The id has the service's form and tells that it was made just now."""
    match = RAW_ID.fullmatch(raw_id)
    assert match, f"not an identity id: {raw_id}"
    made_at = ID_EPOCH_UNIX_SECONDS + int(match["suffix"].replace("-", "")[:16], 16) / 1000
    assert abs(made_at - time.time()) <= TOLERANCE_SECONDS


def assert_header(token):
    """Three base64url parts, RS256, one named key."""
    header_part, _, signature_part = token.split(".")
    header = json.loads(base64.urlsafe_b64decode(header_part + "=="))
    assert [name for name in header if name != "x5t"] == ["alg", "kid", "typ"]
    assert header["alg"] == "RS256"
    assert header["typ"] == "JWT"
    assert isinstance(header["kid"], str) and header["kid"]
    assert re.fullmatch(r"[A-Za-z0-9_-]+", signature_part)
    assert len(signature_part) == SIGNATURE_LENGTH


def assert_token(token, expires_on, *, raw_id, scopes, minutes):
    """The token was made just now for this identity, these scopes in this order, and this lifetime."""
    assert_header(token)
    claims = claims_of(token)
    resource = RAW_ID.fullmatch(raw_id)["resource"]

    assert list(claims)[: len(CLAIMS)] == CLAIMS
    assert not {"aud", "nbf"} & set(claims)
    assert claims["skypeid"] == raw_id.removeprefix("8:")
    assert type(claims["scp"]) is int and claims["scp"] == 1792
    assert type(claims["iat"]) is int and abs(claims["iat"] - time.time()) <= TOLERANCE_SECONDS
    assert claims["csi"] == str(claims["iat"])
    assert type(claims["exp"]) is int and claims["exp"] == claims["iat"] + minutes * 60
    assert claims["acsScope"] == ",".join(scopes)
    assert claims["resourceId"] == resource
    assert claims["resourceLocation"] == LOCATION_OF_REGION[claims["rgn"]]
    assert claims["exp"] == whole_seconds(expires_on)


def assert_teams_user_token(token, *, oid, tenant):
    """The token was made just now for this user of Teams; answers its claims."""
    assert_header(token)
    claims = claims_of(token)
    assert list(claims)[: len(TEAMS_USER_CLAIMS)] == TEAMS_USER_CLAIMS
    assert not {"aud", "nbf", "resourceLocation"} & set(claims)
    assert claims["skypeid"] == f"orgid:{oid}"
    assert claims["tid"] == tenant
    assert type(claims["scp"]) is int and claims["scp"] == 1024
    assert claims["acsScope"] == "voip,chat"
    assert claims["rgn"] in LOCATION_OF_REGION
    assert type(claims["iat"]) is int and abs(claims["iat"] - time.time()) <= TOLERANCE_SECONDS
    assert type(claims["exp"]) is int
    return claims
