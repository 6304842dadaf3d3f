"""Judges tokens by PyJWT: a line with the task, then batches of a count and as many lines; a line of zeros and ones comes back."""

import json
import sys

import jwt

OPTIONS = {"require": ["exp", "iss", "sub"], "verify_aud": False}
# Ours gives it to `iat` alone; PyJWT gives it to every time.
LEEWAY_SECONDS = 300


def accepts(token, keys, issuer):
    try:
        key = keys[jwt.get_unverified_header(token)["kid"]]
        jwt.decode(token, key, algorithms=[key.algorithm_name], options=OPTIONS, issuer=issuer, leeway=LEEWAY_SECONDS)
    except Exception:  # whatever it is that keeps it from accepting
        return False
    return True


def main():
    lines = sys.stdin.buffer
    task = json.loads(lines.readline())
    keys = {key["kid"]: jwt.PyJWK(key) for key in task["jwks"]["keys"]}
    while count := lines.readline():
        tokens = [lines.readline()[:-1].decode() for _ in range(int(count))]
        print("".join("1" if accepts(token, keys, task["issuer"]) else "0" for token in tokens), flush=True)


main()
