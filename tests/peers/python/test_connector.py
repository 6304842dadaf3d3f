"""The connector for Power Platform: its definition is Swagger 2.0 in the eyes of a validator that we did not write, and its
connection parameter alone opens what it describes."""

import copy
from urllib.parse import quote

import pytest
import requests
from openapi_spec_validator import OpenAPIV2SpecValidator, OpenAPIV30SpecValidator

DEFINITION = "/connector/apiDefinition.swagger.json"


@pytest.fixture(scope="module")
def definition(deployment):
    reply = requests.get(deployment.endpoint + DEFINITION, timeout=10)
    assert reply.status_code == 200
    return reply.json()


@pytest.fixture
def act(deployment, definition):
    """Carries out an action as Power Platform does: by what the definition says and nothing else."""

    def act(operation_id, identity=None, body=None):
        path, method = next(
            (path, method)
            for path, methods in definition["paths"].items()
            for method, operation in methods.items()
            if operation["operationId"] == operation_id
        )
        scheme = definition["securityDefinitions"]["api_key"]
        if identity is not None:
            path = path.replace("{identityId}", quote(identity, safe=""))
        return requests.request(
            method,
            f"{definition['schemes'][0]}://{definition['host']}{definition['basePath']}{path}",
            params={"api-version": definition["parameters"]["apiVersion"]["default"]},
            headers={scheme["name"]: deployment.connection_string},
            json=body,
            timeout=10,
        )

    return act


def test_the_definition_is_swagger_2(definition):
    OpenAPIV2SpecValidator(definition).validate()


def test_the_validator_finds_what_is_wrong(definition):
    for spoil in [
        lambda broken: broken.pop("info"),
        lambda broken: broken["paths"]["/identities"]["post"].pop("responses"),
        lambda broken: broken["parameters"]["identityId"].pop("type"),
        lambda broken: broken["securityDefinitions"]["api_key"].update({"in": "cookie"}),
    ]:
        broken = copy.deepcopy(definition)
        spoil(broken)
        assert list(OpenAPIV2SpecValidator(broken).iter_errors())
    assert list(OpenAPIV30SpecValidator(definition).iter_errors())


def test_the_definition_names_the_host_that_it_was_asked_by(definition, deployment):
    assert definition["host"] == deployment.host


def test_the_published_workflow_runs_by_the_definition_alone(act):
    user = act("CreateCommunicationIdentity", body={})
    assert user.status_code == 201
    identity = user.json()["identity"]["id"]
    issued = act("IssueIdentityAccessToken", identity, {"scopes": ["chat"], "expiresInMinutes": 60})
    assert (issued.status_code, set(issued.json())) == (200, {"token", "expiresOn"})
    assert act("RevokeIdentityAccessTokens", identity).status_code == 204
    assert act("DeleteCommunicationIdentity", identity).status_code == 204
    assert act("IssueIdentityAccessToken", identity, {"scopes": ["chat"]}).status_code == 404
