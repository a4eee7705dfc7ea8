"""Cloud Control, which moto does not have: what it lists and gets of the clusters of MemoryDB, from moto's own.

Other types of MemoryDB are known and there are none; whatever else is asked for is refused by its name.
"""

import json
import re

PREFIX = "CloudApiService."


class CloudControl:
    """Answers what is asked of Cloud Control, and hands on the rest."""

    def __init__(self, application):
        self.application = application

    def __call__(self, environ, start_response):
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        if not target.startswith(PREFIX):
            return self.application(environ, start_response)
        given = json.loads(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)) or b"{}")
        try:
            answer, status = carry_out(target.removeprefix(PREFIX), given, resources(environ)), "200 OK"
        except Refused as refused:
            answer, status = {"__type": refused.code, "message": refused.message}, "400 Bad Request"
        body = json.dumps(answer).encode()
        headers = [
            ("Content-Type", "application/x-amz-json-1.0"),
            ("Content-Length", str(len(body))),
            ("x-amzn-requestid", "of-the-emulator"),
        ]
        start_response(status, headers)
        return [body]


class Refused(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code, self.message = code, message


def carry_out(operation, given, of_types):
    kind = given["TypeName"]
    if kind not in of_types:
        raise Refused("TypeNotFoundException", f"The emulator knows no {kind}.")
    of_type = of_types[kind]()
    if operation == "ListResources":
        # As on AWS, a list need not have all properties.
        found = [{"Identifier": name, "Properties": "{}"} for name in of_type]
        return {"TypeName": kind, "ResourceDescriptions": found}
    if operation != "GetResource":
        raise Refused("UnsupportedActionException", f"The emulator does not {operation}.")
    name = given["Identifier"]
    if name not in of_type:
        raise Refused("ResourceNotFoundException", f"There is no {kind} {name}.")
    description = {"Identifier": name, "Properties": json.dumps(of_type[name])}
    return {"TypeName": kind, "ResourceDescription": description}


def resources(environ):
    """By type, what gives the properties of each resource by its name."""
    return {
        "AWS::MemoryDB::Cluster": lambda: clusters(environ),
        "AWS::MemoryDB::ACL": dict,
        "AWS::MemoryDB::User": dict,
    }


def clusters(environ):
    from moto.iam.models import get_account_id_from
    from moto.memorydb.models import memorydb_backends

    key, region = re.search(r"Credential=([^/]+)/\d+/([^/]+)/", environ["HTTP_AUTHORIZATION"]).groups()
    backend = memorydb_backends[get_account_id_from(key)][region]
    return {name: properties(cluster) for name, cluster in backend.clusters.items()}


def properties(cluster):
    return {
        "ClusterName": cluster.cluster_name,
        "ARN": cluster.arn,
        "ACLName": cluster.acl_name,
        "TLSEnabled": cluster.tls_enabled,
        "NumReplicasPerShard": cluster.num_replicas_per_shard,
        "SnapshotRetentionLimit": cluster.snapshot_retention_limit,
        "SnapshotWindow": cluster.snapshot_window,
        "AutoMinorVersionUpgrade": cluster.auto_minor_version_upgrade,
        "SubnetGroupName": cluster.subnet_group_name,
        **({"KmsKeyId": cluster.kms_key_id} if cluster.kms_key_id else {}),
    }
