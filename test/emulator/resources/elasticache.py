"""AWS::ElastiCache::*"""

from stacks.errors import ResourceError
from stacks.resource import Resource, changed_names, removed_tags, resource


class Tagged(Resource):
    def retag(self, before, arn):
        if removed_tags(before, self):
            keys = removed_tags(before, self)
            self.call("elasticache", "remove_tags_from_resource", ResourceName=arn, TagKeys=keys)
        if self.tags():
            self.call("elasticache", "add_tags_to_resource", ResourceName=arn, Tags=self.tags())


@resource("AWS::ElastiCache::SubnetGroup")
class SubnetGroup(Tagged):
    handled = {"CacheSubnetGroupName", "Description", "SubnetIds", "Tags"}
    fixed = {"CacheSubnetGroupName"}

    def create(self):
        self.id = self.name("CacheSubnetGroupName", 255, lower=True).lower()
        self.send("elasticache", "create_cache_subnet_group", {**self.given(), "Tags": self.tags()})
        return self.id

    def given(self):
        given = self.renamed(self.without("Tags"), CacheSubnetGroupDescription="Description")
        return {**given, "CacheSubnetGroupName": self.id}

    def update(self, before):
        self.send("elasticache", "modify_cache_subnet_group", self.given())
        self.retag(before, self.arn("elasticache", f"subnetgroup:{self.id}"))

    def delete(self):
        self.call("elasticache", "delete_cache_subnet_group", CacheSubnetGroupName=self.id)


@resource("AWS::ElastiCache::ParameterGroup")
class ParameterGroup(Resource):
    handled = {"CacheParameterGroupFamily", "CacheParameterGroupName", "Description", "Properties", "Tags"}
    fixed = {"CacheParameterGroupFamily", "CacheParameterGroupName", "Description"}

    def create(self):
        self.id = self.name("CacheParameterGroupName", 255, lower=True).lower()
        given = self.pick("CacheParameterGroupFamily", "Description")
        tags = self.tags()
        self.send(
            "elasticache", "create_cache_parameter_group", {**given, "CacheParameterGroupName": self.id, "Tags": tags}
        )
        self.attributes = {"CacheParameterGroupName": self.id}
        self.set()
        return self.id

    def set(self):
        values = [
            {"ParameterName": name, "ParameterValue": str(value)}
            for name, value in self.properties.get("Properties", {}).items()
        ]
        if values:
            given = {"CacheParameterGroupName": self.id, "ParameterNameValues": values}
            self.call("elasticache", "modify_cache_parameter_group", **given)

    def update(self, before):
        gone = set(before.properties.get("Properties", {})) - set(self.properties.get("Properties", {}))
        if gone:
            raise ResourceError(f"The emulator cannot reset {', '.join(sorted(gone))} in {self.type}")
        self.set()

    def delete(self):
        self.call("elasticache", "delete_cache_parameter_group", CacheParameterGroupName=self.id)


@resource("AWS::ElastiCache::User")
class User(Tagged):
    handled = {
        "AccessString",
        "AuthenticationMode",
        "Engine",
        "NoPasswordRequired",
        "Passwords",
        "Tags",
        "UserId",
        "UserName",
    }
    fixed = {"UserId", "UserName"}

    def create(self):
        self.id = self.properties["UserId"]
        made = self.send("elasticache", "create_user", {**self.without("Tags"), "Tags": self.tags()})
        self.attributes = {"Arn": made["ARN"], "Status": made["Status"]}
        return self.id

    def update(self, before):
        given = self.without("Tags", "UserName")
        self.send("elasticache", "modify_user", given)
        self.retag(before, self.attributes["Arn"])

    def delete(self):
        self.call("elasticache", "delete_user", UserId=self.id)


@resource("AWS::ElastiCache::UserGroup")
class UserGroup(Tagged):
    handled = {"Engine", "Tags", "UserGroupId", "UserIds"}
    fixed = {"UserGroupId"}

    def create(self):
        self.id = self.properties["UserGroupId"]
        made = self.send("elasticache", "create_user_group", {**self.without("Tags"), "Tags": self.tags()})
        self.attributes = {"Arn": made["ARN"], "Status": made["Status"]}
        return self.id

    def update(self, before):
        old, new = set(before.properties.get("UserIds", [])), set(self.properties.get("UserIds", []))
        given = {"UserIdsToAdd": sorted(new - old), "UserIdsToRemove": sorted(old - new)}
        given = {name: ids for name, ids in given.items() if ids}
        if "Engine" in changed_names(before.properties, self.properties):
            given["Engine"] = self.properties["Engine"]
        self.send("elasticache", "modify_user_group", {"UserGroupId": self.id, **given})
        self.retag(before, self.attributes["Arn"])

    def delete(self):
        self.call("elasticache", "delete_user_group", UserGroupId=self.id)


@resource("AWS::ElastiCache::ReplicationGroup")
class ReplicationGroup(Tagged):
    handled = {
        "AtRestEncryptionEnabled",
        "AuthToken",
        "AutoMinorVersionUpgrade",
        "AutomaticFailoverEnabled",
        "CacheNodeType",
        "CacheParameterGroupName",
        "CacheSubnetGroupName",
        "ClusterMode",
        "Engine",
        "EngineVersion",
        "IpDiscovery",
        "KmsKeyId",
        "LogDeliveryConfigurations",
        "MultiAZEnabled",
        "NetworkType",
        "NotificationTopicArn",
        "NumCacheClusters",
        "NumNodeGroups",
        "Port",
        "PreferredMaintenanceWindow",
        "ReplicasPerNodeGroup",
        "ReplicationGroupDescription",
        "ReplicationGroupId",
        "SecurityGroupIds",
        "SnapshotRetentionLimit",
        "SnapshotWindow",
        "Tags",
        "TransitEncryptionEnabled",
        "TransitEncryptionMode",
        "UserGroupIds",
    }
    fixed = {
        "AtRestEncryptionEnabled",
        "CacheSubnetGroupName",
        "KmsKeyId",
        "NetworkType",
        "NumNodeGroups",
        "Port",
        "ReplicasPerNodeGroup",
        "ReplicationGroupId",
    }
    changeable = {
        "AutoMinorVersionUpgrade",
        "AutomaticFailoverEnabled",
        "CacheNodeType",
        "CacheParameterGroupName",
        "Engine",
        "EngineVersion",
        "LogDeliveryConfigurations",
        "MultiAZEnabled",
        "NotificationTopicArn",
        "PreferredMaintenanceWindow",
        "ReplicationGroupDescription",
        "SecurityGroupIds",
        "SnapshotRetentionLimit",
        "SnapshotWindow",
        "TransitEncryptionEnabled",
        "TransitEncryptionMode",
    }

    def create(self):
        self.id = self.name("ReplicationGroupId", 40, lower=True).lower()
        given = {**self.without("Tags"), "ReplicationGroupId": self.id, "Tags": self.tags()}
        made = self.send("elasticache", "create_replication_group", given)["ReplicationGroup"]
        node = made["NodeGroups"][0]
        self.attributes = {"ReplicationGroupId": self.id}
        for name, endpoint in (
            ("ConfigurationEndPoint", made.get("ConfigurationEndpoint")),
            ("PrimaryEndPoint", node.get("PrimaryEndpoint")),
            ("ReaderEndPoint", node.get("ReaderEndpoint")),
        ):
            if endpoint and endpoint.get("Address"):
                self.attributes[f"{name}.Address"] = endpoint["Address"]
                self.attributes[f"{name}.Port"] = str(endpoint.get("Port", 6379))
        return self.id

    def update(self, before):
        changed = changed_names(before.properties, self.properties) - {"Tags"}
        possible = self.changeable | {"AuthToken", "UserGroupIds"}
        lost = {name for name in changed & self.changeable if name not in self.properties}
        if changed - possible or lost:
            raise ResourceError(
                f"The emulator cannot change {', '.join(sorted(changed - possible | lost))} of {self.type}"
            )
        given = {name: self.properties[name] for name in changed & self.changeable}
        if "UserGroupIds" in changed:
            old, new = (set(item.get("UserGroupIds", [])) for item in (before.properties, self.properties))
            given["UserGroupIdsToAdd"], given["UserGroupIdsToRemove"] = sorted(new - old), sorted(old - new)
        if given:
            self.modify(given)
        if "AuthToken" in changed:
            # CloudFormation sets a token at once: clients with the old one are dropped.
            token = self.properties.get("AuthToken")
            strategy = (
                {"AuthToken": token, "AuthTokenUpdateStrategy": "SET"}
                if token
                else {"AuthTokenUpdateStrategy": "DELETE"}
            )
            self.modify(strategy)
        self.retag(before, self.arn("elasticache", f"replicationgroup:{self.id}"))

    def modify(self, given):
        self.send(
            "elasticache",
            "modify_replication_group",
            {"ReplicationGroupId": self.id, "ApplyImmediately": True, **given},
        )

    def delete(self):
        self.call("elasticache", "delete_replication_group", ReplicationGroupId=self.id)
