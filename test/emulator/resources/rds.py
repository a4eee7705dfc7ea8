"""AWS::RDS::*"""

from stacks.errors import ResourceError
from stacks.resource import Resource, changed_names, removed_tags, resource


class Tagged(Resource):
    """What RDS tags by ARN."""

    def retag(self, before, arn):
        gone = removed_tags(before, self)
        if gone:
            self.call("rds", "remove_tags_from_resource", ResourceName=arn, TagKeys=gone)
        if self.tags():
            self.call("rds", "add_tags_to_resource", ResourceName=arn, Tags=self.tags())


@resource("AWS::RDS::DBSubnetGroup")
class SubnetGroup(Tagged):
    handled = {"DBSubnetGroupDescription", "DBSubnetGroupName", "SubnetIds", "Tags"}
    fixed = {"DBSubnetGroupName"}

    def create(self):
        name = self.name("DBSubnetGroupName", 255, lower=True).lower()
        self.send(
            "rds", "create_db_subnet_group", {**self.without("Tags"), "DBSubnetGroupName": name, "Tags": self.tags()}
        )
        return name

    def update(self, before):
        self.send("rds", "modify_db_subnet_group", {**self.without("Tags"), "DBSubnetGroupName": self.id})
        self.retag(before, self.arn("rds", f"subgrp:{self.id}"))

    def delete(self):
        self.call("rds", "delete_db_subnet_group", DBSubnetGroupName=self.id)


class ParameterGroup(Tagged):
    handled = {"Description", "Family", "Parameters", "Tags"}
    fixed = {"Description", "Family"}
    kind = ""
    operation = ""
    arn_kind = ""

    def create(self):
        given_name = f"{self.kind}Name"
        name = self.name(given_name, 255, lower=True).lower()
        self.send(
            "rds",
            f"create_{self.operation}",
            {
                given_name: name,
                "DBParameterGroupFamily": self.properties["Family"],
                "Description": self.properties["Description"],
                "Tags": self.tags(),
            },
        )
        self.id = name
        self.attributes = {given_name: name}
        self.set_parameters()
        return name

    def update(self, before):
        gone = set(before.properties.get("Parameters", {})) - set(self.properties.get("Parameters", {}))
        if gone:
            raise ResourceError(f"The emulator cannot reset {', '.join(sorted(gone))} in {self.type}")
        self.set_parameters()
        self.retag(before, self.arn("rds", f"{self.arn_kind}:{self.id}"))

    def set_parameters(self):
        parameters = [
            {"ParameterName": name, "ParameterValue": as_value(value), "ApplyMethod": "pending-reboot"}
            for name, value in self.properties.get("Parameters", {}).items()
        ]
        # No more than twenty at once, as on AWS.
        for start in range(0, len(parameters), 20):
            given = {f"{self.kind}Name": self.id, "Parameters": parameters[start : start + 20]}
            self.call("rds", f"modify_{self.operation}", **given)

    def delete(self):
        self.call("rds", f"delete_{self.operation}", **{f"{self.kind}Name": self.id})


def as_value(value):
    return str(int(value)) if isinstance(value, bool) else str(value)


@resource("AWS::RDS::DBClusterParameterGroup")
class ClusterParameterGroup(ParameterGroup):
    handled = {*ParameterGroup.handled, "DBClusterParameterGroupName"}
    fixed = {*ParameterGroup.fixed, "DBClusterParameterGroupName"}
    kind = "DBClusterParameterGroup"
    operation = "db_cluster_parameter_group"
    arn_kind = "cluster-pg"


@resource("AWS::RDS::DBParameterGroup")
class InstanceParameterGroup(ParameterGroup):
    handled = {*ParameterGroup.handled, "DBParameterGroupName"}
    fixed = {*ParameterGroup.fixed, "DBParameterGroupName"}
    kind = "DBParameterGroup"
    operation = "db_parameter_group"
    arn_kind = "pg"


def insights(given):
    """The API names one property of a cluster otherwise than the template."""
    return {
        ("EnablePerformanceInsights" if name == "PerformanceInsightsEnabled" else name): given[name] for name in given
    }


@resource("AWS::RDS::DBCluster")
class Cluster(Tagged):
    handled = {
        "AutoMinorVersionUpgrade",
        "AvailabilityZones",
        "BackupRetentionPeriod",
        "CopyTagsToSnapshot",
        "DBClusterIdentifier",
        "DBClusterParameterGroupName",
        "DBSubnetGroupName",
        "DatabaseInsightsMode",
        "DatabaseName",
        "DeleteAutomatedBackups",
        "DeletionProtection",
        "EnableCloudwatchLogsExports",
        "EnableIAMDatabaseAuthentication",
        "Engine",
        "EngineLifecycleSupport",
        "EngineMode",
        "EngineVersion",
        "KmsKeyId",
        "ManageMasterUserPassword",
        "MasterUserPassword",
        "MasterUserSecret",
        "MasterUsername",
        "MonitoringInterval",
        "MonitoringRoleArn",
        "NetworkType",
        "PerformanceInsightsEnabled",
        "PerformanceInsightsKmsKeyId",
        "PerformanceInsightsRetentionPeriod",
        "Port",
        "PreferredBackupWindow",
        "PreferredMaintenanceWindow",
        "ServerlessV2ScalingConfiguration",
        "StorageEncrypted",
        "StorageType",
        "Tags",
        "VpcSecurityGroupIds",
    }
    fixed = {
        "AvailabilityZones",
        "DBClusterIdentifier",
        "DBSubnetGroupName",
        "DatabaseName",
        "Engine",
        "EngineMode",
        "KmsKeyId",
        "MasterUsername",
        "StorageEncrypted",
    }
    # What ModifyDBCluster takes and moto keeps.
    changeable = {
        "BackupRetentionPeriod",
        "CopyTagsToSnapshot",
        "DBClusterParameterGroupName",
        "DatabaseInsightsMode",
        "DeletionProtection",
        "EnableIAMDatabaseAuthentication",
        "EngineVersion",
        "MonitoringInterval",
        "MonitoringRoleArn",
        "PerformanceInsightsEnabled",
        "PerformanceInsightsKmsKeyId",
        "PerformanceInsightsRetentionPeriod",
        "Port",
        "PreferredBackupWindow",
        "PreferredMaintenanceWindow",
        "ServerlessV2ScalingConfiguration",
        "VpcSecurityGroupIds",
    }

    def create(self):
        identifier = self.name("DBClusterIdentifier", 63, lower=True).lower()
        given = insights(self.without("DeleteAutomatedBackups", "MasterUserSecret", "Tags"))
        key = self.properties.get("MasterUserSecret", {}).get("KmsKeyId")
        if key:
            given["MasterUserSecretKmsKeyId"] = key
        self.send("rds", "create_db_cluster", {**given, "DBClusterIdentifier": identifier, "Tags": self.tags()})
        self.id = identifier
        self.read()
        return identifier

    def read(self):
        found = self.call("rds", "describe_db_clusters", DBClusterIdentifier=self.id)["DBClusters"][0]
        self.attributes = {
            "DBClusterArn": found["DBClusterArn"],
            "DBClusterResourceId": found["DbClusterResourceId"],
            "Endpoint.Address": found["Endpoint"],
            "Endpoint.Port": str(found["Port"]),
            "ReadEndpoint.Address": found["ReaderEndpoint"],
        }
        if "MasterUserSecret" in found:
            self.attributes["MasterUserSecret.SecretArn"] = found["MasterUserSecret"]["SecretArn"]

    def update(self, before):
        # What is to become of the automated backups counts when the cluster is deleted.
        changed = changed_names(before.properties, self.properties) - {"DeleteAutomatedBackups", "Tags"}
        given = {name: self.properties[name] for name in changed & self.changeable if name in self.properties}
        removed = {name for name in changed if name not in self.properties}
        if changed - self.changeable or removed:
            raise ResourceError(
                f"The emulator cannot change {', '.join(sorted(changed - self.changeable | removed))} of {self.type}"
            )
        if given:
            given = {"DBClusterIdentifier": self.id, "ApplyImmediately": True, **insights(given)}
            self.send("rds", "modify_db_cluster", given)
        self.retag(before, self.attributes["DBClusterArn"])

    def delete(self):
        # AWS takes no final snapshot on the way out unless DeletionPolicy asks for it.
        kept = self.policies.get("DeletionPolicy") == "Snapshot"
        final = {"FinalDBSnapshotIdentifier": f"{self.id}-final"} if kept else {"SkipFinalSnapshot": True}
        self.send(
            "rds", "delete_db_cluster", {"DBClusterIdentifier": self.id, **self.pick("DeleteAutomatedBackups"), **final}
        )


@resource("AWS::RDS::DBInstance")
class Instance(Tagged):
    handled = {
        "AllocatedStorage",
        "AutoMinorVersionUpgrade",
        "AvailabilityZone",
        "BackupRetentionPeriod",
        "CACertificateIdentifier",
        "CopyTagsToSnapshot",
        "DBClusterIdentifier",
        "DBInstanceClass",
        "DBInstanceIdentifier",
        "DBName",
        "DBParameterGroupName",
        "DBSubnetGroupName",
        "DatabaseInsightsMode",
        "DeletionProtection",
        "EnablePerformanceInsights",
        "Engine",
        "EngineVersion",
        "KmsKeyId",
        "MasterUserPassword",
        "MasterUsername",
        "MonitoringInterval",
        "MonitoringRoleArn",
        "MultiAZ",
        "PerformanceInsightsKMSKeyId",
        "PerformanceInsightsRetentionPeriod",
        "Port",
        "PreferredMaintenanceWindow",
        "PromotionTier",
        "PubliclyAccessible",
        "StorageEncrypted",
        "StorageType",
        "Tags",
        "VPCSecurityGroups",
    }
    fixed = {
        "AvailabilityZone",
        "DBClusterIdentifier",
        "DBInstanceIdentifier",
        "DBName",
        "DBSubnetGroupName",
        "Engine",
        "KmsKeyId",
        "MasterUsername",
        "StorageEncrypted",
    }
    changeable = {
        "AutoMinorVersionUpgrade",
        "CACertificateIdentifier",
        "DBInstanceClass",
        "DatabaseInsightsMode",
        "DeletionProtection",
        "EnablePerformanceInsights",
        "MonitoringInterval",
        "MonitoringRoleArn",
        "PerformanceInsightsKMSKeyId",
        "PerformanceInsightsRetentionPeriod",
        "PreferredMaintenanceWindow",
        "PromotionTier",
        "PubliclyAccessible",
    }

    def create(self):
        identifier = self.name("DBInstanceIdentifier", 63, lower=True).lower()
        given = self.renamed(self.without("Tags"), VpcSecurityGroupIds="VPCSecurityGroups")
        self.send("rds", "create_db_instance", {**given, "DBInstanceIdentifier": identifier, "Tags": self.tags()})
        found = self.call("rds", "describe_db_instances", DBInstanceIdentifier=identifier)["DBInstances"][0]
        self.attributes = {
            "DBInstanceArn": found["DBInstanceArn"],
            "DbiResourceId": found["DbiResourceId"],
            "Endpoint.Address": found["Endpoint"]["Address"],
            "Endpoint.Port": str(found["Endpoint"]["Port"]),
        }
        return identifier

    def update(self, before):
        changed = changed_names(before.properties, self.properties) - {"Tags"}
        removed = {name for name in changed if name not in self.properties}
        if changed - self.changeable or removed:
            raise ResourceError(
                f"The emulator cannot change {', '.join(sorted(changed - self.changeable | removed))} of {self.type}"
            )
        if changed:
            given = {name: self.properties[name] for name in changed}
            self.send("rds", "modify_db_instance", {"DBInstanceIdentifier": self.id, "ApplyImmediately": True, **given})
        self.retag(before, self.attributes["DBInstanceArn"])

    def delete(self):
        self.call("rds", "delete_db_instance", DBInstanceIdentifier=self.id, SkipFinalSnapshot=True)
