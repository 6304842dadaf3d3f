// The access-token quickstart as Microsoft documents it for JavaScript, step by step.
// Only the connection string comes from outside. Nothing here knows which server answers.

import { CommunicationIdentityClient } from "@azure/communication-identity";

const main = async () => {
  console.log("Azure Communication Services - Access Tokens Quickstart");

  // Authenticate the client.
  const connectionString = process.env["COMMUNICATION_SERVICES_CONNECTION_STRING"];
  const identityClient = new CommunicationIdentityClient(connectionString);

  // Create an identity.
  const identity = await identityClient.createUser();
  console.log(`\nCreated an identity with ID: ${identity.communicationUserId}`);

  // Issue an access token.
  const issued = await identityClient.getToken(identity, ["voip"]);
  console.log(`\nIssued an access token with 'voip' scope that expires at ${issued.expiresOn.toISOString()}:`);
  console.log(issued.token);

  // Set a custom token expiration time.
  const tokenOptions = { tokenExpiresInMinutes: 60 };
  const custom = await identityClient.getToken(identity, ["voip"], tokenOptions);
  console.log(`\nIssued an access token with custom expiration that expires at ${custom.expiresOn.toISOString()}:`);
  console.log(custom.token);

  // Create an identity and issue an access token in one call.
  const { token, expiresOn, user } = await identityClient.createUserAndToken(["voip"]);
  console.log(`\nCreated an identity with ID: ${user.communicationUserId}`);
  console.log(`\nIssued an access token with 'voip' scope that expires at ${expiresOn.toISOString()}:`);
  console.log(token);

  // Refresh an access token: the same identity, found again by its id.
  const existingIdentity = { communicationUserId: identity.communicationUserId };
  const refreshed = await identityClient.getToken(existingIdentity, ["voip"]);
  console.log(`\nRefreshed the access token, which expires at ${refreshed.expiresOn.toISOString()}:`);
  console.log(refreshed.token);

  // Revoke access tokens.
  await identityClient.revokeTokens(existingIdentity);
  console.log(
    `\nSuccessfully revoked all access tokens for identity with ID: ${existingIdentity.communicationUserId}`,
  );

  // Delete an identity.
  for (const deleted of [existingIdentity, user]) {
    await identityClient.deleteUser(deleted);
    console.log(`\nDeleted the identity with ID: ${deleted.communicationUserId}`);
  }
};

main().catch((error) => {
  console.log("Encountered an error");
  console.log(error);
  process.exitCode = 1;
});
