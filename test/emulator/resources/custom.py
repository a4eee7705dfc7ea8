"""Custom resources of aws-cdk-lib, by what their function would do: functions are not run.

Any other Custom::* is a type that the emulator does not know.
"""

from stacks.resource import Resource, resource


@resource("Custom::S3AutoDeleteObjects")
class AutoDeleteObjects(Resource):
    handled = {"BucketName", "ServiceToken"}
    fixed = {"BucketName"}

    def create(self):
        return self.properties["BucketName"]

    def update(self, before):
        """Only the function has changed."""

    def delete(self):
        bucket = self.properties["BucketName"]
        found = self.call("s3", "list_object_versions", Bucket=bucket)
        for item in [*found.get("Versions", []), *found.get("DeleteMarkers", [])]:
            self.call("s3", "delete_object", Bucket=bucket, Key=item["Key"], VersionId=item["VersionId"])


@resource("Custom::S3BucketNotifications")
class BucketNotifications(Resource):
    handled = {"BucketName", "Managed", "NotificationConfiguration", "ServiceToken", "SkipDestinationValidation"}
    fixed = {"BucketName"}

    def create(self):
        # In the words of the API already.
        self.put(self.properties["NotificationConfiguration"])
        return self.name("", 64)

    def update(self, before):
        self.put(self.properties["NotificationConfiguration"])

    def put(self, configuration):
        given = {"Bucket": self.properties["BucketName"], "NotificationConfiguration": configuration}
        self.send("s3", "put_bucket_notification_configuration", given)

    def delete(self):
        self.put({})


@resource("Custom::VpcRestrictDefaultSG")
class RestrictDefaultSecurityGroup(Resource):
    handled = {"Account", "DefaultSecurityGroupId", "ServiceToken"}
    fixed = {"DefaultSecurityGroupId"}

    def create(self):
        group = self.properties["DefaultSecurityGroupId"]
        found = self.call("ec2", "describe_security_groups", GroupIds=[group])["SecurityGroups"][0]
        for direction, name in (("ingress", "IpPermissions"), ("egress", "IpPermissionsEgress")):
            if found[name]:
                self.call("ec2", f"revoke_security_group_{direction}", GroupId=group, IpPermissions=found[name])
        return f"default-sg-{group}"

    def update(self, before):
        """Only the function has changed."""

    def delete(self):
        """The VPC goes with its group."""
