"""AWS::S3::*

A property of a bucket is a setting of its own in the API, most of them in other words than the template's.
"""

import re

from botocore.exceptions import ClientError

from stacks.errors import ResourceError, UnhandledProperty
from stacks.resource import Resource, changed_names, resource

# Property: the operations that set and remove it, and the parameter that takes it.
SETTINGS = {
    "BucketEncryption": ("put_bucket_encryption", "delete_bucket_encryption", "ServerSideEncryptionConfiguration"),
    "CorsConfiguration": ("put_bucket_cors", "delete_bucket_cors", "CORSConfiguration"),
    "LifecycleConfiguration": (
        "put_bucket_lifecycle_configuration",
        "delete_bucket_lifecycle",
        "LifecycleConfiguration",
    ),
    "LoggingConfiguration": ("put_bucket_logging", None, "BucketLoggingStatus"),
    "NotificationConfiguration": ("put_bucket_notification_configuration", None, "NotificationConfiguration"),
    "ObjectLockConfiguration": ("put_object_lock_configuration", None, "ObjectLockConfiguration"),
    "OwnershipControls": ("put_bucket_ownership_controls", "delete_bucket_ownership_controls", "OwnershipControls"),
    "PublicAccessBlockConfiguration": (
        "put_public_access_block",
        "delete_public_access_block",
        "PublicAccessBlockConfiguration",
    ),
    "ReplicationConfiguration": ("put_bucket_replication", "delete_bucket_replication", "ReplicationConfiguration"),
    "VersioningConfiguration": ("put_bucket_versioning", None, "VersioningConfiguration"),
}

# What the others need comes first.
ORDER = [
    "OwnershipControls",
    "PublicAccessBlockConfiguration",
    "VersioningConfiguration",
    "BucketEncryption",
    "ObjectLockConfiguration",
    "LifecycleConfiguration",
    "LoggingConfiguration",
    "ReplicationConfiguration",
    "NotificationConfiguration",
    "CorsConfiguration",
]


@resource("AWS::S3::Bucket")
class Bucket(Resource):
    handled = {
        *SETTINGS,
        "AccessControl",
        "BucketName",
        "IntelligentTieringConfigurations",
        "ObjectLockEnabled",
        "Tags",
    }
    fixed = {"BucketName"}

    def create(self):
        name = self.name("BucketName", 63, lower=True)
        region = self.context.region
        # moto takes a second creation by the owner as S3 in us-east-1 does; CloudFormation does not.
        if name in [bucket["Name"] for bucket in self.call("s3", "list_buckets")["Buckets"]]:
            raise ResourceError(f"{name} already exists")
        where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        lock = self.properties.get("ObjectLockEnabled", False)
        self.send("s3", "create_bucket", {"Bucket": name, "ObjectLockEnabledForBucket": lock, **where})
        self.know(name)
        self.apply(set(self.properties), {})
        return self.id

    def know(self, name):
        region = self.context.region
        self.id = name
        self.attributes = {
            "Arn": f"arn:aws:s3:::{self.id}",
            "DomainName": f"{self.id}.s3.amazonaws.com",
            "DualStackDomainName": f"{self.id}.s3.dualstack.{region}.amazonaws.com",
            "RegionalDomainName": f"{self.id}.s3.{region}.amazonaws.com",
            "WebsiteURL": f"http://{self.id}.s3-website-{region}.amazonaws.com",
        }

    def exists(self):
        return self.id in [bucket["Name"] for bucket in self.call("s3", "list_buckets")["Buckets"]]

    def adopt(self, identifier):
        self.know(identifier["BucketName"])
        if not self.exists():
            raise ResourceError(f"Resource of type 'AWS::S3::Bucket' with identifier '{self.id}' was not found.")
        return self.id

    def restore(self, before):
        self.apply(set(self.properties) - {"ObjectLockEnabled"}, before.properties)

    def update(self, before):
        self.apply(changed_names(before.properties, self.properties), before.properties)

    def delete(self):
        self.call("s3", "delete_bucket", Bucket=self.id)

    def apply(self, changed, before):
        if "ObjectLockEnabled" in changed and before:
            raise ResourceError("The emulator cannot change ObjectLockEnabled of AWS::S3::Bucket")
        for name in ORDER:
            if name in changed:
                self.set(name)
        if "AccessControl" in changed:
            self.set_acl()
        if "IntelligentTieringConfigurations" in changed:
            self.set_tiering(before.get("IntelligentTieringConfigurations", []))
        tags = self.tags()
        if tags:
            self.call("s3", "put_bucket_tagging", Bucket=self.id, Tagging={"TagSet": tags})
        elif "Tags" in changed:
            self.call("s3", "delete_bucket_tagging", Bucket=self.id)

    def set(self, name):
        put, delete, parameter = SETTINGS[name]
        if name in self.properties:
            value = REWORDED.get(name, lambda given: given)(self.properties[name])
            self.send("s3", put, {"Bucket": self.id, parameter: value})
        elif delete:
            self.call("s3", delete, Bucket=self.id)
        elif name == "VersioningConfiguration":
            self.call("s3", put, Bucket=self.id, VersioningConfiguration={"Status": "Suspended"})
        else:
            self.call("s3", put, Bucket=self.id, **{parameter: {}})

    def set_acl(self):
        acl = re.sub(r"(?<!^)(?=[A-Z])", "-", self.properties.get("AccessControl", "Private")).lower()
        # AWS creates buckets without ACLs unless the template asks for another ownership.
        if acl != "private" and "OwnershipControls" not in self.properties:
            raise ResourceError("Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting")
        self.call("s3", "put_bucket_acl", Bucket=self.id, ACL=acl)

    def set_tiering(self, before):
        wanted = self.properties.get("IntelligentTieringConfigurations", [])
        for old in {item["Id"] for item in before} - {item["Id"] for item in wanted}:
            self.call("s3", "delete_bucket_intelligent_tiering_configuration", Bucket=self.id, Id=old)
        for item in wanted:
            self.send(
                "s3",
                "put_bucket_intelligent_tiering_configuration",
                {"Bucket": self.id, "Id": item["Id"], "IntelligentTieringConfiguration": tiering(item)},
            )


def encryption(given):
    rules = [
        {
            ("ApplyServerSideEncryptionByDefault" if key == "ServerSideEncryptionByDefault" else key): value
            for key, value in rule.items()
        }
        for rule in given["ServerSideEncryptionConfiguration"]
    ]
    return {**without(given, "ServerSideEncryptionConfiguration"), "Rules": rules}


def lifecycle(given):
    return {**without(given, "Rules"), "Rules": [lifecycle_rule(rule) for rule in given["Rules"]]}


def lifecycle_rule(given):
    rule = dict(given)
    if "Id" in rule:
        rule["ID"] = rule.pop("Id")
    expiration = {
        new: rule.pop(old)
        for old, new in (
            ("ExpirationInDays", "Days"),
            ("ExpirationDate", "Date"),
            ("ExpiredObjectDeleteMarker", "ExpiredObjectDeleteMarker"),
        )
        if old in rule
    }
    if expiration:
        rule["Expiration"] = expiration
    for one, many, reword in (
        ("Transition", "Transitions", transition),
        ("NoncurrentVersionTransition", "NoncurrentVersionTransitions", noncurrent_transition),
    ):
        found = rule.pop(many, []) + ([rule.pop(one)] if one in rule else [])
        if found:
            rule[many] = [reword(item) for item in found]
    if "NoncurrentVersionExpirationInDays" in rule:
        rule["NoncurrentVersionExpiration"] = {"NoncurrentDays": rule.pop("NoncurrentVersionExpirationInDays")}
    sizes = {name: rule.pop(name) for name in ("ObjectSizeGreaterThan", "ObjectSizeLessThan") if name in rule}
    tags = rule.pop("TagFilters", [])
    parts = {**({"Prefix": rule.pop("Prefix")} if "Prefix" in rule else {}), **sizes}
    if len(parts) + len(tags) > 1:
        rule["Filter"] = {"And": {**parts, **({"Tags": tags} if tags else {})}}
    else:
        rule["Filter"] = {"Tag": tags[0]} if tags else parts or {"Prefix": ""}
    return rule


def transition(given):
    return renamed(given, Days="TransitionInDays", Date="TransitionDate")


def noncurrent_transition(given):
    return renamed(given, NoncurrentDays="TransitionInDays")


def logging(given):
    enabled = renamed(given, TargetBucket="DestinationBucketName", TargetPrefix="LogFilePrefix")
    return {"LoggingEnabled": {"TargetPrefix": "", **enabled}}


def notification(given):
    known = {"EventBridgeConfiguration", "LambdaConfigurations", "QueueConfigurations", "TopicConfigurations"}
    for name in given:
        if name not in known:
            raise UnhandledProperty(f"NotificationConfiguration.{name} of AWS::S3::Bucket")
    value = {}
    if (
        str(
            given.get("EventBridgeConfiguration", {}).get("EventBridgeEnabled", "EventBridgeConfiguration" in given)
        ).lower()
        == "true"
    ):
        value["EventBridgeConfiguration"] = {}
    for name, arn, parameter in (
        ("LambdaConfigurations", "Function", "LambdaFunctionConfigurations"),
        ("QueueConfigurations", "Queue", "QueueConfigurations"),
        ("TopicConfigurations", "Topic", "TopicConfigurations"),
    ):
        if name in given:
            value[parameter] = [notified(item, arn) for item in given[name]]
    return value


def notified(given, arn):
    api_name = {"Function": "LambdaFunctionArn", "Queue": "QueueArn", "Topic": "TopicArn"}[arn]
    item = {api_name: given[arn], "Events": [given["Event"]]}
    rules = given.get("Filter", {}).get("S3Key", {}).get("Rules")
    return {**item, "Filter": {"Key": {"FilterRules": rules}}} if rules else item


def replication(given):
    rules = []
    for item in given["Rules"]:
        rule = {("ID" if key == "Id" else key): value for key, value in item.items()}
        if "Filter" in rule:
            rule["Filter"] = renamed(rule["Filter"], Tag="TagFilter")
            if "And" in rule["Filter"]:
                rule["Filter"]["And"] = renamed(rule["Filter"]["And"], Tags="TagFilters")
        rules.append(rule)
    return {**given, "Rules": rules}


def tiering(given):
    item = without(given, "Prefix", "TagFilters")
    tags = given.get("TagFilters", [])
    if "Prefix" in given and tags or len(tags) > 1:
        item["Filter"] = {"And": {**({"Prefix": given["Prefix"]} if "Prefix" in given else {}), "Tags": tags}}
    elif tags:
        item["Filter"] = {"Tag": tags[0]}
    elif "Prefix" in given:
        item["Filter"] = {"Prefix": given["Prefix"]}
    return item


REWORDED = {
    "BucketEncryption": encryption,
    "CorsConfiguration": lambda given: {
        "CORSRules": [
            renamed(rule, ID="Id", ExposeHeaders="ExposedHeaders", MaxAgeSeconds="MaxAge")
            for rule in given["CorsRules"]
        ]
    },
    "LifecycleConfiguration": lifecycle,
    "LoggingConfiguration": logging,
    "NotificationConfiguration": notification,
    "ReplicationConfiguration": replication,
}


def renamed(given, **names):
    """`given` with some of its members under another name: `new=old`."""
    old = {value: key for key, value in names.items()}
    return {old.get(key, key): value for key, value in given.items()}


def without(given, *names):
    return {key: value for key, value in given.items() if key not in names}


@resource("AWS::S3::BucketPolicy")
class BucketPolicy(Resource):
    handled = {"Bucket", "PolicyDocument"}
    fixed = {"Bucket"}

    def create(self):
        bucket = self.properties["Bucket"]
        if self.policy_of(bucket) is not None:
            raise ResourceError(f"The bucket policy already exists on bucket {bucket}.")
        self.put()
        return bucket

    def policy_of(self, bucket):
        try:
            return self.call("s3", "get_bucket_policy", Bucket=bucket)["Policy"]
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchBucket", "NoSuchBucketPolicy"):
                return None
            raise

    def exists(self):
        return self.policy_of(self.id) is not None

    def adopt(self, identifier):
        bucket = identifier["Bucket"]
        if self.policy_of(bucket) is None:
            raise ResourceError(f"Resource of type 'AWS::S3::BucketPolicy' with identifier '{bucket}' was not found.")
        return bucket

    def restore(self, before):
        self.put()

    def update(self, before):
        self.put()

    def put(self):
        given = {"Bucket": self.properties["Bucket"], "Policy": self.properties["PolicyDocument"]}
        self.send("s3", "put_bucket_policy", given)

    def delete(self):
        self.call("s3", "delete_bucket_policy", Bucket=self.id)
