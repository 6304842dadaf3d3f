"""The official synchronous client, over every api-version it can be told and every way to build it."""

from datetime import timedelta

import pytest
from azure.communication.identity import (
    CommunicationIdentityClient,
    CommunicationTokenScope,
    CommunicationUserIdentifier,
)
from azure.communication.identity._shared.user_credential import CommunicationTokenCredential
from azure.core.credentials import AzureKeyCredential

from construction import CONSTRUCTIONS, over_version
from signed_request import call
from token_shape import assert_new_id, assert_token, claims_of, whole_seconds
from wire_facts import (
    API_VERSIONS,
    DEFAULT_VERSION,
    LIFETIME_MINUTES_MAX,
    LIFETIME_MINUTES_MIN,
    RAW_ID,
    SCOPE_COMBINATIONS,
    VERSIONS_WITH_LIFETIME,
    VERSIONS_WITH_NARROW_SCOPES,
)


@pytest.fixture(params=CONSTRUCTIONS, ids=lambda build: build.__name__)
def build(request):
    """One way to build the client."""
    return request.param


@pytest.fixture(params=API_VERSIONS)
def versioned_client(request, deployment, build):
    """A client built that way, told one api-version."""
    return build(CommunicationIdentityClient, deployment, api_version=request.param)


@pytest.fixture
def versioned_user(versioned_client):
    """A user made by that very client, deleted by it afterwards."""
    user = versioned_client.create_user()
    yield user
    versioned_client.delete_user(user)


class Answers:
    """Keeps the raw responses of the calls that it is handed to."""

    def __init__(self):
        self.responses = []

    def __call__(self, response):
        self.responses.append(response.http_response)

    @property
    def last(self):
        return self.responses[-1]


def id_of(user):
    """The raw id inside the client's identifier."""
    return user.properties["id"]


# Every operation, every version, every construction.


def test_a_user_is_created(versioned_user):
    assert_new_id(id_of(versioned_user))
    assert versioned_user.raw_id == id_of(versioned_user)


def test_two_users_are_two_identities_of_one_resource(versioned_client, versioned_user):
    other = versioned_client.create_user()
    assert id_of(other) != id_of(versioned_user)
    assert RAW_ID.fullmatch(id_of(other))["resource"] == RAW_ID.fullmatch(id_of(versioned_user))["resource"]
    versioned_client.delete_user(other)


def test_a_token_is_issued(versioned_client, versioned_user):
    token = versioned_client.get_token(versioned_user, ["chat", "voip"])
    assert_token(
        token.token,
        token.expires_on,
        raw_id=id_of(versioned_user),
        scopes=["chat", "voip"],
        minutes=LIFETIME_MINUTES_MAX,
    )


def test_a_user_and_a_token_come_in_one_call(versioned_client):
    user, token = versioned_client.create_user_and_token(["voip"])
    assert_token(
        token.token,
        token.expires_on,
        raw_id=id_of(user),
        scopes=["voip"],
        minutes=LIFETIME_MINUTES_MAX,
    )
    versioned_client.delete_user(user)


def test_tokens_are_revoked_and_a_new_one_is_issued(versioned_client, versioned_user):
    before = versioned_client.get_token(versioned_user, ["chat"])
    assert versioned_client.revoke_tokens(versioned_user) is None
    after = versioned_client.get_token(versioned_user, ["chat"])
    assert after.token != before.token


def test_a_user_is_deleted(versioned_client):
    user = versioned_client.create_user()
    assert versioned_client.delete_user(user) is None


# Lifetimes and scopes.


@pytest.mark.parametrize("version", VERSIONS_WITH_LIFETIME)
@pytest.mark.parametrize("minutes", [LIFETIME_MINUTES_MIN, 61, 720, LIFETIME_MINUTES_MAX])
def test_a_token_lives_as_long_as_it_was_asked_to(deployment, version, minutes):
    lifetime = timedelta(minutes=minutes)
    client = over_version(deployment, version)
    user, first = client.create_user_and_token(["chat"], token_expires_in=lifetime)
    second = client.get_token(user, ["chat"], token_expires_in=lifetime)
    for token in (first, second):
        assert_token(token.token, token.expires_on, raw_id=id_of(user), scopes=["chat"], minutes=minutes)
    client.delete_user(user)


@pytest.mark.parametrize("version", VERSIONS_WITH_NARROW_SCOPES)
@pytest.mark.parametrize("scopes", SCOPE_COMBINATIONS, ids="+".join)
def test_every_recorded_combination_of_scopes_is_accepted(deployment, version, scopes):
    client = over_version(deployment, version)
    user, first = client.create_user_and_token(list(scopes))
    second = client.get_token(user, list(scopes))
    assert claims_of(first.token)["acsScope"] == ",".join(scopes)
    assert claims_of(second.token)["acsScope"] == ",".join(scopes)
    client.delete_user(user)


def test_the_scopes_may_be_the_clients_own_constants(client, user):
    token = client.get_token(user, list(CommunicationTokenScope))
    assert claims_of(token.token)["acsScope"].split(",") == [scope.value for scope in CommunicationTokenScope]


def test_a_scope_named_twice_is_granted_once_at_its_first_place(client, user):
    token = client.get_token(user, ["voip", "chat", "voip"])
    assert claims_of(token.token)["acsScope"] == "voip,chat"


# The identifier and the token in other hands.


def test_an_id_that_was_written_down_serves_as_well_as_the_object(client, user):
    again = CommunicationUserIdentifier(id_of(user))
    token = client.get_token(again, ["chat"])
    assert claims_of(token.token)["skypeid"] == id_of(user).removeprefix("8:")
    client.revoke_tokens(again)


def test_the_official_token_credential_reads_the_token(client, user):
    token = client.get_token(user, ["chat", "voip"])
    with CommunicationTokenCredential(token.token) as credential:
        read = credential.get_token()
    assert read.token == token.token
    assert read.expires_on == claims_of(token.token)["exp"] == whole_seconds(token.expires_on)


def test_a_user_made_over_one_version_is_served_over_every_other(deployment, user):
    for version in API_VERSIONS:
        client = over_version(deployment, version)
        client.get_token(user, ["chat"])
        client.revoke_tokens(user)


# What the client reads past: headers and exact bodies.


def test_successes_carry_the_headers_that_the_live_service_sends(client):
    answers = Answers()
    user = client.create_user(raw_response_hook=answers)
    created = answers.last
    client.get_token(user, ["chat"], raw_response_hook=answers)
    issued = answers.last
    client.revoke_tokens(user, raw_response_hook=answers)
    revoked = answers.last
    client.delete_user(user, raw_response_hook=answers)
    deleted = answers.last

    assert [answer.status_code for answer in answers.responses] == [201, 200, 204, 204]
    for answer in answers.responses:
        listed = answer.headers["api-supported-versions"].split(", ")
        assert set(API_VERSIONS) <= set(listed)
        assert listed == sorted(listed)
        for name in ("MS-CV", "X-Processing-Time", "Date"):
            assert answer.headers[name]
        # On loopback it would break a developer's other sites.
        assert "Strict-Transport-Security" not in answer.headers
    for answer in (created, issued):
        assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
        assert int(answer.headers["Content-Length"]) == len(answer.body())
    for answer in (revoked, deleted):
        assert "Content-Type" not in answer.headers
        assert "Content-Length" not in answer.headers
        assert answer.body() == b""


def test_the_clients_request_id_comes_back(client):
    answers = Answers()
    user = client.create_user(raw_response_hook=answers, request_id="callsign-peers-1")
    assert answers.last.headers["x-ms-client-request-id"] == "callsign-peers-1"
    client.delete_user(user, raw_response_hook=answers, request_id="callsign-peers-2")
    assert answers.last.headers["x-ms-client-request-id"] == "callsign-peers-2"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        {},
        {"createTokenWithScopes": []},
        {"createTokenWithScopes": None},
        {"createTokenWithScopes": None, "expiresInMinutes": None},
    ],
    ids=["no body", "empty object", "no scope", "null scopes", "all null"],
)
def test_a_user_without_a_token_has_no_token_member(deployment, client, body):
    answer = call(deployment, "POST", f"/identities?api-version={DEFAULT_VERSION}", body)
    assert answer.status_code == 201
    assert list(answer.json()) == ["identity"]
    assert list(answer.json()["identity"]) == ["id"]
    client.delete_user(CommunicationUserIdentifier(answer.json()["identity"]["id"]))


def test_the_members_of_a_success_are_these_in_this_order(deployment, client):
    body = {"createTokenWithScopes": ["chat"], "expiresInMinutes": 60}
    created = call(deployment, "POST", f"/identities?api-version={DEFAULT_VERSION}", body).json()
    assert list(created) == ["identity", "accessToken"]
    assert list(created["accessToken"]) == ["token", "expiresOn"]

    user = CommunicationUserIdentifier(created["identity"]["id"])
    target = f"/identities/{id_of(user)}/:issueAccessToken?api-version={DEFAULT_VERSION}"
    issued = call(deployment, "POST", target, {"scopes": ["chat"], "expiresInMinutes": None}).json()
    assert list(issued) == ["token", "expiresOn"]
    client.delete_user(user)


# Plain http, where the run offers it.


@pytest.mark.parametrize("slash", ["", "/"], ids=["without a slash", "with a slash"])
def test_every_operation_works_over_plain_http(deployment, http_endpoint, slash):
    client = CommunicationIdentityClient(http_endpoint + slash, AzureKeyCredential(deployment.access_key))
    user, _ = client.create_user_and_token(["chat"])
    token = client.get_token(user, ["voip"])
    assert_token(
        token.token,
        token.expires_on,
        raw_id=id_of(user),
        scopes=["voip"],
        minutes=LIFETIME_MINUTES_MAX,
    )
    client.revoke_tokens(user)
    client.delete_user(user)
