"""AWS::KMS::*"""

from stacks.errors import ResourceError
from stacks.resource import Resource, changed_names, removed_tags, resource


@resource("AWS::KMS::Key")
class Key(Resource):
    handled = {
        "BypassPolicyLockoutSafetyCheck",
        "Description",
        "EnableKeyRotation",
        "Enabled",
        "KeyPolicy",
        "KeySpec",
        "KeyUsage",
        "MultiRegion",
        "Origin",
        "PendingWindowInDays",
        "RotationPeriodInDays",
        "Tags",
    }
    fixed = {"KeySpec", "KeyUsage", "MultiRegion", "Origin"}

    def create(self):
        given = self.renamed(
            self.pick(
                "BypassPolicyLockoutSafetyCheck",
                "Description",
                "KeyPolicy",
                "KeySpec",
                "KeyUsage",
                "MultiRegion",
                "Origin",
            ),
            Policy="KeyPolicy",
        )
        self.know(self.send("kms", "create_key", given)["KeyMetadata"])
        self.tag()
        if self.is_on("EnableKeyRotation"):
            self.rotate()
        if not self.is_on("Enabled", True):
            self.call("kms", "disable_key", KeyId=self.id)
        return self.id

    def know(self, key):
        self.id = key["KeyId"]
        self.attributes = {"Arn": key["Arn"], "KeyId": key["KeyId"]}

    def adopt(self, identifier):
        self.know(self.call("kms", "describe_key", KeyId=identifier["KeyId"])["KeyMetadata"])
        return self.id

    def restore(self, before):
        self.put_policy()
        super().restore(before)

    def put_policy(self):
        given = {"KeyId": self.id, "PolicyName": "default", "Policy": self.properties["KeyPolicy"]}
        self.send("kms", "put_key_policy", given)

    def update(self, before):
        changed = changed_names(before.properties, self.properties)
        if "KeyPolicy" in changed:
            self.put_policy()
        if "Description" in changed:
            self.call(
                "kms", "update_key_description", KeyId=self.id, Description=self.properties.get("Description", "")
            )
        if changed & {"EnableKeyRotation", "RotationPeriodInDays"}:
            if self.is_on("EnableKeyRotation"):
                self.rotate()
            else:
                self.call("kms", "disable_key_rotation", KeyId=self.id)
        if "Enabled" in changed:
            self.call("kms", "enable_key" if self.is_on("Enabled", True) else "disable_key", KeyId=self.id)
        gone = removed_tags(before, self)
        if gone:
            self.call("kms", "untag_resource", KeyId=self.id, TagKeys=gone)
        self.tag()

    def delete(self):
        days = int(self.properties.get("PendingWindowInDays", 30))
        self.call("kms", "schedule_key_deletion", KeyId=self.id, PendingWindowInDays=days)

    def is_on(self, name, default=False):
        return str(self.properties.get(name, default)).lower() == "true"

    def rotate(self):
        self.send("kms", "enable_key_rotation", {"KeyId": self.id, **self.pick("RotationPeriodInDays")})

    def tag(self):
        tags = [{"TagKey": tag["Key"], "TagValue": tag["Value"]} for tag in self.tags()]
        if tags:
            self.call("kms", "tag_resource", KeyId=self.id, Tags=tags)


@resource("AWS::KMS::Alias")
class Alias(Resource):
    handled = {"AliasName", "TargetKeyId"}
    fixed = {"AliasName"}

    def create(self):
        # An alias may lead to a key that is named by its ARN.
        self.send("kms", "create_alias", self.target())
        name = self.properties["AliasName"]
        self.attributes = {"AliasArn": self.arn("kms", name)}
        return name

    def found(self, name):
        pages = self.call("kms", "list_aliases")["Aliases"]
        return next((alias for alias in pages if alias["AliasName"] == name), None)

    def exists(self):
        return self.found(self.id) is not None

    def adopt(self, identifier):
        name = identifier["AliasName"]
        if self.found(name) is None:
            raise ResourceError(f"Resource of type 'AWS::KMS::Alias' with identifier '{name}' was not found.")
        self.attributes = {"AliasArn": self.arn("kms", name)}
        return name

    def restore(self, before):
        self.update(before)

    def update(self, before):
        self.send("kms", "update_alias", self.target())

    def delete(self):
        self.call("kms", "delete_alias", AliasName=self.id)

    def target(self):
        return {**self.properties, "TargetKeyId": self.properties["TargetKeyId"].split("/")[-1]}
