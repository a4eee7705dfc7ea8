"""Projects: all of them is kept, and can be changed."""

import json

from moto.codebuild import responses
from moto.codebuild.exceptions import InvalidInputException, ResourceNotFoundException

# What moto checks by lists that have grown since.
COMPUTE_TYPES = "BUILD_GENERAL1_", "BUILD_LAMBDA_", "ATTRIBUTE_BASED_COMPUTE", "CUSTOM_INSTANCE_TYPE"


def install():
    response = responses.CodeBuildResponse
    create = response.create_project
    responses._validate_required_params_environment = check_environment
    responses._validate_required_params_source = check_source

    def create_project(self):
        create(self)
        return answer(self, self._get_param("name"))

    def update_project(self):
        name = self._get_param("name")
        if name not in self.codebuild_backend.codebuild_projects:
            raise ResourceNotFoundException(f"Project cannot be found: {name}")
        return answer(self, name)

    response.create_project, response.update_project = create_project, update_project


def answer(response, name):
    """Every parameter of the request is one of the project."""
    project = response.codebuild_backend.codebuild_projects[name]
    project.project_metadata.update(json.loads(response.body))
    return json.dumps({"project": project.project_metadata})


def check_environment(environment):
    for name in ("type", "image", "computeType"):
        if not environment.get(name):
            raise InvalidInputException(f"environment {name} is required")
    if not environment["computeType"].startswith(COMPUTE_TYPES):
        raise InvalidInputException(f"Invalid compute type provided: {environment['computeType']}")


def check_source(source):
    if not source.get("type"):
        raise InvalidInputException("Project source type is required")
    if source["type"] == "NO_SOURCE" and not source.get("buildspec"):
        raise InvalidInputException("A project without a source needs a buildspec")
    if source["type"] not in ("CODEPIPELINE", "NO_SOURCE") and not source.get("location"):
        raise InvalidInputException("Project source location is required")
