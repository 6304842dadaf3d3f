"""The ways a program builds the official client from an endpoint and a key; for the sync and the async class alike."""

from azure.communication.identity import CommunicationIdentityClient
from azure.core.credentials import AzureKeyCredential


def with_key(client_class, deployment, **options):
    """Endpoint as most people write it, and a key credential."""
    return client_class(deployment.endpoint, AzureKeyCredential(deployment.access_key), **options)


def with_key_and_trailing_slash(client_class, deployment, **options):
    """Endpoint as the portal shows it. This client then signs the host as `host:port/`, final slash included."""
    return client_class(deployment.endpoint + "/", AzureKeyCredential(deployment.access_key), **options)


def with_connection_string(client_class, deployment, **options):
    """The connection string exactly as it was handed out."""
    return client_class.from_connection_string(deployment.connection_string, **options)


def with_connection_string_without_path(client_class, deployment, **options):
    """The connection string whose endpoint has no path at all."""
    return client_class.from_connection_string(deployment.connection_string_without_path, **options)


def over_version(deployment, version):
    """The sync client, built from the connection string and told one api-version."""
    return with_connection_string(CommunicationIdentityClient, deployment, api_version=version)


CONSTRUCTIONS = (
    with_key,
    with_key_and_trailing_slash,
    with_connection_string,
    with_connection_string_without_path,
)
