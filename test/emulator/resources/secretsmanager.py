"""AWS::SecretsManager::*"""

import json

from stacks.errors import ResourceError, UnhandledProperty
from stacks.resource import Resource, changed_names, removed_tags, resource

GENERATED = {
    "ExcludeCharacters",
    "ExcludeLowercase",
    "ExcludeNumbers",
    "ExcludePunctuation",
    "ExcludeUppercase",
    "IncludeSpace",
    "PasswordLength",
    "RequireEachIncludedType",
}


@resource("AWS::SecretsManager::Secret")
class Secret(Resource):
    handled = {"Description", "GenerateSecretString", "KmsKeyId", "Name", "ReplicaRegions", "SecretString", "Tags"}
    fixed = {"Name"}

    def create(self):
        given = {"Name": self.name("Name", 512), **self.pick("Description", "KmsKeyId", "SecretString")}
        if "ReplicaRegions" in self.properties:
            given["AddReplicaRegions"] = self.properties["ReplicaRegions"]
        if "GenerateSecretString" in self.properties:
            if "SecretString" in self.properties:
                raise ResourceError("Specify either SecretString or GenerateSecretString, not both")
            given["SecretString"] = self.generate()
        tags = self.tags()
        secret = self.send("secretsmanager", "create_secret", {**given, **({"Tags": tags} if tags else {})})
        self.attributes = {"Id": secret["ARN"]}
        return secret["ARN"]

    def update(self, before):
        changed = changed_names(before.properties, self.properties)
        given = self.pick("Description", "KmsKeyId")
        if "GenerateSecretString" in changed and "GenerateSecretString" in self.properties:
            given["SecretString"] = self.generate()
        elif "SecretString" in changed and "SecretString" in self.properties:
            given["SecretString"] = self.properties["SecretString"]
        if "ReplicaRegions" in changed:
            self.replicate(before)
        self.send("secretsmanager", "update_secret", {"SecretId": self.id, **given})
        gone = removed_tags(before, self)
        if gone:
            self.call("secretsmanager", "untag_resource", SecretId=self.id, TagKeys=gone)
        if self.tags():
            self.call("secretsmanager", "tag_resource", SecretId=self.id, Tags=self.tags())

    def replicate(self, before):
        wanted, there = (
            {replica["Region"]: replica for replica in one.properties.get("ReplicaRegions", [])}
            for one in (self, before)
        )
        gone = [region for region, replica in there.items() if wanted.get(region) != replica]
        added = [replica for region, replica in wanted.items() if there.get(region) != replica]
        if gone:
            self.call(
                "secretsmanager", "remove_regions_from_replication", SecretId=self.id, RemoveReplicaRegions=gone
            )
        if added:
            self.call("secretsmanager", "replicate_secret_to_regions", SecretId=self.id, AddReplicaRegions=added)

    def delete(self):
        # CloudFormation leaves no recovery window: the name is free again at once.
        self.call("secretsmanager", "delete_secret", SecretId=self.id, ForceDeleteWithoutRecovery=True)

    def generate(self):
        options = dict(self.properties["GenerateSecretString"])
        template, key = options.pop("SecretStringTemplate", None), options.pop("GenerateStringKey", None)
        for name in options:
            if name not in GENERATED:
                raise UnhandledProperty(f"GenerateSecretString.{name} of {self.type}")
        password = self.send("secretsmanager", "get_random_password", {"PasswordLength": 32, **options})[
            "RandomPassword"
        ]
        if (template is None) != (key is None):
            raise ResourceError("SecretStringTemplate and GenerateStringKey go together")
        return password if key is None else json.dumps({**json.loads(template), key: password})


@resource("AWS::SecretsManager::ResourcePolicy")
class ResourcePolicy(Resource):
    handled = {"BlockPublicPolicy", "ResourcePolicy", "SecretId"}
    fixed = {"SecretId"}

    def create(self):
        self.put()
        return self.properties["SecretId"]

    def update(self, before):
        self.put()

    def put(self):
        self.send("secretsmanager", "put_resource_policy", self.properties)

    def delete(self):
        self.call("secretsmanager", "delete_resource_policy", SecretId=self.id)


@resource("AWS::SecretsManager::RotationSchedule")
class RotationSchedule(Resource):
    handled = {"RotateImmediatelyOnUpdate", "RotationLambdaARN", "RotationRules", "SecretId"}
    fixed = {"SecretId"}

    def create(self):
        self.put()
        return self.properties["SecretId"]

    def update(self, before):
        self.put()

    def put(self):
        given = self.renamed(self.properties, RotateImmediately="RotateImmediatelyOnUpdate")
        self.send("secretsmanager", "rotate_secret", given)

    def delete(self):
        # What a service manages, it goes on rotating.
        if "RotationLambdaARN" in self.properties:
            self.call("secretsmanager", "cancel_rotate_secret", SecretId=self.id)


@resource("AWS::SecretsManager::SecretTargetAttachment")
class SecretTargetAttachment(Resource):
    """Completes a secret with where its database is."""

    handled = {"SecretId", "TargetId", "TargetType"}
    fixed = {"SecretId", "TargetId", "TargetType"}

    ADDED = ("dbClusterIdentifier", "dbInstanceIdentifier", "dbname", "engine", "host", "port")

    def create(self):
        self.write({**self.read(), **self.connection()})
        return self.properties["SecretId"]

    def delete(self):
        self.write({key: value for key, value in self.read().items() if key not in self.ADDED})

    def read(self):
        secret = self.call("secretsmanager", "get_secret_value", SecretId=self.properties["SecretId"])
        return json.loads(secret["SecretString"])

    def write(self, value):
        given = {"SecretId": self.properties["SecretId"], "SecretString": json.dumps(value)}
        self.call("secretsmanager", "put_secret_value", **given)

    def connection(self):
        target = self.properties["TargetId"]
        if self.properties["TargetType"] == "AWS::RDS::DBCluster":
            found = self.call("rds", "describe_db_clusters", DBClusterIdentifier=target)["DBClusters"][0]
            place = {"host": found["Endpoint"], "port": found["Port"], "dbClusterIdentifier": target}
            name = found.get("DatabaseName")
        elif self.properties["TargetType"] == "AWS::RDS::DBInstance":
            found = self.call("rds", "describe_db_instances", DBInstanceIdentifier=target)["DBInstances"][0]
            place = {
                "host": found["Endpoint"]["Address"],
                "port": found["Endpoint"]["Port"],
                "dbInstanceIdentifier": target,
            }
            name = found.get("DBName")
        else:
            raise UnhandledProperty(f"TargetType {self.properties['TargetType']} of {self.type}")
        engine = {"aurora-postgresql": "postgres", "aurora-mysql": "mysql"}.get(found["Engine"], found["Engine"])
        return {"engine": engine, **place, **({"dbname": name} if name else {})}
