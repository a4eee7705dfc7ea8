"""AWS::SQS::*"""

import json

from stacks.errors import ResourceError
from stacks.resource import Resource, changed_names, removed_tags, resource

ATTRIBUTES = (
    "ContentBasedDeduplication",
    "DelaySeconds",
    "FifoQueue",
    "KmsDataKeyReusePeriodSeconds",
    "KmsMasterKeyId",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "RedriveAllowPolicy",
    "RedrivePolicy",
    "SqsManagedSseEnabled",
    "VisibilityTimeout",
)


@resource("AWS::SQS::Queue")
class Queue(Resource):
    handled = {*ATTRIBUTES, "QueueName", "Tags"}
    fixed = {"FifoQueue", "QueueName"}

    def create(self):
        name = self.name("QueueName", 80)
        attributes = {key: as_text(self.properties[key]) for key in ATTRIBUTES if key in self.properties}
        self.id = self.call("sqs", "create_queue", QueueName=name, Attributes=attributes, tags=self.tag_map())[
            "QueueUrl"
        ]
        self.attributes = {"Arn": self.arn("sqs", name), "QueueName": name, "QueueUrl": self.id}
        return self.id

    def update(self, before):
        changed = changed_names(before.properties, self.properties) - {"Tags"}
        gone = changed - set(self.properties)
        if gone:
            raise ResourceError(f"The emulator cannot reset {', '.join(sorted(gone))} of {self.type}")
        if changed:
            attributes = {name: as_text(self.properties[name]) for name in changed}
            self.call("sqs", "set_queue_attributes", QueueUrl=self.id, Attributes=attributes)
        if removed_tags(before, self):
            self.call("sqs", "untag_queue", QueueUrl=self.id, TagKeys=removed_tags(before, self))
        if self.tags():
            self.call("sqs", "tag_queue", QueueUrl=self.id, Tags=self.tag_map())

    def delete(self):
        self.call("sqs", "delete_queue", QueueUrl=self.id)


@resource("AWS::SQS::QueuePolicy")
class QueuePolicy(Resource):
    handled = {"PolicyDocument", "Queues"}
    fixed = {"Queues"}

    def create(self):
        self.set(json.dumps(self.properties["PolicyDocument"]))
        return self.name("", 128)

    def update(self, before):
        self.set(json.dumps(self.properties["PolicyDocument"]))

    def set(self, policy):
        for queue in self.properties["Queues"]:
            self.call("sqs", "set_queue_attributes", QueueUrl=queue, Attributes={"Policy": policy})

    def delete(self):
        self.set("")


def as_text(value):
    if isinstance(value, (dict, list)):
        return json.dumps(value)
    return str(value).lower() if isinstance(value, bool) else str(value)
