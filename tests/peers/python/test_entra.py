"""azure-identity, unmodified: its credentials get tokens from the development authority, and those open the service."""

import asyncio

import azure.identity.aio
import pytest
from azure.communication.identity import CommunicationIdentityClient
from azure.communication.identity.aio import CommunicationIdentityClient as AsyncCommunicationIdentityClient
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import ClientSecretCredential, DefaultAzureCredential, ManagedIdentityCredential

from entra import ALICE, SERVICE_SCOPE, entra_claims
from refusal import assert_refusal
from token_shape import assert_new_id, assert_token
from wire_facts import DENIED, LIFETIME_MINUTES_MAX

SECRET_WRONG = "AADSTS7000215"
APPLICATION_UNKNOWN = "AADSTS700016"
NOBODYS_CLIENT_ID = "00000000-0000-0000-0000-000000000001"


class FixedToken:
    """A credential with one token, whatever it is asked for."""

    def __init__(self, token):
        self.token = token

    def get_token(self, *scopes, **options):
        return AccessToken(self.token, entra_claims(self.token)["exp"])


def by_secret_as_adfs(credentials, authority):
    """The tenant that MSAL looks nothing up for."""
    return credentials.ClientSecretCredential(
        "adfs", authority.client_id, authority.client_secret, authority=authority.host
    )


def by_secret_in_the_tenant(credentials, authority):
    """The tenant by its id, which is only taken when nobody asks Microsoft about it."""
    return credentials.ClientSecretCredential(
        authority.dev_tenant,
        authority.client_id,
        authority.client_secret,
        authority=authority.host,
        disable_instance_discovery=True,
    )


def by_managed_identity(credentials, authority):
    """What a program has in App Service: an address and a header, both from the environment."""
    return credentials.ManagedIdentityCredential()


def by_environment(credentials, authority):
    """What most programs write."""
    return credentials.DefaultAzureCredential()


BUILDS = (by_secret_as_adfs, by_secret_in_the_tenant, by_managed_identity, by_environment)


@pytest.fixture(params=BUILDS, ids=lambda build: build.__name__)
def build(request):
    """One way to come by a credential."""
    return request.param


def id_of(user):
    """The raw id inside the client's identifier."""
    return user.properties["id"]


def assert_issued(user, token, scopes):
    """A token as an access key would have got it: nothing in it differs."""
    assert_new_id(id_of(user))
    assert_token(token.token, token.expires_on, raw_id=id_of(user), scopes=scopes, minutes=LIFETIME_MINUTES_MAX)


def test_a_credential_drives_every_operation(deployment, authority, build):
    with build(azure.identity, authority) as credential:
        client = CommunicationIdentityClient(deployment.endpoint, credential)
        user = client.create_user()
        assert_issued(user, client.get_token(user, ["chat", "voip"]), ["chat", "voip"])
        client.revoke_tokens(user)
        client.delete_user(user)


def test_a_user_and_a_token_come_in_one_call(deployment, authority, build):
    with build(azure.identity, authority) as credential:
        client = CommunicationIdentityClient(deployment.endpoint, credential)
        user, token = client.create_user_and_token(["voip"])
        assert_issued(user, token, ["voip"])
        client.delete_user(user)


def test_an_asynchronous_credential_drives_every_operation(deployment, authority, build):
    async def run():
        credential = build(azure.identity.aio, authority)
        async with credential, AsyncCommunicationIdentityClient(deployment.endpoint, credential) as client:
            user = await client.create_user()
            assert_issued(user, await client.get_token(user, ["chat", "voip"]), ["chat", "voip"])
            await client.revoke_tokens(user)
            await client.delete_user(user)

    asyncio.run(run())


def test_without_a_secret_the_default_credential_takes_the_managed_identity(deployment, monkeypatch):
    for name in ("AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_TENANT_ID"):
        monkeypatch.delenv(name)
    with DefaultAzureCredential() as credential:
        client = CommunicationIdentityClient(deployment.endpoint, credential)
        client.delete_user(client.create_user())


def test_a_managed_identity_may_be_named(authority):
    with ManagedIdentityCredential(client_id=authority.client_id) as credential:
        claims = entra_claims(credential.get_token(SERVICE_SCOPE).token)
    assert claims["aud"].rstrip("/") == "https://communication.azure.com"


# Refusals of the authority.


def test_a_wrong_secret_is_told_in_words(deployment, authority):
    credential = ClientSecretCredential("adfs", authority.client_id, "wrong", authority=authority.host)
    with pytest.raises(ClientAuthenticationError, match=SECRET_WRONG):
        CommunicationIdentityClient(deployment.endpoint, credential).create_user()


def test_a_wrong_secret_is_told_in_words_to_the_asynchronous_client(deployment, authority):
    async def run():
        credential = azure.identity.aio.ClientSecretCredential(
            "adfs", authority.client_id, "wrong", authority=authority.host
        )
        async with credential, AsyncCommunicationIdentityClient(deployment.endpoint, credential) as client:
            with pytest.raises(ClientAuthenticationError, match=SECRET_WRONG):
                await client.create_user()

    asyncio.run(run())


def test_an_unknown_application_is_told_in_words(authority):
    credential = ClientSecretCredential("adfs", NOBODYS_CLIENT_ID, "any", authority=authority.host)
    with pytest.raises(ClientAuthenticationError, match=APPLICATION_UNKNOWN):
        credential.get_token(SERVICE_SCOPE)


def test_a_wrong_identity_header_gets_no_token(authority, monkeypatch):
    monkeypatch.setenv("IDENTITY_HEADER", "0" * 32)
    with pytest.raises(ClientAuthenticationError):
        ManagedIdentityCredential().get_token(SERVICE_SCOPE)


# Refusals of the service.


def assert_denied(deployment, token):
    with pytest.raises(ClientAuthenticationError) as raised:
        CommunicationIdentityClient(deployment.endpoint, FixedToken(token)).create_user()
    assert_refusal(raised.value, 401, "Denied", message=DENIED, target=None, lists_versions=False)


def test_a_user_without_a_role_is_denied(deployment, authority):
    assert_denied(deployment, authority.token_of(ALICE, [SERVICE_SCOPE])["access_token"])


def test_a_token_for_somebody_else_is_denied(deployment, authority):
    with by_secret_as_adfs(azure.identity, authority) as credential:
        token = credential.get_token("https://auth.msft.communication.azure.com/.default").token
    assert_denied(deployment, token)


def test_a_changed_token_is_denied(deployment, authority):
    with by_secret_as_adfs(azure.identity, authority) as credential:
        header, payload, signature = credential.get_token(SERVICE_SCOPE).token.split(".")
    changed = ("B" if signature[0] == "A" else "A") + signature[1:]
    assert_denied(deployment, f"{header}.{payload}.{changed}")
