"""Every refusal that a program can run into, through the official client and as bare signed requests.

Texts are compared where the live service was recorded saying them; elsewhere the code and the target are.
"""

import base64
from datetime import datetime, timedelta, timezone

import pytest
from azure.communication.identity import CommunicationIdentityClient, CommunicationUserIdentifier
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError

from construction import over_version
from deployment import STRANGERS_KEY
from refusal import ANY, assert_refusal
from signed_request import call, content_hash, send, sign
from wire_facts import (
    API_VERSIONS,
    CLOCK_TOO_FAR_OFF,
    CUSTOM_ID_VERSION,
    DEFAULT_VERSION,
    DENIED,
    FOREIGN_ID,
    HASH_DIFFERS,
    NOT_OWNED,
    RAW_ID,
    SCOPES_EMPTY,
    SCOPES_REQUIRED,
    VERSIONS_WITH_LIFETIME,
    lifetime_out_of_range,
    version_not_supported,
)

IDENTITIES = f"/identities?api-version={DEFAULT_VERSION}"


@pytest.fixture(params=API_VERSIONS)
def versioned_client(request, deployment):
    """The client over each api-version in turn."""
    return over_version(deployment, request.param)


def id_of(user):
    """The raw id inside the client's identifier."""
    return user.properties["id"]


def on_user(operation, user):
    """A client's method on one user, as a call without arguments."""
    return {
        "issue": lambda client: client.get_token(user, ["chat"]),
        "revoke": lambda client: client.revoke_tokens(user),
        "delete": lambda client: client.delete_user(user),
    }[operation]


def issue_target(user):
    """Where a token for this user is asked for."""
    return f"/identities/{id_of(user)}/:issueAccessToken?api-version={DEFAULT_VERSION}"


# Lifetime and scopes, through the client.


@pytest.mark.parametrize("version", VERSIONS_WITH_LIFETIME)
@pytest.mark.parametrize("minutes", [59, 1441])
@pytest.mark.parametrize("operation", ["create", "issue"])
def test_a_lifetime_out_of_range_is_refused(deployment, user, operation, minutes, version):
    lifetime = timedelta(minutes=minutes)
    client = over_version(deployment, version)
    with pytest.raises(HttpResponseError) as raised:
        if operation == "create":
            client.create_user_and_token(["chat"], token_expires_in=lifetime)
        else:
            client.get_token(user, ["chat"], token_expires_in=lifetime)
    assert_refusal(
        raised.value,
        400,
        "ValidationError",
        message=lifetime_out_of_range(minutes),
        target="ExpiresInMinutes",
        lists_versions=True,
    )
    assert raised.value.error.code == "ValidationError"
    assert raised.value.error.target == "ExpiresInMinutes"


def test_a_token_with_an_empty_list_of_scopes_is_refused(versioned_client, user):
    with pytest.raises(HttpResponseError) as raised:
        versioned_client.get_token(user, [])
    assert_refusal(raised.value, 400, "ValidationError", message=SCOPES_EMPTY, target="scopes", lists_versions=True)


def test_a_token_without_a_list_of_scopes_is_refused(versioned_client, user):
    with pytest.raises(HttpResponseError) as raised:
        versioned_client.get_token(user, None)
    assert_refusal(raised.value, 400, "ValidationError", message=SCOPES_REQUIRED, target="Scopes", lists_versions=False)


@pytest.mark.parametrize("scopes", [[], None], ids=["empty", "none"])
def test_a_user_created_for_no_scopes_comes_without_a_token(client, scopes):
    statuses = []
    # The service answers 201 without a token, and this client trips over the token that is not there.
    with pytest.raises(AttributeError):
        client.create_user_and_token(
            scopes, raw_response_hook=lambda answer: statuses.append(answer.http_response.status_code)
        )
    assert statuses == [201]


@pytest.mark.parametrize("scopes", [["chess"], ["chat", "chess"], ["CHAT"], [""], ["pstn"]], ids="+".join)
@pytest.mark.parametrize("operation", ["create", "issue"])
def test_an_unknown_scope_is_refused(client, user, operation, scopes):
    with pytest.raises(HttpResponseError) as raised:
        if operation == "create":
            client.create_user_and_token(scopes)
        else:
            client.get_token(user, scopes)
    member = "createTokenWithScopes" if operation == "create" else "scopes"
    assert_refusal(raised.value, 400, "ValidationError", target=member)


# Identities that are not there to be used.


@pytest.mark.parametrize("operation", ["issue", "revoke", "delete"])
def test_an_id_of_another_resource_is_refused(versioned_client, operation):
    with pytest.raises(ClientAuthenticationError) as raised:
        on_user(operation, CommunicationUserIdentifier(FOREIGN_ID))(versioned_client)
    assert_refusal(raised.value, 401, "IdentityNotOwned", message=NOT_OWNED, target=None, lists_versions=True)
    assert raised.value.error.code == "IdentityNotOwned"


@pytest.mark.parametrize("operation", ["issue", "revoke", "delete"])
@pytest.mark.parametrize("raw_id", ["not-an-id", "8:acs:nonsense", "8:orgid:" + "0" * 36])
def test_a_malformed_id_is_refused(client, operation, raw_id):
    with pytest.raises(HttpResponseError) as raised:
        on_user(operation, CommunicationUserIdentifier(raw_id))(client)
    assert_refusal(raised.value, 400, "ValidationError", target="id")


def test_a_deleted_user_gets_no_token(versioned_client):
    user = versioned_client.create_user()
    versioned_client.delete_user(user)
    with pytest.raises(ResourceNotFoundError) as raised:
        versioned_client.get_token(user, ["chat"])
    assert_refusal(raised.value, 404, "IdentityNotFound")
    assert raised.value.error.code == "IdentityNotFound"


@pytest.mark.parametrize("operation", ["revoke", "delete"])
def test_a_deleted_user_can_be_revoked_and_deleted_again(versioned_client, operation):
    user = versioned_client.create_user()
    versioned_client.delete_user(user)
    assert on_user(operation, user)(versioned_client) is None


@pytest.mark.parametrize("operation", ["revoke", "delete"])
def test_an_id_of_this_resource_that_never_was_can_be_revoked_and_deleted(client, user, operation):
    resource = RAW_ID.fullmatch(id_of(user))["resource"]
    never_was = CommunicationUserIdentifier(f"8:acs:{resource}_00000000-0000-0000-0000-000000000000")
    assert on_user(operation, never_was)(client) is None


# Who asks.


def test_a_strangers_key_is_denied(deployment):
    client = CommunicationIdentityClient(deployment.endpoint, AzureKeyCredential(STRANGERS_KEY))
    for attempt in (
        client.create_user,
        lambda: client.create_user_and_token(["chat"]),
        lambda: on_user("issue", CommunicationUserIdentifier(FOREIGN_ID))(client),
        lambda: on_user("revoke", CommunicationUserIdentifier(FOREIGN_ID))(client),
        lambda: on_user("delete", CommunicationUserIdentifier(FOREIGN_ID))(client),
    ):
        with pytest.raises(ClientAuthenticationError) as raised:
            attempt()
        assert_refusal(raised.value, 401, "Denied", message=DENIED, target=None, lists_versions=False)
        assert raised.value.error.code == "Denied"


@pytest.mark.parametrize("minutes", [-6, 6, -60 * 24 * 365])
def test_a_clock_that_is_too_far_off_is_denied(deployment, minutes):
    when = datetime.now(timezone.utc) + timedelta(minutes=minutes)
    answer = call(deployment, "POST", IDENTITIES, when=when)
    assert_refusal(answer, 401, "Denied", message=CLOCK_TOO_FAR_OFF, target=None)


@pytest.mark.parametrize("minutes", [-4, 4])
def test_a_clock_that_is_a_little_off_is_accepted(deployment, client, minutes):
    when = datetime.now(timezone.utc) + timedelta(minutes=minutes)
    answer = call(deployment, "POST", IDENTITIES, when=when)
    assert answer.status_code == 201
    client.delete_user(CommunicationUserIdentifier(answer.json()["identity"]["id"]))


def test_a_body_changed_on_the_way_is_denied(deployment):
    headers = sign(deployment, "POST", IDENTITIES, b'{"createTokenWithScopes":["chat"]}')
    answer = send(deployment, "POST", IDENTITIES, b'{"createTokenWithScopes":["voip"]}', headers)
    assert_refusal(answer, 401, "Denied", message=HASH_DIFFERS, target=None)


def test_a_body_changed_together_with_its_hash_is_denied(deployment):
    changed = b'{"createTokenWithScopes":["voip"]}'
    headers = sign(deployment, "POST", IDENTITIES, b'{"createTokenWithScopes":["chat"]}')
    headers["x-ms-content-sha256"] = content_hash(changed)
    answer = send(deployment, "POST", IDENTITIES, changed, headers)
    assert_refusal(answer, 401, "Denied", message=DENIED, target=None, lists_versions=False)


def test_a_signature_for_another_method_path_or_query_is_denied(deployment, user):
    version = f"?api-version={DEFAULT_VERSION}"
    path = f"/identities/{id_of(user)}"
    for signed_as, sent_as in (
        (("POST", path + version), ("DELETE", path + version)),
        (("POST", path + "/:revokeAccessTokens" + version), ("POST", path + "/:issueAccessToken" + version)),
        (("DELETE", path + "?api-version=2022-10-01"), ("DELETE", path + version)),
        (("DELETE", path + version), ("DELETE", path + version + "&more=1")),
    ):
        headers = sign(deployment, *signed_as)
        answer = send(deployment, *sent_as, b"", headers)
        assert_refusal(answer, 401, "Denied", message=DENIED, target=None, lists_versions=False)


def test_a_signature_for_another_host_is_denied(deployment):
    answer = call(deployment, "POST", IDENTITIES, host="somebody-else.example")
    assert_refusal(answer, 401, "Denied", message=DENIED, target=None, lists_versions=False)


AUTHORIZATIONS = {
    "absent": None,
    "signature is not base64": "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=%%%",
    "signature is empty": "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=",
    "signature is too short": "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=AAAA",
    "host is not signed": "HMAC-SHA256 SignedHeaders=x-ms-date;x-ms-content-sha256&Signature="
    + base64.b64encode(bytes(32)).decode("ascii"),
    "nothing after the scheme": "HMAC-SHA256",
    "another scheme": "Basic YTpi",
    "a bearer token that is none": "Bearer not.a.token",
}


@pytest.mark.parametrize("authorization", AUTHORIZATIONS.values(), ids=AUTHORIZATIONS.keys())
def test_an_authorization_that_proves_nothing_is_denied(deployment, authorization):
    headers = sign(deployment, "POST", IDENTITIES)
    del headers["Authorization"]
    if authorization is not None:
        headers["Authorization"] = authorization
    answer = send(deployment, "POST", IDENTITIES, b"", headers)
    assert_refusal(answer, 401, "Denied", target=None, lists_versions=False)


@pytest.mark.parametrize("name", ["x-ms-date", "x-ms-content-sha256"])
@pytest.mark.parametrize("value", [None, "", "nonsense"], ids=["absent", "empty", "nonsense"])
def test_a_signed_header_that_is_missing_or_nonsense_is_denied(deployment, name, value):
    headers = sign(deployment, "POST", IDENTITIES)
    del headers[name]
    if value is not None:
        headers[name] = value
    answer = send(deployment, "POST", IDENTITIES, b"", headers)
    assert_refusal(answer, 401, "Denied", target=None, lists_versions=False)


# Versions and routes.


def test_a_missing_version_is_refused(deployment):
    assert_refusal(call(deployment, "POST", "/identities"), 400, "ApiVersionUnspecified")


@pytest.mark.parametrize("version", ["1999-01-01", "2023-10-01-preview", "latest"])
def test_an_unknown_version_is_refused(deployment, version):
    client = over_version(deployment, version)
    with pytest.raises(HttpResponseError) as raised:
        client.create_user()
    assert_refusal(
        raised.value,
        400,
        "UnsupportedApiVersion",
        message=version_not_supported("/identities", version),
    )


@pytest.mark.parametrize("version", [version for version in API_VERSIONS if version != CUSTOM_ID_VERSION])
def test_the_detail_of_a_user_is_refused_where_the_version_has_none(deployment, user, version):
    answer = call(deployment, "GET", f"/identities/{id_of(user)}?api-version={version}")
    assert_refusal(answer, 400, "UnsupportedApiVersion")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/identities"),
        ("DELETE", "/identities"),
        ("PUT", f"/identities/{FOREIGN_ID}"),
        ("GET", f"/identities/{FOREIGN_ID}/:issueAccessToken"),
        ("DELETE", f"/identities/{FOREIGN_ID}/:revokeAccessTokens"),
    ],
)
def test_a_wrong_method_is_refused(deployment, method, path):
    answer = call(deployment, method, f"{path}?api-version={DEFAULT_VERSION}")
    assert_refusal(answer, 405, "MethodNotAllowed")


@pytest.mark.parametrize(
    "path", ["/nothing-here", "/identities/", "/Identities", f"/identities/{FOREIGN_ID}/:issueaccesstoken"]
)
def test_an_unknown_path_is_not_found(deployment, path):
    answer = call(deployment, "POST", f"{path}?api-version={DEFAULT_VERSION}")
    assert_refusal(answer, 404, "NotFound")


# Bodies that the client would never send.

MALFORMED = {
    "cut off": b'{"scopes":["chat"]',
    "not json": b"scopes=chat",
    "not utf-8": b'{"scopes":["\xff"]}',
    "two values": b'{"scopes":["chat"]}{}',
    "empty": b"",
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_body_is_refused(deployment, user, body):
    assert_refusal(call(deployment, "POST", issue_target(user), body), 400, "ValidationError")


WRONG_TYPES = {
    "scopes is a text": ({"scopes": "chat"}, ANY),
    "scopes is an object": ({"scopes": {"chat": True}}, ANY),
    "a scope is a number": ({"scopes": [1]}, ANY),
    "a scope is null": ({"scopes": [None]}, ANY),
    "the body is a list": (["chat"], ANY),
    "the body is a text": ("chat", ANY),
    "the body is null": (None, ANY),
    "lifetime is a text": ({"scopes": ["chat"], "expiresInMinutes": "60"}, "ExpiresInMinutes"),
    "lifetime is a fraction": ({"scopes": ["chat"], "expiresInMinutes": 60.5}, "ExpiresInMinutes"),
    "lifetime is a list": ({"scopes": ["chat"], "expiresInMinutes": [60]}, ANY),
    "lifetime is a truth": ({"scopes": ["chat"], "expiresInMinutes": True}, ANY),
    "lifetime is past 32 bits": ({"scopes": ["chat"], "expiresInMinutes": 1 << 32}, "ExpiresInMinutes"),
    "lifetime is negative": ({"scopes": ["chat"], "expiresInMinutes": -60}, "ExpiresInMinutes"),
    "lifetime is zero": ({"scopes": ["chat"], "expiresInMinutes": 0}, "ExpiresInMinutes"),
}


@pytest.mark.parametrize(("body", "target"), WRONG_TYPES.values(), ids=WRONG_TYPES.keys())
def test_a_member_of_the_wrong_type_is_refused_on_issue(deployment, user, body, target):
    answer = call(deployment, "POST", issue_target(user), body)
    assert_refusal(answer, 400, "ValidationError", target=target)


# Creating needs no body at all, and nobody knows whether `null` counts as one: that case is left out.
@pytest.mark.parametrize("case", [case for case, (body, _) in WRONG_TYPES.items() if body is not None])
def test_a_member_of_the_wrong_type_is_refused_on_create(deployment, case):
    body, target = WRONG_TYPES[case]
    if isinstance(body, dict):
        body = {"createTokenWithScopes" if name == "scopes" else name: body[name] for name in body}
    answer = call(deployment, "POST", IDENTITIES, body)
    assert_refusal(answer, 400, "ValidationError", target=target)


@pytest.mark.parametrize("body", [{}, {"scopes": None}], ids=["absent", "null"])
def test_scopes_that_are_absent_or_null_are_refused(deployment, user, body):
    answer = call(deployment, "POST", issue_target(user), body)
    assert_refusal(answer, 400, "ValidationError", message=SCOPES_REQUIRED, target="Scopes", lists_versions=False)


@pytest.mark.parametrize("custom_id", ["", "c" * 257], ids=["empty", "257 characters"])
def test_a_custom_id_of_the_wrong_length_is_refused(deployment, custom_id):
    target = f"/identities?api-version={CUSTOM_ID_VERSION}"
    answer = call(deployment, "POST", target, {"customId": custom_id})
    assert_refusal(answer, 400, "ValidationError", target="customId")


def test_a_custom_id_of_256_characters_is_accepted(deployment, client):
    custom_id = "c" * 256
    target = f"/identities?api-version={CUSTOM_ID_VERSION}"
    answer = call(deployment, "POST", target, {"customId": custom_id})
    assert answer.status_code == 201
    assert answer.json()["identity"]["customId"] == custom_id
    client.delete_user(CommunicationUserIdentifier(answer.json()["identity"]["id"]))


# Sizes.


def test_an_oversized_body_is_refused(deployment):
    body = {"createTokenWithScopes": ["chat"], "padding": "p" * (70 * 1024)}
    answer = call(deployment, "POST", IDENTITIES, body)
    assert_refusal(answer, 413, "RequestEntityTooLarge")


def test_an_oversized_header_is_refused(deployment):
    answer = call(deployment, "POST", IDENTITIES, headers={"x-padding": "p" * (20 * 1024)})
    assert_refusal(answer, 431, "RequestHeaderFieldsTooLarge")


def test_an_over_long_uri_is_refused(deployment):
    answer = call(deployment, "POST", f"{IDENTITIES}&padding={'p' * (3 * 1024)}")
    assert_refusal(answer, 414, "UriTooLong")


# What every refusal carries.


def refusals(deployment, user):
    """One refusal of each kind, each sent with the same request id."""
    sent = {"x-ms-client-request-id": "callsign-peers-3"}
    stranger = {"access_key": STRANGERS_KEY}
    yield call(deployment, "POST", IDENTITIES, headers=sent, **stranger)
    yield call(deployment, "POST", "/identities", headers=sent)
    yield call(deployment, "POST", "/identities?api-version=1999-01-01", headers=sent)
    yield call(deployment, "PUT", IDENTITIES, headers=sent)
    yield call(deployment, "POST", f"/nothing-here?api-version={DEFAULT_VERSION}", headers=sent)
    yield call(deployment, "POST", issue_target(user), {"scopes": []}, headers=sent)
    yield call(deployment, "POST", issue_target(user), {}, headers=sent)
    foreign = f"/identities/{FOREIGN_ID}?api-version={DEFAULT_VERSION}"
    yield call(deployment, "DELETE", foreign, headers=sent)


def test_every_refusal_gives_the_request_id_back(deployment, user):
    for answer in refusals(deployment, user):
        assert answer.headers.get("x-ms-client-request-id") == "callsign-peers-3", answer.text


def test_every_refusal_is_chunked_json_with_the_services_own_headers(deployment, user):
    for answer in refusals(deployment, user):
        assert answer.headers["Content-Type"] == "application/json", answer.text
        assert answer.headers["Transfer-Encoding"] == "chunked", answer.text
        assert "Content-Length" not in answer.headers
        for name in ("MS-CV", "X-Processing-Time", "Date"):
            assert answer.headers.get(name), answer.text


def test_a_refused_call_leaves_the_connection_usable(deployment, client, user):
    with pytest.raises(HttpResponseError):
        client.get_token(user, ["chess"])
    assert client.get_token(user, ["chat"]).token
