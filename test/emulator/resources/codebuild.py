"""AWS::CodeBuild::Project"""

from stacks.errors import UnhandledProperty
from stacks.resource import Resource, resource


@resource("AWS::CodeBuild::Project")
class Project(Resource):
    handled = {
        "Artifacts",
        "AutoRetryLimit",
        "BadgeEnabled",
        "Cache",
        "ConcurrentBuildLimit",
        "Description",
        "EncryptionKey",
        "Environment",
        "FileSystemLocations",
        "LogsConfig",
        "Name",
        "QueuedTimeoutInMinutes",
        "SecondarySources",
        "ServiceRole",
        "Source",
        "SourceVersion",
        "Tags",
        "TimeoutInMinutes",
        "Visibility",
        "VpcConfig",
    }
    fixed = {"Name"}

    def create(self):
        self.id = self.name("Name", 150)
        self.send("codebuild", "create_project", self.project())
        self.attributes = {"Arn": self.arn("codebuild", f"project/{self.id}"), "Id": self.id}
        return self.id

    def project(self):
        if self.properties.get("Visibility", "PRIVATE") != "PRIVATE":
            raise UnhandledProperty(f"Visibility {self.properties['Visibility']} of {self.type}")
        given = self.without("Tags", "Visibility")
        return {**given, "Name": self.id, "Tags": self.tags()}

    def exists(self):
        return self.id in self.call("codebuild", "list_projects")["projects"]

    def update(self, before):
        self.send("codebuild", "update_project", self.project())

    def delete(self):
        self.call("codebuild", "delete_project", name=self.id)
