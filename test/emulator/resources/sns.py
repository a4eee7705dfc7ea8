"""AWS::SNS::*"""

import json

from stacks.errors import ResourceError
from stacks.resource import Resource, changed_names, removed_tags, resource

ATTRIBUTES = ("DisplayName", "FifoTopic", "KmsMasterKeyId", "SignatureVersion", "TracingConfig")


@resource("AWS::SNS::Topic")
class Topic(Resource):
    handled = {*ATTRIBUTES, "Subscription", "Tags", "TopicName"}
    fixed = {"FifoTopic", "TopicName"}

    def create(self):
        name = self.name("TopicName", 256)
        attributes = {key: as_text(self.properties[key]) for key in ATTRIBUTES if key in self.properties}
        tags = self.tags()
        given = {"Name": name, "Attributes": attributes, **({"Tags": tags} if tags else {})}
        self.id = self.call("sns", "create_topic", **given)["TopicArn"]
        self.attributes = {"TopicArn": self.id, "TopicName": name}
        for item in self.properties.get("Subscription", []):
            self.send("sns", "subscribe", {"TopicArn": self.id, **item})
        return self.id

    def update(self, before):
        changed = changed_names(before.properties, self.properties)
        if "Subscription" in changed:
            raise ResourceError(f"The emulator cannot change Subscription of {self.type}")
        for name in sorted(changed & {*ATTRIBUTES}):
            value = as_text(self.properties.get(name, ""))
            self.call("sns", "set_topic_attributes", TopicArn=self.id, AttributeName=name, AttributeValue=value)
        gone = removed_tags(before, self)
        if gone:
            self.call("sns", "untag_resource", ResourceArn=self.id, TagKeys=gone)
        if self.tags():
            self.call("sns", "tag_resource", ResourceArn=self.id, Tags=self.tags())

    def delete(self):
        self.call("sns", "delete_topic", TopicArn=self.id)


@resource("AWS::SNS::Subscription")
class Subscription(Resource):
    handled = {
        "DeliveryPolicy",
        "Endpoint",
        "FilterPolicy",
        "FilterPolicyScope",
        "Protocol",
        "RawMessageDelivery",
        "RedrivePolicy",
        "TopicArn",
    }
    fixed = {"Endpoint", "Protocol", "TopicArn"}
    settings = ("DeliveryPolicy", "FilterPolicy", "FilterPolicyScope", "RawMessageDelivery", "RedrivePolicy")

    def create(self):
        attributes = {name: as_text(self.properties[name]) for name in self.settings if name in self.properties}
        given = {
            **self.pick("Endpoint", "Protocol", "TopicArn"),
            "Attributes": attributes,
            "ReturnSubscriptionArn": True,
        }
        self.id = self.call("sns", "subscribe", **given)["SubscriptionArn"]
        self.attributes = {"Arn": self.id}
        return self.id

    def update(self, before):
        for name in sorted(changed_names(before.properties, self.properties)):
            value = as_text(self.properties.get(name, ""))
            self.call(
                "sns", "set_subscription_attributes", SubscriptionArn=self.id, AttributeName=name, AttributeValue=value
            )

    def delete(self):
        self.call("sns", "unsubscribe", SubscriptionArn=self.id)


@resource("AWS::SNS::TopicPolicy")
class TopicPolicy(Resource):
    """Without a policy of its own a topic has the default one: what was there before comes back."""

    handled = {"PolicyDocument", "Topics"}

    def create(self):
        self.kept = {topic: self.policy(topic) for topic in self.properties["Topics"]}
        self.put()
        return self.name("", 128)

    def policy(self, topic):
        return self.call("sns", "get_topic_attributes", TopicArn=topic)["Attributes"]["Policy"]

    def update(self, before):
        if before.properties["Topics"] != self.properties["Topics"]:
            raise ResourceError(f"The emulator cannot change Topics of {self.type}")
        self.put()

    def put(self):
        for topic in self.properties["Topics"]:
            self.set(topic, json.dumps(self.properties["PolicyDocument"]))

    def set(self, topic, policy):
        self.call("sns", "set_topic_attributes", TopicArn=topic, AttributeName="Policy", AttributeValue=policy)

    def delete(self):
        for topic, policy in self.kept.items():
            self.set(topic, policy)


def as_text(value):
    if isinstance(value, (dict, list)):
        return json.dumps(value)
    return str(value).lower() if isinstance(value, bool) else str(value)
