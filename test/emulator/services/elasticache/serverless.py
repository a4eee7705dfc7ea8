"""Serverless caches: made, described and deleted."""

from moto.core.responses import ActionResult

from .errors import Refused


def caches(backend):
    return vars(backend).setdefault("serverless_caches", {})


def create_serverless_cache(self):
    given, backend = self._get_params(), self.elasticache_backend
    name = given["ServerlessCacheName"]
    if name in caches(backend):
        raise Refused("ServerlessCacheAlreadyExistsFault", f"{name} already exists.")
    kept = ("Engine", "MajorEngineVersion", "KmsKeyId", "UserGroupId", "SubnetIds", "DailySnapshotTime")
    caches(backend)[name] = {
        "ServerlessCacheName": name,
        "Status": "available",
        "ARN": f"arn:aws:elasticache:{backend.region_name}:{backend.account_id}:serverlesscache:{name}",
        "SnapshotRetentionLimit": int(given.get("SnapshotRetentionLimit", 0)),
        **{key: given[key] for key in kept if key in given},
    }
    return ActionResult({"ServerlessCache": caches(backend)[name]})


def describe_serverless_caches(self):
    return ActionResult({"ServerlessCaches": list(caches(self.elasticache_backend).values())})


def delete_serverless_cache(self):
    name = self._get_param("ServerlessCacheName")
    cache = caches(self.elasticache_backend).pop(name, None)
    if cache is None:
        raise Refused("ServerlessCacheNotFoundFault", f"{name} does not exist.")
    return ActionResult({"ServerlessCache": {**cache, "Status": "deleting"}})


OPERATIONS = {
    "create_serverless_cache": create_serverless_cache,
    "describe_serverless_caches": describe_serverless_caches,
    "delete_serverless_cache": delete_serverless_cache,
}
