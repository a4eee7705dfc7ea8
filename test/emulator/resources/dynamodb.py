"""AWS::DynamoDB::*"""

from stacks.errors import ResourceError
from stacks.resource import Resource, changed_names, removed_tags, resource


class Tables(Resource):
    """What both kinds of tables share."""

    def sse(self, given):
        if not given:
            return {}
        enabled = str(given.get("SSEEnabled", False)).lower() == "true"
        renamed = {("Enabled" if name == "SSEEnabled" else name): value for name, value in given.items()}
        return {"SSESpecification": {**renamed, "Enabled": enabled}} if enabled else {}

    def set_backups(self, given):
        self.send(
            "dynamodb",
            "update_continuous_backups",
            {
                "TableName": self.id,
                "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": False, **(given or {})},
            },
        )

    def set_time_to_live(self, given):
        self.send("dynamodb", "update_time_to_live", {"TableName": self.id, "TimeToLiveSpecification": given})

    def read(self):
        table = self.call("dynamodb", "describe_table", TableName=self.id)["Table"]
        self.attributes = {"Arn": table["TableArn"]}
        if "LatestStreamArn" in table:
            self.attributes["StreamArn"] = table["LatestStreamArn"]

    def retag(self, before, tags):
        arn = self.attributes["Arn"]
        gone = removed_tags(before, self) if before else []
        if gone:
            self.call("dynamodb", "untag_resource", ResourceArn=arn, TagKeys=gone)
        if tags:
            self.call("dynamodb", "tag_resource", ResourceArn=arn, Tags=tags)

    def update_indexes(self, old, new):
        """One index at a time, as the API takes them."""
        old, new = ({index["IndexName"]: index for index in indexes} for indexes in (old, new))
        for name in [*old, *new]:
            if name in old and name in new and old[name] != new[name]:
                throughput = {"IndexName": name, "ProvisionedThroughput": new[name].get("ProvisionedThroughput")}
                if {**old[name], **throughput} != {**new[name], **throughput}:
                    raise ResourceError(f"The emulator cannot change the index {name} of {self.type}")
                self.change_index({"Update": throughput})
            elif name not in new:
                self.change_index({"Delete": {"IndexName": name}})
            elif name not in old:
                self.change_index({"Create": new[name]})

    def change_index(self, change):
        given = {"TableName": self.id, "GlobalSecondaryIndexUpdates": [change]}
        if "AttributeDefinitions" in self.properties:
            given["AttributeDefinitions"] = self.properties["AttributeDefinitions"]
        self.send("dynamodb", "update_table", given)

    def delete(self):
        self.call("dynamodb", "delete_table", TableName=self.id)


@resource("AWS::DynamoDB::Table")
class Table(Tables):
    handled = {
        "AttributeDefinitions",
        "BillingMode",
        "DeletionProtectionEnabled",
        "GlobalSecondaryIndexes",
        "KeySchema",
        "LocalSecondaryIndexes",
        "PointInTimeRecoverySpecification",
        "ProvisionedThroughput",
        "ResourcePolicy",
        "SSESpecification",
        "StreamSpecification",
        "TableClass",
        "TableName",
        "Tags",
        "TimeToLiveSpecification",
    }
    fixed = {"KeySchema", "LocalSecondaryIndexes", "TableName"}

    def create(self):
        name = self.name("TableName", 255)
        later = (
            "PointInTimeRecoverySpecification",
            "ResourcePolicy",
            "SSESpecification",
            "StreamSpecification",
            "Tags",
        )
        given = self.without(*later, "TimeToLiveSpecification")
        given.update(self.sse(self.properties.get("SSESpecification")), TableName=name, Tags=self.tags())
        given.update(self.stream())
        if "ResourcePolicy" in self.properties:
            given["ResourcePolicy"] = self.properties["ResourcePolicy"]["PolicyDocument"]
        self.send("dynamodb", "create_table", given)
        self.id = name
        self.read()
        if "PointInTimeRecoverySpecification" in self.properties:
            self.set_backups(self.properties["PointInTimeRecoverySpecification"])
        if "TimeToLiveSpecification" in self.properties:
            self.set_time_to_live(self.properties["TimeToLiveSpecification"])
        return name

    def stream(self):
        given = self.properties.get("StreamSpecification")
        return {"StreamSpecification": {"StreamEnabled": True, **given}} if given else {}

    def update(self, before):
        changed = changed_names(before.properties, self.properties)
        if "ResourcePolicy" in changed:
            raise ResourceError(f"The emulator cannot change ResourcePolicy of {self.type}")
        plain = {"BillingMode", "DeletionProtectionEnabled", "ProvisionedThroughput", "TableClass"} & changed
        given = {name: self.properties[name] for name in plain if name in self.properties}
        if "SSESpecification" in changed:
            given.update(self.sse(self.properties.get("SSESpecification")) or {"SSESpecification": {"Enabled": False}})
        if "StreamSpecification" in changed:
            given.update(self.stream() or {"StreamSpecification": {"StreamEnabled": False}})
        if given:
            self.send("dynamodb", "update_table", {"TableName": self.id, **given})
        if "GlobalSecondaryIndexes" in changed:
            indexes = (item.get("GlobalSecondaryIndexes", []) for item in (before.properties, self.properties))
            self.update_indexes(*indexes)
        if "PointInTimeRecoverySpecification" in changed:
            self.set_backups(self.properties.get("PointInTimeRecoverySpecification"))
        if "TimeToLiveSpecification" in changed:
            off = {**before.properties.get("TimeToLiveSpecification", {}), "Enabled": False}
            self.set_time_to_live(self.properties.get("TimeToLiveSpecification", off))
        self.read()
        self.retag(before, self.tags())


@resource("AWS::DynamoDB::GlobalTable")
class GlobalTable(Tables):
    """With the one replica of the stack's own Region: moto has no others."""

    handled = {
        "AttributeDefinitions",
        "BillingMode",
        "GlobalSecondaryIndexes",
        "KeySchema",
        "LocalSecondaryIndexes",
        "Replicas",
        "SSESpecification",
        "StreamSpecification",
        "TableName",
        "TimeToLiveSpecification",
        "WriteProvisionedThroughputSettings",
    }
    fixed = {"KeySchema", "LocalSecondaryIndexes", "TableName"}
    of_replica = {
        "DeletionProtectionEnabled",
        "GlobalSecondaryIndexes",
        "PointInTimeRecoverySpecification",
        "ReadProvisionedThroughputSettings",
        "Region",
        "SSESpecification",
        "TableClass",
        "Tags",
    }

    @property
    def replica(self):
        replicas = self.properties["Replicas"]
        if [replica["Region"] for replica in replicas] != [self.context.region]:
            raise ResourceError(f"The emulator has no replicas of {self.type} in other Regions than the stack's")
        for name in replicas[0]:
            if name not in self.of_replica:
                raise ResourceError(f"The emulator does not handle the property Replicas.{name} of {self.type}")
        return replicas[0]

    def tags(self):
        tags = {tag["Key"]: tag["Value"] for tag in self.replica.get("Tags", [])}
        return [{"Key": key, "Value": str(value)} for key, value in {**self.context.tags, **tags}.items()]

    def create(self):
        replica, name = self.replica, self.name("TableName", 255)
        given = {
            **self.pick("AttributeDefinitions", "BillingMode", "KeySchema", "LocalSecondaryIndexes"),
            "TableName": name,
        }
        given.update({key: replica[key] for key in ("DeletionProtectionEnabled", "TableClass") if key in replica})
        given.update(self.throughput(), **self.sse_of_replica(), Tags=self.tags())
        if "GlobalSecondaryIndexes" in self.properties:
            given["GlobalSecondaryIndexes"] = self.indexes()
        if "StreamSpecification" in self.properties:
            given["StreamSpecification"] = {"StreamEnabled": True, **self.properties["StreamSpecification"]}
        self.send("dynamodb", "create_table", given)
        self.id = name
        self.read()
        if "PointInTimeRecoverySpecification" in replica:
            self.set_backups(replica["PointInTimeRecoverySpecification"])
        if "TimeToLiveSpecification" in self.properties:
            self.set_time_to_live(self.properties["TimeToLiveSpecification"])
        return name

    def sse_of_replica(self):
        key = self.replica.get("SSESpecification", {}).get("KMSMasterKeyId")
        given = self.properties.get("SSESpecification")
        return self.sse({**given, **({"KMSMasterKeyId": key} if key else {})}) if given else {}

    def throughput(self, write=None, read=None):
        """The capacity that autoscaling begins with is its least."""
        if self.properties.get("BillingMode") == "PAY_PER_REQUEST":
            return {}
        write = write or self.properties.get("WriteProvisionedThroughputSettings", {})
        read = read or self.replica.get("ReadProvisionedThroughputSettings", {})
        return {
            "ProvisionedThroughput": {
                "ReadCapacityUnits": capacity(read, "ReadCapacityUnits", "ReadCapacityAutoScalingSettings"),
                "WriteCapacityUnits": capacity(write, "WriteCapacityUnits", "WriteCapacityAutoScalingSettings"),
            }
        }

    def indexes(self):
        reads = {index["IndexName"]: index for index in self.replica.get("GlobalSecondaryIndexes", [])}
        made = []
        for index in self.properties["GlobalSecondaryIndexes"]:
            write = index.get("WriteProvisionedThroughputSettings")
            read = reads.get(index["IndexName"], {}).get("ReadProvisionedThroughputSettings")
            rest = {key: value for key, value in index.items() if key != "WriteProvisionedThroughputSettings"}
            made.append({**rest, **self.throughput(write, read)})
        return made

    def update(self, before):
        old, new = before.replica, self.replica
        changed = changed_names(before.properties, self.properties) - {"Replicas"}
        inner = changed_names(old, new)
        possible = {"DeletionProtectionEnabled", "PointInTimeRecoverySpecification", "Tags"}
        if changed or inner - possible:
            names = ", ".join(sorted(changed | inner - possible))
            raise ResourceError(f"The emulator cannot change {names} of {self.type}")
        if "DeletionProtectionEnabled" in inner:
            protected = new.get("DeletionProtectionEnabled", False)
            self.send("dynamodb", "update_table", {"TableName": self.id, "DeletionProtectionEnabled": protected})
        if "PointInTimeRecoverySpecification" in inner:
            self.set_backups(new.get("PointInTimeRecoverySpecification"))
        self.retag(before, self.tags())


def capacity(settings, fixed, scaled):
    return settings.get(fixed) or settings.get(scaled, {}).get("MinCapacity") or 1
