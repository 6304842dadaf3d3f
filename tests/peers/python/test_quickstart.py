"""Runs the published quickstart program to its end and reads what it printed."""

import re
import subprocess
import sys
from pathlib import Path

from token_shape import assert_token
from wire_facts import RAW_ID

QUICKSTART = Path(__file__).with_name("quickstart.py")
TIMEOUT_SECONDS = 60

# One pattern for each line that is not blank, in order; what stands in brackets is kept.
PRINTS = (
    r"Azure Communication Services - Access Tokens Quickstart",
    r"Created an identity with ID: (\S+)",
    r"Issued an access token with 'voip' scope that expires at (\S+):",
    r"(\S+)",
    r"Issued an access token with custom expiration that expires at (\S+):",
    r"(\S+)",
    r"Created an identity with ID: (\S+)",
    r"Issued an access token with 'voip' scope that expires at (\S+):",
    r"(\S+)",
    r"Refreshed the access token, which expires at (\S+):",
    r"(\S+)",
    r"Successfully revoked all access tokens for identity with ID: (\S+)",
    r"Deleted the identity with ID: (\S+)",
    r"Deleted the identity with ID: (\S+)",
)


def test_the_published_quickstart_runs_to_its_end(deployment):
    run = subprocess.run(
        [sys.executable, str(QUICKSTART)],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stderr == ""

    lines = [line for line in run.stdout.splitlines() if line]
    assert len(lines) == len(PRINTS), run.stdout
    matches = [re.fullmatch(pattern, line) for pattern, line in zip(PRINTS, lines, strict=True)]
    assert all(matches), run.stdout
    first_id, *issued, second_id, second_expiry, second_token = (
        value for match in matches[:9] for value in match.groups()
    )
    refreshed_expiry, refreshed_token, revoked_id, *deleted_ids = (
        value for match in matches[9:] for value in match.groups()
    )

    assert RAW_ID.fullmatch(first_id) and RAW_ID.fullmatch(second_id)
    assert first_id != second_id
    assert revoked_id == first_id
    assert deleted_ids == [first_id, second_id]
    tokens = (
        (first_id, issued[0], issued[1], 1440),
        (first_id, issued[2], issued[3], 60),
        (second_id, second_expiry, second_token, 1440),
        (first_id, refreshed_expiry, refreshed_token, 1440),
    )
    for raw_id, expires_on, token, minutes in tokens:
        assert_token(token, expires_on, raw_id=raw_id, scopes=["voip"], minutes=minutes)
