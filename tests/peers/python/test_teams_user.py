"""A Teams user's Entra token, which MSAL got, is exchanged for an access token by the official client."""

import asyncio
import uuid

import pytest
import requests
from azure.communication.identity import CommunicationIdentityClient
from azure.communication.identity._shared.user_credential import CommunicationTokenCredential
from azure.communication.identity.aio import CommunicationIdentityClient as AsyncCommunicationIdentityClient
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.identity import DefaultAzureCredential

from construction import with_connection_string
from entra import ALICE, BOB, PASSWORD, TEAMS_PERMISSIONS, entra_claims
from refusal import assert_refusal
from signed_request import call
from token_shape import assert_teams_user_token, whole_seconds
from wire_facts import DEFAULT_VERSION, RAW_ID, TEAMS_TOKEN_INVALID, TEAMS_TOKEN_MISSING

PASSWORD_WRONG = "AADSTS50126"
TIMEOUT_SECONDS = 30


@pytest.fixture(scope="module")
def alice(authority):
    """What MSAL answered when Alice signed in."""
    return authority.token_of(ALICE, TEAMS_PERMISSIONS)


def oid_of(answer):
    """The user's object id, where the quickstart reads it."""
    return answer["id_token_claims"]["oid"]


def exchange(client, authority, answer, **changed):
    """The call as the quickstart makes it; `changed` replaces an argument."""
    arguments = {
        "aad_token": answer["access_token"],
        "client_id": authority.client_id,
        "user_object_id": oid_of(answer),
    }
    return client.get_token_for_teams_user(**arguments | changed)


def assert_exchanged(token, authority, answer):
    """The token is this user's, and ends when the Entra token does. Answers its claims."""
    entra = entra_claims(answer["access_token"])
    assert entra["oid"] == oid_of(answer)
    claims = assert_teams_user_token(token.token, oid=oid_of(answer), tenant=authority.dev_tenant)
    assert claims["exp"] == entra["exp"] == whole_seconds(token.expires_on)
    assert claims["csi"] == claims["aad_iat"] == str(entra["iat"])
    assert claims["aad_appid"] == authority.client_id
    return claims


def test_a_teams_users_token_is_exchanged(client, user, authority, alice):
    claims = assert_exchanged(exchange(client, authority, alice), authority, alice)
    assert claims["resourceId"] == RAW_ID.fullmatch(user.properties["id"])["resource"]


def test_the_asynchronous_client_exchanges_it_too(deployment, authority, alice):
    async def run():
        async with with_connection_string(AsyncCommunicationIdentityClient, deployment) as client:
            return await exchange(client, authority, alice)

    assert_exchanged(asyncio.run(run()), authority, alice)


def test_a_caller_who_came_by_entra_exchanges_it_too(deployment, authority, alice):
    with DefaultAzureCredential() as credential:
        client = CommunicationIdentityClient(deployment.endpoint, credential)
        assert_exchanged(exchange(client, authority, alice), authority, alice)


def test_the_official_token_credential_reads_the_exchanged_token(client, authority, alice):
    token = exchange(client, authority, alice)
    with CommunicationTokenCredential(token.token) as credential:
        assert credential.get_token().expires_on == entra_claims(alice["access_token"])["exp"]


# Other ways to sign in.


@pytest.mark.parametrize("address", ["adfs", "tenant"])
def test_a_user_signs_in_by_a_code_on_another_device(client, authority, address):
    application = authority.public_application(getattr(authority, address))
    flow = application.initiate_device_flow(list(TEAMS_PERMISSIONS))
    # Approved before MSAL asks for the first time, so that nobody waits.
    form = {"user_code": flow["user_code"], "username": BOB, "password": PASSWORD}
    requests.post(flow["verification_uri"], data=form, timeout=TIMEOUT_SECONDS).raise_for_status()
    answer = application.acquire_token_by_device_flow(flow)
    assert answer["id_token_claims"]["preferred_username"] == BOB
    assert_exchanged(exchange(client, authority, answer), authority, answer)


def test_a_refreshed_token_is_another_and_as_good(client, authority):
    application = authority.public_application()
    first = application.acquire_token_by_username_password(ALICE, PASSWORD, list(TEAMS_PERMISSIONS))
    (account,) = application.get_accounts(ALICE)
    again = application.acquire_token_silent(list(TEAMS_PERMISSIONS), account=account)
    assert again["access_token"] == first["access_token"]
    answer = application.acquire_token_silent(list(TEAMS_PERMISSIONS), account=account, force_refresh=True)
    assert answer["access_token"] != first["access_token"]
    assert_exchanged(exchange(client, authority, answer), authority, answer)


def test_a_wrong_password_is_told_in_words(authority):
    application = authority.public_application()
    answer = application.acquire_token_by_username_password(ALICE, "wrong", list(TEAMS_PERMISSIONS))
    assert answer["error"] == "invalid_grant"
    assert PASSWORD_WRONG in answer["error_description"]


# Refusals of the exchange, in the recorded words: live-behaviour.md §1.2.


def assert_exchange_refused(client, authority, answer, changed, message, target, lists_versions):
    with pytest.raises(HttpResponseError) as raised:
        exchange(client, authority, answer, **changed)
    assert_refusal(
        raised.value, 400, "ValidationError", message=message, target=target, lists_versions=lists_versions
    )


@pytest.mark.parametrize(
    ("changed", "message", "target", "lists_versions"),
    [
        ({"client_id": ""}, "AppId: The AppId field is required.", "AppId", False),
        ({"client_id": None}, "AppId: The AppId field is required.", "AppId", False),
        ({"user_object_id": ""}, "UserId: The UserId field is required.", "UserId", False),
        ({"user_object_id": None}, "UserId: The UserId field is required.", "UserId", False),
        ({"client_id": "no guid"}, "Provided AppId has invalid format.", "appId", True),
        ({"user_object_id": "no guid"}, "Provided UserId has invalid format.", "userId", True),
        ({"client_id": str(uuid.uuid4())}, "AAD application is not the expected one.", "appId", True),
        ({"user_object_id": str(uuid.uuid4())}, "Provided AAD token issued for unexpected user.", "userId", True),
    ],
    ids=[
        "an empty application",
        "no application",
        "an empty user",
        "no user",
        "an application that is no guid",
        "a user who is no guid",
        "another application",
        "another user",
    ],
)
def test_an_exchange_for_somebody_else_is_refused(client, authority, alice, changed, message, target, lists_versions):
    assert_exchange_refused(client, authority, alice, changed, message, target, lists_versions)


def test_nobody_exchanges_the_token_of_another_user(client, authority, alice):
    bob = oid_of(authority.token_of(BOB, TEAMS_PERMISSIONS))
    message = "Provided AAD token issued for unexpected user."
    assert_exchange_refused(client, authority, alice, {"user_object_id": bob}, message, "userId", True)


@pytest.mark.parametrize(
    "changed",
    [{"aad_token": "garbage"}, {"aad_token": "a.b.c"}, {"aad_token": ""}, {"aad_token": "", "user_object_id": ""}],
    ids=["no token at all", "three parts of nothing", "empty", "empty for nobody"],
)
def test_what_is_no_token_is_refused_before_anything_else(client, authority, alice, changed):
    with pytest.raises(ClientAuthenticationError) as raised:
        exchange(client, authority, alice, **changed)
    assert_refusal(
        raised.value, 401, "InvalidAccessToken", message=TEAMS_TOKEN_INVALID, target=None, lists_versions=False
    )


@pytest.mark.parametrize("part", [1, 2], ids=["payload", "signature"])
def test_a_changed_token_is_refused(client, authority, alice, part):
    parts = alice["access_token"].split(".")
    parts[part] = ("B" if parts[part][0] == "A" else "A") + parts[part][1:]
    with pytest.raises(ClientAuthenticationError) as raised:
        exchange(client, authority, alice, aad_token=".".join(parts))
    assert_refusal(
        raised.value, 401, "InvalidAccessToken", message=TEAMS_TOKEN_INVALID, target=None, lists_versions=False
    )


@pytest.mark.parametrize("body", [{}, {"appId": "x", "userId": "x"}], ids=["empty", "without its token"])
def test_a_body_without_a_token_is_refused(deployment, body):
    answer = call(deployment, "POST", f"/teamsUser/:exchangeAccessToken?api-version={DEFAULT_VERSION}", body)
    assert_refusal(
        answer, 400, "ValidationError", message=TEAMS_TOKEN_MISSING, target=None, lists_versions=False
    )
