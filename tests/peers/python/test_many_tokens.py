"""Tokens that are asked for at the same time, which the server may sign in batches: PyJWT accepts each of them."""

from concurrent.futures import ThreadPoolExecutor

import jwt
from azure.communication.identity import CommunicationIdentityClient

ASKING = 16
TOKENS = 256


def test_each_of_many_tokens_at_once_is_accepted(deployment, user):
    def ask(client):
        return [client.get_token(user, ["chat", "voip"]).token for _ in range(TOKENS // ASKING)]

    clients = [
        CommunicationIdentityClient.from_connection_string(deployment.connection_string) for _ in range(ASKING)
    ]
    with ThreadPoolExecutor(ASKING) as asking:
        tokens = [token for made in asking.map(ask, clients) for token in made]
    keys = jwt.PyJWKClient(deployment.endpoint + "/.well-known/jwks.json")
    seen = set()
    for token in tokens:
        key = keys.get_signing_key_from_jwt(token)
        claims = jwt.decode(token, key, algorithms=["RS256"], options={"require": ["exp", "iat", "iss", "sub"]})
        assert claims["sub"] == user.properties["id"]
        seen.add(claims["jti"])
    assert len(seen) == TOKENS
