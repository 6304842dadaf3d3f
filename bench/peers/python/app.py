"""A token service on FastAPI and PyJWT, as their tutorials have one: a model for what is asked and one for the answer."""

import hmac
import os
import time
import uuid

import jwt
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

TOKEN_SECONDS = 3600

# Read once: PyJWT would read a PEM anew for each token.
key = load_pem_private_key(os.environ["SIGNING_KEY"].encode(), password=None)
secrets = {"bench": "secret"}
app = FastAPI(openapi_url=None)


class Credentials(BaseModel):
    client_id: str
    client_secret: str
    scope: str


class Token(BaseModel):
    access_token: str
    token_type: str = "Bearer"
    expires_in: int = TOKEN_SECONDS


# `async`, as nothing is waited for: FastAPI gives what is not to a pool of threads, which costs more.
@app.post("/token")
async def token(credentials: Credentials) -> Token:
    secret = secrets.get(credentials.client_id, "")
    if not secret or not hmac.compare_digest(secret, credentials.client_secret):
        raise HTTPException(401)
    now = int(time.time())
    claims = {
        "iss": "http://127.0.0.1",
        "sub": credentials.client_id,
        "aud": "https://bench.example/",
        "iat": now,
        "exp": now + TOKEN_SECONDS,
        "jti": uuid.uuid4().hex,
        "scope": credentials.scope,
    }
    return Token(access_token=jwt.encode(claims, key, algorithm="RS256", headers={"kid": "bench"}))
