"""AWS::Scheduler::*"""

from stacks.resource import Resource, resource


@resource("AWS::Scheduler::ScheduleGroup")
class ScheduleGroup(Resource):
    handled = {"Name", "Tags"}
    fixed = {"Name"}

    def create(self):
        name = self.name("Name")
        arn = self.call("scheduler", "create_schedule_group", Name=name, Tags=self.tags())["ScheduleGroupArn"]
        self.attributes = {"Arn": arn, "State": "ACTIVE"}
        return name

    def update(self, before):
        self.call("scheduler", "tag_resource", ResourceArn=self.attributes["Arn"], Tags=self.tags())

    def delete(self):
        self.call("scheduler", "delete_schedule_group", Name=self.id)


@resource("AWS::Scheduler::Schedule")
class Schedule(Resource):
    handled = {
        "Description",
        "EndDate",
        "FlexibleTimeWindow",
        "GroupName",
        "KmsKeyArn",
        "Name",
        "ScheduleExpression",
        "ScheduleExpressionTimezone",
        "StartDate",
        "State",
        "Target",
    }
    fixed = {"GroupName", "Name"}

    def create(self):
        name = self.name("Name")
        arn = self.send("scheduler", "create_schedule", {**self.properties, "Name": name})["ScheduleArn"]
        self.attributes = {"Arn": arn}
        return name

    def update(self, before):
        self.send("scheduler", "update_schedule", {**self.properties, "Name": self.id})

    def delete(self):
        self.call("scheduler", "delete_schedule", Name=self.id, **self.pick("GroupName"))
