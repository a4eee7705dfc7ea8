"""AWS::Logs::*"""

from stacks.errors import ResourceError
from stacks.resource import Resource, changed_names, removed_tags, resource


@resource("AWS::Logs::LogGroup")
class LogGroup(Resource):
    handled = {"KmsKeyId", "LogGroupClass", "LogGroupName", "RetentionInDays", "Tags"}
    fixed = {"LogGroupName"}

    def create(self):
        self.id = self.name("LogGroupName", 512)
        given = {"LogGroupName": self.id, **self.pick("KmsKeyId", "LogGroupClass")}
        self.send("logs", "create_log_group", {**given, "Tags": self.tag_map()})
        self.know(self.id)
        self.retain()
        return self.id

    def know(self, name):
        self.id = name
        self.attributes = {"Arn": self.arn("logs", f"log-group:{name}:*")}

    def exists(self):
        groups = self.call("logs", "describe_log_groups", logGroupNamePrefix=self.id)["logGroups"]
        return self.id in [group["logGroupName"] for group in groups]

    def adopt(self, identifier):
        self.know(identifier["LogGroupName"])
        if not self.exists():
            raise ResourceError(f"Resource of type 'AWS::Logs::LogGroup' with identifier '{self.id}' was not found.")
        return self.id

    def restore(self, before):
        self.set_key()
        self.retain()
        super().restore(before)

    def set_key(self):
        if "KmsKeyId" in self.properties:
            self.call("logs", "associate_kms_key", logGroupName=self.id, kmsKeyId=self.properties["KmsKeyId"])
        else:
            self.call("logs", "disassociate_kms_key", logGroupName=self.id)

    def retain(self):
        if "RetentionInDays" in self.properties:
            self.call(
                "logs",
                "put_retention_policy",
                logGroupName=self.id,
                retentionInDays=int(self.properties["RetentionInDays"]),
            )

    def update(self, before):
        changed = changed_names(before.properties, self.properties)
        if "LogGroupClass" in changed:
            raise ResourceError(f"The emulator cannot change LogGroupClass of {self.type}")
        if "KmsKeyId" in changed:
            self.set_key()
        if "RetentionInDays" in changed and "RetentionInDays" not in self.properties:
            self.call("logs", "delete_retention_policy", logGroupName=self.id)
        self.retain()
        arn = self.attributes["Arn"].removesuffix(":*")
        gone = removed_tags(before, self)
        if gone:
            self.call("logs", "untag_resource", resourceArn=arn, tagKeys=gone)
        if self.tags():
            self.call("logs", "tag_resource", resourceArn=arn, tags=self.tag_map())

    def delete(self):
        self.call("logs", "delete_log_group", logGroupName=self.id)


@resource("AWS::Logs::MetricFilter")
class MetricFilter(Resource):
    handled = {"FilterName", "FilterPattern", "LogGroupName", "MetricTransformations"}
    fixed = {"FilterName", "LogGroupName"}

    def create(self):
        self.id = self.name("FilterName", 512)
        self.put()
        return self.id

    def update(self, before):
        self.put()

    def put(self):
        self.send("logs", "put_metric_filter", {**self.properties, "FilterName": self.id})

    def delete(self):
        self.call("logs", "delete_metric_filter", filterName=self.id, logGroupName=self.properties["LogGroupName"])


@resource("AWS::Logs::ResourcePolicy")
class ResourcePolicy(Resource):
    handled = {"PolicyDocument", "PolicyName"}
    fixed = {"PolicyName"}

    def create(self):
        self.send("logs", "put_resource_policy", self.properties)
        return self.properties["PolicyName"]

    def update(self, before):
        self.create()

    def delete(self):
        self.call("logs", "delete_resource_policy", policyName=self.id)
