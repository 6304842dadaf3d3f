"""The official asynchronous client, which sends and signs the identity id with a literal `:`, unlike the sync one."""

import asyncio
from datetime import timedelta

import pytest
from azure.communication.identity import CommunicationUserIdentifier
from azure.communication.identity._shared.user_credential_async import CommunicationTokenCredential
from azure.communication.identity.aio import CommunicationIdentityClient
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError

from construction import CONSTRUCTIONS, with_connection_string
from deployment import STRANGERS_KEY
from refusal import assert_refusal
from token_shape import assert_new_id, assert_token, claims_of, whole_seconds
from wire_facts import (
    API_VERSIONS,
    DENIED,
    FOREIGN_ID,
    LIFETIME_MINUTES_MAX,
    LIFETIME_MINUTES_MIN,
    NOT_OWNED,
    SCOPES_EMPTY,
    VERSIONS_WITH_LIFETIME,
    lifetime_out_of_range,
)


@pytest.fixture(params=CONSTRUCTIONS, ids=lambda build: build.__name__)
def build(request):
    """One way to build the client."""
    return request.param


def id_of(user):
    """The raw id inside the client's identifier."""
    return user.properties["id"]


def with_client(deployment, scenario, build=with_connection_string, **options):
    """Runs a coroutine function to its end with a client of its own."""

    async def run():
        async with build(CommunicationIdentityClient, deployment, **options) as client:
            return await scenario(client)

    return asyncio.run(run())


@pytest.mark.parametrize("version", API_VERSIONS)
def test_a_user_is_created_and_deleted(deployment, build, version):
    async def scenario(client):
        user = await client.create_user()
        assert_new_id(id_of(user))
        assert await client.delete_user(user) is None

    with_client(deployment, scenario, build, api_version=version)


@pytest.mark.parametrize("version", API_VERSIONS)
def test_a_token_is_issued(deployment, build, version):
    async def scenario(client):
        user = await client.create_user()
        token = await client.get_token(user, ["voip", "chat"])
        assert_token(
            token.token,
            token.expires_on,
            raw_id=id_of(user),
            scopes=["voip", "chat"],
            minutes=LIFETIME_MINUTES_MAX,
        )
        await client.delete_user(user)

    with_client(deployment, scenario, build, api_version=version)


@pytest.mark.parametrize("version", API_VERSIONS)
def test_a_user_and_a_token_come_in_one_call(deployment, build, version):
    async def scenario(client):
        user, token = await client.create_user_and_token(["chat"])
        assert_token(
            token.token,
            token.expires_on,
            raw_id=id_of(user),
            scopes=["chat"],
            minutes=LIFETIME_MINUTES_MAX,
        )
        await client.delete_user(user)

    with_client(deployment, scenario, build, api_version=version)


@pytest.mark.parametrize("version", API_VERSIONS)
def test_tokens_are_revoked_and_a_new_one_is_issued(deployment, build, version):
    async def scenario(client):
        user, before = await client.create_user_and_token(["chat"])
        assert await client.revoke_tokens(user) is None
        after = await client.get_token(user, ["chat"])
        assert after.token != before.token
        await client.delete_user(user)

    with_client(deployment, scenario, build, api_version=version)


@pytest.mark.parametrize("version", VERSIONS_WITH_LIFETIME)
@pytest.mark.parametrize("minutes", [LIFETIME_MINUTES_MIN, LIFETIME_MINUTES_MAX])
def test_a_token_lives_as_long_as_it_was_asked_to(deployment, version, minutes):
    async def scenario(client):
        lifetime = timedelta(minutes=minutes)
        user, first = await client.create_user_and_token(["voip"], token_expires_in=lifetime)
        second = await client.get_token(user, ["voip"], token_expires_in=lifetime)
        for token in (first, second):
            assert_token(token.token, token.expires_on, raw_id=id_of(user), scopes=["voip"], minutes=minutes)
        await client.delete_user(user)

    with_client(deployment, scenario, api_version=version)


def test_the_official_token_credential_reads_the_token(deployment):
    async def scenario(client):
        user, token = await client.create_user_and_token(["chat", "voip"])
        async with CommunicationTokenCredential(token.token) as credential:
            read = await credential.get_token()
        assert read.token == token.token
        assert read.expires_on == claims_of(token.token)["exp"] == whole_seconds(token.expires_on)
        await client.delete_user(user)

    with_client(deployment, scenario)


def test_many_calls_at_once_give_as_many_different_users(deployment):
    async def scenario(client):
        users = await asyncio.gather(*(client.create_user() for _ in range(32)))
        assert len({id_of(user) for user in users}) == 32
        tokens = await asyncio.gather(*(client.get_token(user, ["chat"]) for user in users))
        for user, token in zip(users, tokens, strict=True):
            assert claims_of(token.token)["skypeid"] == id_of(user).removeprefix("8:")
        await asyncio.gather(*(client.delete_user(user) for user in users))

    with_client(deployment, scenario)


# Refusals as this client reports them; the whole list is in test_error_cases.py.


def test_a_strangers_key_is_denied(deployment):
    async def scenario():
        credential = AzureKeyCredential(STRANGERS_KEY)
        async with CommunicationIdentityClient(deployment.endpoint, credential) as client:
            with pytest.raises(ClientAuthenticationError) as raised:
                await client.create_user()
        assert_refusal(raised.value, 401, "Denied", message=DENIED, target=None, lists_versions=False)

    asyncio.run(scenario())


@pytest.mark.parametrize("minutes", [59, 1441])
def test_a_lifetime_out_of_range_is_refused(deployment, minutes):
    async def scenario(client):
        with pytest.raises(HttpResponseError) as raised:
            await client.create_user_and_token(["chat"], token_expires_in=timedelta(minutes=minutes))
        assert_refusal(
            raised.value,
            400,
            "ValidationError",
            message=lifetime_out_of_range(minutes),
            target="ExpiresInMinutes",
            lists_versions=True,
        )

    with_client(deployment, scenario)


@pytest.mark.parametrize("operation", ["get_token", "revoke_tokens", "delete_user"])
def test_an_id_of_another_resource_is_refused(deployment, operation):
    async def scenario(client):
        arguments = [CommunicationUserIdentifier(FOREIGN_ID)]
        if operation == "get_token":
            arguments.append(["chat"])
        with pytest.raises(ClientAuthenticationError) as raised:
            await getattr(client, operation)(*arguments)
        assert_refusal(raised.value, 401, "IdentityNotOwned", message=NOT_OWNED, target=None, lists_versions=True)

    with_client(deployment, scenario)


def test_a_token_without_a_scope_is_refused(deployment):
    async def scenario(client):
        user = await client.create_user()
        with pytest.raises(HttpResponseError) as raised:
            await client.get_token(user, [])
        assert_refusal(
            raised.value,
            400,
            "ValidationError",
            message=SCOPES_EMPTY,
            target="scopes",
            lists_versions=True,
        )
        await client.delete_user(user)

    with_client(deployment, scenario)


def test_a_deleted_user_gets_no_token_and_can_be_deleted_again(deployment):
    async def scenario(client):
        user = await client.create_user()
        await client.delete_user(user)
        with pytest.raises(ResourceNotFoundError) as raised:
            await client.get_token(user, ["chat"])
        assert_refusal(raised.value, 404, "IdentityNotFound")
        assert await client.revoke_tokens(user) is None
        assert await client.delete_user(user) is None

    with_client(deployment, scenario)


# Plain http, where the run offers it.


def test_every_operation_works_over_plain_http(deployment, http_endpoint):
    async def scenario():
        credential = AzureKeyCredential(deployment.access_key)
        async with CommunicationIdentityClient(http_endpoint, credential) as client:
            user, _ = await client.create_user_and_token(["chat"])
            await client.get_token(user, ["voip"])
            await client.revoke_tokens(user)
            await client.delete_user(user)

    asyncio.run(scenario())
