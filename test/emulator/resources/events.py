"""AWS::Events::Rule"""

from stacks.resource import Resource, resource


@resource("AWS::Events::Rule")
class Rule(Resource):
    handled = {
        "Description",
        "EventBusName",
        "EventPattern",
        "Name",
        "RoleArn",
        "ScheduleExpression",
        "State",
        "Tags",
        "Targets",
    }
    fixed = {"EventBusName", "Name"}

    def create(self):
        self.id = self.name("Name")
        self.put()
        bus = self.properties.get("EventBusName", "default").split("/")[-1]
        path = self.id if bus == "default" else f"{bus}/{self.id}"
        self.attributes = {"Arn": self.arn("events", f"rule/{path}")}
        return self.id if bus == "default" else f"{bus}|{self.id}"

    def update(self, before):
        gone = {target["Id"] for target in before.properties.get("Targets", [])}
        gone -= {target["Id"] for target in self.properties.get("Targets", [])}
        name = self.id.split("|")[-1]
        if gone:
            self.call("events", "remove_targets", Rule=name, Ids=sorted(gone), **self.pick("EventBusName"))
        self.put(name)

    def put(self, name=None):
        name = name or self.id
        tags = self.tags()
        self.send(
            "events", "put_rule", {**self.without("Tags", "Targets"), "Name": name, **({"Tags": tags} if tags else {})}
        )
        if self.properties.get("Targets"):
            self.send(
                "events",
                "put_targets",
                {"Rule": name, "Targets": self.properties["Targets"], **self.pick("EventBusName")},
            )

    def delete(self):
        name, bus = self.id.split("|")[-1], self.pick("EventBusName")
        targets = self.call("events", "list_targets_by_rule", Rule=name, **bus)["Targets"]
        if targets:
            self.call("events", "remove_targets", Rule=name, Ids=[target["Id"] for target in targets], **bus)
        self.call("events", "delete_rule", Name=name, **bus)
