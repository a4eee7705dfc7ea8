"""AWS::ECR::Repository"""

from stacks.errors import ResourceError
from stacks.resource import Resource, changed_names, resource


@resource("AWS::ECR::Repository")
class Repository(Resource):
    handled = {
        "EmptyOnDelete",
        "EncryptionConfiguration",
        "ImageScanningConfiguration",
        "ImageTagMutability",
        "LifecyclePolicy",
        "RepositoryName",
        "RepositoryPolicyText",
        "Tags",
    }
    fixed = {"EncryptionConfiguration", "RepositoryName"}

    def create(self):
        self.id = self.name("RepositoryName", 256, lower=True)
        given = self.pick("EncryptionConfiguration", "ImageScanningConfiguration", "ImageTagMutability")
        made = self.send("ecr", "create_repository", {**given, "RepositoryName": self.id, "Tags": self.tags()})[
            "repository"
        ]
        self.attributes = {"Arn": made["repositoryArn"], "RepositoryUri": made["repositoryUri"]}
        self.set_policies()
        return self.id

    def set_policies(self):
        if "LifecyclePolicy" in self.properties:
            policy = self.properties["LifecyclePolicy"]
            if set(policy) - {"LifecyclePolicyText"}:
                raise ResourceError(f"The emulator handles only LifecyclePolicyText of LifecyclePolicy of {self.type}")
            text = policy["LifecyclePolicyText"]
            self.call("ecr", "put_lifecycle_policy", repositoryName=self.id, lifecyclePolicyText=text)
        if "RepositoryPolicyText" in self.properties:
            text = self.properties["RepositoryPolicyText"]
            self.send("ecr", "set_repository_policy", {"RepositoryName": self.id, "PolicyText": text})

    def update(self, before):
        changed = changed_names(before.properties, self.properties)
        lost = {name for name in changed if name not in self.properties}
        if lost:
            raise ResourceError(f"The emulator cannot reset {', '.join(sorted(lost))} of {self.type}")
        if "ImageScanningConfiguration" in changed:
            given = {"RepositoryName": self.id, **self.pick("ImageScanningConfiguration")}
            self.send("ecr", "put_image_scanning_configuration", given)
        if "ImageTagMutability" in changed:
            self.send("ecr", "put_image_tag_mutability", {"RepositoryName": self.id, **self.pick("ImageTagMutability")})
        self.set_policies()
        if self.tags():
            self.call("ecr", "tag_resource", resourceArn=self.attributes["Arn"], tags=self.tags())

    def delete(self):
        force = str(self.properties.get("EmptyOnDelete", False)).lower() == "true"
        self.call("ecr", "delete_repository", repositoryName=self.id, force=force)
