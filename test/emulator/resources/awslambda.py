"""AWS::Lambda::*

The code is stored and never run: see services/secretsmanager.py for where invocations go.
"""

import io
import zipfile

from stacks.errors import ResourceError, UnhandledProperty
from stacks.resource import Resource, changed_names, removed_tags, resource

CODE = {"ImageUri", "S3Bucket", "S3Key", "S3ObjectVersion", "ZipFile"}


@resource("AWS::Lambda::Function")
class Function(Resource):
    handled = {
        "Architectures",
        "Code",
        "DeadLetterConfig",
        "Description",
        "Environment",
        "EphemeralStorage",
        "FunctionName",
        "Handler",
        "KmsKeyArn",
        "Layers",
        "LoggingConfig",
        "MemorySize",
        "PackageType",
        "ReservedConcurrentExecutions",
        "Role",
        "Runtime",
        "Tags",
        "Timeout",
        "TracingConfig",
        "VpcConfig",
    }
    fixed = {"FunctionName", "PackageType"}

    def create(self):
        self.id = self.name("FunctionName", 64)
        given = self.without("Code", "KmsKeyArn", "ReservedConcurrentExecutions", "Tags")
        given.update(self.key(), FunctionName=self.id, Code=self.code(), Tags=self.tag_map())
        made = self.send("lambda", "create_function", given)
        self.attributes = {"Arn": made["FunctionArn"]}
        self.set_concurrency()
        return self.id

    def key(self):
        return {"KMSKeyArn": self.properties["KmsKeyArn"]} if "KmsKeyArn" in self.properties else {}

    def code(self):
        code = dict(self.properties["Code"])
        for name in code:
            if name not in CODE:
                raise UnhandledProperty(f"Code.{name} of {self.type}")
        if "ZipFile" in code:
            packed = io.BytesIO()
            with zipfile.ZipFile(packed, "w") as archive:
                archive.writestr("index.js", code["ZipFile"])
            code["ZipFile"] = packed.getvalue()
        return code

    def set_concurrency(self):
        limit = self.properties.get("ReservedConcurrentExecutions")
        if limit is not None:
            given = {"FunctionName": self.id, "ReservedConcurrentExecutions": int(limit)}
            self.call("lambda", "put_function_concurrency", **given)

    def update(self, before):
        changed = changed_names(before.properties, self.properties)
        if "Code" in changed:
            self.send("lambda", "update_function_code", {"FunctionName": self.id, **self.code()})
        if changed - {"Code", "ReservedConcurrentExecutions", "Tags"}:
            own = (
                "Architectures",
                "Code",
                "FunctionName",
                "KmsKeyArn",
                "PackageType",
                "ReservedConcurrentExecutions",
                "Tags",
            )
            if "Architectures" in changed:
                raise ResourceError(f"The emulator cannot change Architectures of {self.type}")
            self.send(
                "lambda", "update_function_configuration", {**self.without(*own), **self.key(), "FunctionName": self.id}
            )
        if "ReservedConcurrentExecutions" in changed:
            if "ReservedConcurrentExecutions" not in self.properties:
                self.call("lambda", "delete_function_concurrency", FunctionName=self.id)
            self.set_concurrency()
        if removed_tags(before, self):
            self.call("lambda", "untag_resource", Resource=self.attributes["Arn"], TagKeys=removed_tags(before, self))
        if self.tags():
            self.call("lambda", "tag_resource", Resource=self.attributes["Arn"], Tags=self.tag_map())

    def delete(self):
        self.call("lambda", "delete_function", FunctionName=self.id)


@resource("AWS::Lambda::Permission")
class Permission(Resource):
    handled = {"Action", "FunctionName", "Principal", "PrincipalOrgID", "SourceAccount", "SourceArn"}
    fixed = handled

    def create(self):
        statement = self.name("", 100)
        self.send("lambda", "add_permission", {**self.properties, "StatementId": statement})
        self.attributes = {"Id": statement}
        return statement

    def delete(self):
        self.call("lambda", "remove_permission", FunctionName=self.properties["FunctionName"], StatementId=self.id)


@resource("AWS::Lambda::Version")
class Version(Resource):
    handled = {"CodeSha256", "Description", "FunctionName"}
    fixed = handled

    def create(self):
        made = self.send("lambda", "publish_version", self.properties)
        self.attributes = {"FunctionArn": made["FunctionArn"], "Version": made["Version"]}
        return made["FunctionArn"]

    def delete(self):
        function, _, version = self.id.rpartition(":")
        self.call("lambda", "delete_function", FunctionName=function, Qualifier=version)


@resource("AWS::Lambda::Alias")
class Alias(Resource):
    handled = {"Description", "FunctionName", "FunctionVersion", "Name"}
    fixed = {"FunctionName", "Name"}

    def create(self):
        made = self.send("lambda", "create_alias", self.properties)
        self.attributes = {"AliasArn": made["AliasArn"]}
        return made["AliasArn"]

    def update(self, before):
        self.send("lambda", "update_alias", self.properties)

    def delete(self):
        self.call("lambda", "delete_alias", **self.pick("FunctionName", "Name"))


@resource("AWS::Lambda::EventInvokeConfig")
class EventInvokeConfig(Resource):
    handled = {"DestinationConfig", "FunctionName", "MaximumEventAgeInSeconds", "MaximumRetryAttempts", "Qualifier"}
    fixed = {"FunctionName", "Qualifier"}

    def settings(self):
        if self.properties.get("Qualifier", "$LATEST") != "$LATEST":
            raise UnhandledProperty(f"Qualifier {self.properties['Qualifier']} of {self.type}")
        return self.without("Qualifier")

    def create(self):
        self.send("lambda", "put_function_event_invoke_config", self.settings())
        return self.name("", 100)

    def update(self, before):
        self.send("lambda", "put_function_event_invoke_config", self.settings())

    def delete(self):
        self.call("lambda", "delete_function_event_invoke_config", FunctionName=self.properties["FunctionName"])
