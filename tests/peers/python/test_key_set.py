"""Any JWT library can check a token by the published key set: here PyJWT."""

import jwt
import pytest
import requests

DISCOVERY = "/.well-known/openid-configuration"
KEY_SET = "/.well-known/jwks.json"
# Our tokens have no audience, as those of the live service have none.
OPTIONS = {"require": ["exp", "iat", "iss", "sub"], "verify_aud": False}


@pytest.fixture
def token(client, user):
    return client.get_token(user, ["chat", "voip"]).token


@pytest.fixture
def key(deployment, token):
    return jwt.PyJWKClient(deployment.endpoint + KEY_SET).get_signing_key_from_jwt(token)


def test_a_token_verifies_by_the_key_set(token, key, user):
    claims = jwt.decode(token, key, algorithms=["RS256"], options=OPTIONS)
    assert claims["sub"] == user.properties["id"]
    assert claims["acsScope"] == "chat,voip"


def test_a_changed_token_does_not(token, key):
    header, payload, signature = token.split(".")
    changed = payload[:-2] + ("AA" if not payload.endswith("AA") else "BB")
    with pytest.raises(jwt.InvalidTokenError):
        jwt.decode(f"{header}.{changed}.{signature}", key, algorithms=["RS256"], options=OPTIONS)


def test_the_issuer_is_the_one_that_discovery_names(deployment, token, key):
    discovery = requests.get(deployment.endpoint + DISCOVERY, timeout=10).json()
    claims = jwt.decode(token, key, algorithms=["RS256"], options=OPTIONS, issuer=discovery["issuer"])
    assert claims["iss"] == discovery["issuer"]
    with pytest.raises(jwt.InvalidIssuerError):
        jwt.decode(token, key, algorithms=["RS256"], options=OPTIONS, issuer="https://other.example")
