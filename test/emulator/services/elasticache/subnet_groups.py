"""Subnet groups can be changed and deleted."""

from moto.core.responses import ActionResult, EmptyResult
from moto.elasticache.models import CacheSubnetGroup

from .errors import Refused


def find(self):
    return self.elasticache_backend.describe_cache_subnet_groups(self._get_param("CacheSubnetGroupName"))[0]


def modify(self):
    old, given = find(self), self._get_params()
    group = CacheSubnetGroup(
        self.current_account,
        self.region,
        old.cache_subnet_group_name,
        given.get("CacheSubnetGroupDescription", old.cache_subnet_group_description),
        given.get("SubnetIds") or old.subnet_ids,
        old.tags,
    )
    self.elasticache_backend.cache_subnet_groups[old.cache_subnet_group_name] = group
    return ActionResult({"CacheSubnetGroup": group})


def delete(self):
    backend, name = self.elasticache_backend, find(self).cache_subnet_group_name
    if any(group.cache_subnet_group_name == name for group in backend.replication_groups.values()):
        raise Refused("CacheSubnetGroupInUse", f"Cache subnet group {name} is currently in use by a cache cluster.")
    del backend.cache_subnet_groups[name]
    return EmptyResult()


OPERATIONS = {"modify_cache_subnet_group": modify, "delete_cache_subnet_group": delete}
