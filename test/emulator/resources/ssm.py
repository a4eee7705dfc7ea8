"""AWS::SSM::Parameter"""

from stacks.resource import Resource, resource


@resource("AWS::SSM::Parameter")
class Parameter(Resource):
    handled = {"AllowedPattern", "DataType", "Description", "Name", "Tags", "Tier", "Type", "Value"}
    fixed = {"Name"}

    def create(self):
        self.id = self.name("Name", 1024)
        tags = [{"Key": key, "Value": value} for key, value in self.tag_map().items()]
        self.put(Tags=tags)
        return self.id

    def update(self, before):
        self.put(Overwrite=True)
        if self.tags():
            self.call("ssm", "add_tags_to_resource", ResourceType="Parameter", ResourceId=self.id, Tags=self.tags())

    def put(self, **more):
        self.send("ssm", "put_parameter", {**self.without("Tags"), "Name": self.id, **more})
        self.attributes = {"Type": self.properties["Type"], "Value": self.properties["Value"]}

    def delete(self):
        self.call("ssm", "delete_parameter", Name=self.id)

    def tag_map(self):
        # Here a template writes a map, not a list.
        return {**self.context.tags, **self.properties.get("Tags", {})}

    def tags(self):
        return [{"Key": key, "Value": str(value)} for key, value in self.tag_map().items()]
