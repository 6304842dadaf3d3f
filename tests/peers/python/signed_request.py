"""One request signed by hand, so that a test can bend any part of it. Knows the signature, not the answer."""

import base64
import hashlib
import hmac
import json
from datetime import datetime, timezone
from email.utils import format_datetime

import requests

SIGNED_HEADERS = "x-ms-date;host;x-ms-content-sha256"
TIMEOUT_SECONDS = 30


def content_hash(body):
    """What `x-ms-content-sha256` says about a body."""
    return base64.b64encode(hashlib.sha256(body).digest()).decode("ascii")


def http_date(when):
    """A time the way HTTP writes it."""
    return format_datetime(when, usegmt=True)


def sign(deployment, method, target, body=b"", *, when=None, host=None, access_key=None):
    """The four headers of a signed request; the keywords replace what the signature would honestly cover."""
    date = http_date(when or datetime.now(timezone.utc))
    body_hash = content_hash(body)
    text = f"{method}\n{target}\n{date};{host or deployment.host};{body_hash}"
    key = base64.b64decode(access_key or deployment.access_key)
    signature = base64.b64encode(hmac.new(key, text.encode(), hashlib.sha256).digest()).decode("ascii")
    return {
        "x-ms-date": date,
        "x-ms-content-sha256": body_hash,
        "Authorization": f"HMAC-SHA256 SignedHeaders={SIGNED_HEADERS}&Signature={signature}",
        "Content-Type": "application/json",
    }


def send(deployment, method, target, body, headers):
    """Sends exactly this; the target is already in the form that goes over the wire."""
    return requests.request(
        method,
        deployment.endpoint + target,
        data=body,
        headers=headers,
        timeout=TIMEOUT_SECONDS,
        allow_redirects=False,
    )


def call(deployment, method, target, body=b"", *, headers=None, **bent):
    """Signs and sends. A body that is not bytes goes out as JSON; `bent` goes to `sign`."""
    octets = body if isinstance(body, bytes) else json.dumps(body).encode()
    signed = sign(deployment, method, target, octets, **bent)
    return send(deployment, method, target, octets, signed | (headers or {}))
