// The ways a program builds the official client from an endpoint and a key.

import { CommunicationIdentityClient } from "@azure/communication-identity";
import { AzureKeyCredential } from "@azure/core-auth";

import { deployment } from "./deployment.mjs";

// By name, a function from the client's options to a client.
export const CONSTRUCTIONS = {
  "a key": (options) =>
    new CommunicationIdentityClient(deployment.endpoint, new AzureKeyCredential(deployment.accessKey), options),
  "a key and a trailing slash": (options) =>
    new CommunicationIdentityClient(`${deployment.endpoint}/`, new AzureKeyCredential(deployment.accessKey), options),
  "the connection string": (options) => new CommunicationIdentityClient(deployment.connectionString, options),
  "a connection string without a path": (options) =>
    new CommunicationIdentityClient(deployment.connectionStringWithoutPath, options),
};

// The client as most programs build it, told an api-version or left to its own.
export function newClient(apiVersion) {
  return new CommunicationIdentityClient(deployment.connectionString, apiVersion ? { apiVersion } : {});
}
