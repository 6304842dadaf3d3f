"""Gives every suite the server under test, and stops at once with a remedy when there is none."""

import os

import pytest

# Without this, a failing assertion in these modules would not show its two sides.
pytest.register_assert_rewrite("refusal", "token_shape")

from azure.communication.identity import CommunicationIdentityClient  # noqa: E402
from deployment import Deployment  # noqa: E402
from entra import Authority  # noqa: E402


@pytest.fixture(scope="session")
def deployment():
    """The server that `callsign env` described to this shell."""
    found = Deployment.from_environment()
    if found is None:
        pytest.exit(
            "COMMUNICATION_SERVICES_CONNECTION_STRING is not set. Start `callsign serve`, run "
            '`eval "$(callsign env)"` in this shell and try again.',
            returncode=2,
        )
    return found


@pytest.fixture(scope="session")
def http_endpoint():
    """The plain http endpoint of the same resource, where one is offered to these suites."""
    endpoint = os.environ.get("CALLSIGN_HTTP_ENDPOINT")
    if not endpoint:
        pytest.skip("CALLSIGN_HTTP_ENDPOINT is not set: no plain http endpoint was offered to this run")
    return endpoint.rstrip("/")


@pytest.fixture(scope="session")
def authority():
    """The development Entra authority of that server."""
    found = Authority.from_environment()
    if found is None:
        pytest.fail(
            "AZURE_AUTHORITY_HOST and what belongs to it are not set. Start `callsign serve --dev-entra`, run "
            '`eval "$(callsign env)"` in this shell and try again.'
        )
    return found


@pytest.fixture
def client(deployment):
    """The official sync client, built from the connection string, with the api-version it chooses itself."""
    return CommunicationIdentityClient.from_connection_string(deployment.connection_string)


@pytest.fixture
def user(client):
    """A fresh user, deleted afterwards; a test may have deleted it already."""
    user = client.create_user()
    yield user
    client.delete_user(user)
