// @azure/identity, unmodified: its credentials get tokens from the development authority, and those open the service.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { CommunicationIdentityClient } from "@azure/communication-identity";
import {
  ClientSecretCredential,
  DefaultAzureCredential,
  EnvironmentCredential,
  ManagedIdentityCredential,
} from "@azure/identity";

import { deployment } from "./deployment.mjs";
import { authority } from "./entra.mjs";
import { assertNewId, assertToken } from "./token_shape.mjs";
import { LIFETIME_MINUTES_MAX } from "./wire_facts.mjs";

const { host: authorityHost, devTenant, clientId, clientSecret } = authority;

// By name, a function to a credential.
const CREDENTIALS = {
  // MSAL looks nothing up for this tenant.
  "a secret, as the tenant adfs": () => new ClientSecretCredential("adfs", clientId, clientSecret, { authorityHost }),
  "a secret, in the tenant": () =>
    new ClientSecretCredential(devTenant, clientId, clientSecret, { authorityHost, disableInstanceDiscovery: true }),
  "the environment": () => new EnvironmentCredential(),
  "the default credential": () => new DefaultAzureCredential(),
  "the managed identity": () => new ManagedIdentityCredential(),
};

for (const [name, build] of Object.entries(CREDENTIALS)) {
  describe(`a client by ${name}`, () => {
    const client = new CommunicationIdentityClient(deployment.endpoint, build());

    it("drives every operation", async () => {
      const user = await client.createUser();
      assertNewId(user.communicationUserId);
      const token = await client.getToken(user, ["chat", "voip"]);
      assertToken(token, {
        rawId: user.communicationUserId,
        scopes: ["chat", "voip"],
        minutes: LIFETIME_MINUTES_MAX,
      });
      await client.revokeTokens(user);
      await client.deleteUser(user);
    });

    it("creates a user and a token in one call", async () => {
      const { user, ...token } = await client.createUserAndToken(["voip"]);
      assertToken(token, { rawId: user.communicationUserId, scopes: ["voip"], minutes: LIFETIME_MINUTES_MAX });
      await client.deleteUser(user);
    });
  });
}

it("a wrong secret is told in words", async () => {
  const credential = new ClientSecretCredential("adfs", clientId, "wrong", { authorityHost });
  const client = new CommunicationIdentityClient(deployment.endpoint, credential);
  await assert.rejects(client.createUser(), /invalid_client.*AADSTS7000215/s);
});
