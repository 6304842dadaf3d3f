"""What a refusal must look like, whoever received it: an official client or a bare HTTP library."""

import json
import os
import re

# Whether the server under test has the development authority.
DEVELOPMENT = "CALLSIGN_DEV_TENANT" in os.environ

# A test that cannot know a member's value says so with this.
ANY = object()

# Nothing of the server's inside may leak: no trace, no source file, no panic text.
INSIDES = re.compile(r"panicked|backtrace|stack|\.rs\b|thread '", re.IGNORECASE)


def _parts(source):
    """Status, headers by lower-case name, and text: of a client's error, its response, or a plain response."""
    response = getattr(source, "response", source)
    text = response.text() if callable(response.text) else response.text
    headers = {name.lower(): value for name, value in response.headers.items()}
    return response.status_code, headers, text


def assert_refusal(source, status, code, *, message=ANY, target=ANY, lists_versions=ANY):
    """The answer is this refusal in the protocol's envelope, and nothing else.

    `message` is the exact text or a pattern for all of it; `target=None` means that the member is absent;
    `lists_versions` says whether `api-supported-versions` is there.
    """
    actual_status, headers, text = _parts(source)
    assert actual_status == status, text
    assert headers["content-type"] == "application/json"
    assert not INSIDES.search(text), text
    assert not {"server", "www-authenticate", "x-ms-error-code"} & set(headers)

    body = json.loads(text)
    assert list(body) == ["error"]
    error = body["error"]
    members = list(error)
    if DEVELOPMENT and members[-1] == "innererror":
        # Who develops is told why; nobody else is.
        assert list(error["innererror"]) == ["code", "message"], text
        members.pop()
    assert members in (["code", "message"], ["code", "message", "target"]), text
    assert error["code"] == code
    assert isinstance(error["message"], str) and error["message"].strip()
    if isinstance(message, re.Pattern):
        assert message.fullmatch(error["message"]), error["message"]
    elif message is not ANY:
        assert error["message"] == message
    if target is not ANY:
        assert error.get("target") == target
    if lists_versions is not ANY:
        assert ("api-supported-versions" in headers) == lists_versions
