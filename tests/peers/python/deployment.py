"""The server under test, as `callsign env` describes it. Knows no client."""

import base64
import os
from dataclasses import dataclass, field
from urllib.parse import urlsplit

# A key of the right length that no server ever makes.
STRANGERS_KEY = base64.b64encode(bytes(64)).decode("ascii")


@dataclass(frozen=True)
class Deployment:
    """One resource of a running server: where it listens and the key that opens it."""

    endpoint: str
    # Kept out of the printed form, which pytest shows when a test fails.
    connection_string: str = field(repr=False)
    access_key: str = field(repr=False)

    @classmethod
    def from_environment(cls):
        """Reads what `callsign env` printed; None when the shell did not export it."""
        connection_string = os.environ.get("COMMUNICATION_SERVICES_CONNECTION_STRING")
        if not connection_string:
            return None
        members = dict(part.split("=", 1) for part in connection_string.split(";") if part)
        return cls(members["endpoint"].rstrip("/"), connection_string, members["accesskey"])

    @property
    def host(self):
        """What the Host header of a request to this endpoint says, port included."""
        return urlsplit(self.endpoint).netloc

    @property
    def connection_string_without_path(self):
        """The same connection string, its endpoint written without the final slash."""
        return f"endpoint={self.endpoint};accesskey={self.access_key}"
