"""The development Entra authority of the server under test, as `callsign env` describes it, and who signs in there."""

import os
from dataclasses import dataclass, field

import jwt
import msal

# The users that every development authority has.
ALICE = "alice@callsign.test"
BOB = "bob@callsign.test"
PASSWORD = "callsign"

# What the guide for Teams users asks consent for; both are needed for the exchange.
TEAMS_PERMISSIONS = (
    "https://auth.msft.communication.azure.com/Teams.ManageCalls",
    "https://auth.msft.communication.azure.com/Teams.ManageChats",
)
# What the official clients ask for when they are given a token credential, two slashes included.
SERVICE_SCOPE = "https://communication.azure.com//.default"


@dataclass(frozen=True)
class Authority:
    """Where tokens come from, and the application that may contribute to the resource."""

    host: str
    dev_tenant: str
    client_id: str
    # Kept out of the printed form, which pytest shows when a test fails.
    client_secret: str = field(repr=False)

    @classmethod
    def from_environment(cls):
        """Reads what `callsign env` printed; None when the server runs without such an authority."""
        names = ("AZURE_AUTHORITY_HOST", "CALLSIGN_DEV_TENANT", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET")
        values = [os.environ.get(name) for name in names]
        return cls(*values) if all(values) else None

    @property
    def adfs(self):
        """The authority under the one name that MSAL looks nothing up for, neither on the internet nor by user name."""
        return f"{self.host}/adfs"

    @property
    def tenant(self):
        """The authority under the tenant's own id."""
        return f"{self.host}/{self.dev_tenant}"

    def public_application(self, authority=None):
        """The application as a program on a user's machine knows it: without its secret."""
        # Without `instance_discovery=False` an id in the address would be looked up at Microsoft's.
        return msal.PublicClientApplication(
            self.client_id, authority=authority or self.adfs, instance_discovery=False
        )

    def token_of(self, username, scopes):
        """What MSAL answers to a user who signs in by name and password."""
        answer = self.public_application().acquire_token_by_username_password(username, PASSWORD, list(scopes))
        assert "access_token" in answer, answer
        return answer


def entra_claims(token):
    """The claims of an Entra token, unchecked: only the service has to check them."""
    return jwt.decode(token, options={"verify_signature": False})
