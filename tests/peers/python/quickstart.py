"""The access-token quickstart as Microsoft documents it for Python, step by step.

Only the connection string comes from outside. Nothing here knows which server answers.
"""

import os
import sys
from datetime import timedelta

from azure.communication.identity import CommunicationIdentityClient, CommunicationUserIdentifier

try:
    print("Azure Communication Services - Access Tokens Quickstart")

    # Authenticate the client.
    connection_string = os.environ["COMMUNICATION_SERVICES_CONNECTION_STRING"]
    client = CommunicationIdentityClient.from_connection_string(connection_string)

    # Create an identity.
    identity = client.create_user()
    print("\nCreated an identity with ID: " + identity.properties["id"])

    # Issue an access token.
    token_result = client.get_token(identity, ["voip"])
    print("\nIssued an access token with 'voip' scope that expires at " + token_result.expires_on + ":")
    print(token_result.token)

    # Set a custom token expiration time.
    token_expires_in = timedelta(hours=1)
    token_result = client.get_token(identity, ["voip"], token_expires_in=token_expires_in)
    print("\nIssued an access token with custom expiration that expires at " + token_result.expires_on + ":")
    print(token_result.token)

    # Create an identity and issue an access token in one call.
    second_identity, token_result = client.create_user_and_token(["voip"])
    print("\nCreated an identity with ID: " + second_identity.properties["id"])
    print("\nIssued an access token with 'voip' scope that expires at " + token_result.expires_on + ":")
    print(token_result.token)

    # Refresh an access token: the same identity, found again by its id.
    existing_identity = CommunicationUserIdentifier(identity.properties["id"])
    token_result = client.get_token(existing_identity, ["voip"])
    print("\nRefreshed the access token, which expires at " + token_result.expires_on + ":")
    print(token_result.token)

    # Revoke access tokens.
    client.revoke_tokens(existing_identity)
    print("\nSuccessfully revoked all access tokens for identity with ID: " + existing_identity.properties["id"])

    # Delete an identity.
    for deleted in (existing_identity, second_identity):
        client.delete_user(deleted)
        print("\nDeleted the identity with ID: " + deleted.properties["id"])
except Exception as ex:
    print("Exception:")
    print(ex)
    sys.exit(1)
