"""The cache clusters of a replication group. Only they show its engine version, its subnets and its security groups."""

from moto.core.responses import ActionResult
from moto.elasticache.responses import ElastiCacheResponse

moto_describe = ElastiCacheResponse.describe_cache_clusters


def describe(self):
    name = self._get_param("CacheClusterId")
    members = [
        member(group, cluster)
        for group in self.elasticache_backend.replication_groups.values()
        for cluster in group.member_clusters
        if name in (None, cluster)
    ]
    if name and not members:
        return moto_describe(self)
    alone = [] if name else list(self.elasticache_backend.cache_clusters.values())
    return ActionResult({"CacheClusters": [*members, *alone]})


def member(group, name):
    return {
        "CacheClusterId": name,
        "CacheClusterStatus": "available",
        "CacheNodeType": group.cache_node_type,
        "Engine": group.engine,
        "EngineVersion": group.engine_version,
        "NumCacheNodes": 1,
        "ReplicationGroupId": group.replication_group_id,
        "CacheSubnetGroupName": group.cache_subnet_group_name,
        "CacheParameterGroup": {
            "CacheParameterGroupName": group.cache_parameter_group_name,
            "ParameterApplyStatus": "in-sync",
        },
        "SecurityGroups": [{"SecurityGroupId": item, "Status": "active"} for item in group.security_group_ids or []],
        "PreferredMaintenanceWindow": group.preferred_maintenance_window,
        "SnapshotRetentionLimit": group.snapshot_retention_limit,
        "SnapshotWindow": group.snapshot_window,
        "AutoMinorVersionUpgrade": group.auto_minor_version_upgrade,
        "AuthTokenEnabled": group.auth_token_enabled,
        "TransitEncryptionEnabled": group.transit_encryption_enabled,
        "TransitEncryptionMode": group.transit_encryption_mode,
        "AtRestEncryptionEnabled": group.at_rest_encryption_enabled,
        "ARN": group.arn.replace(":replicationgroup:", ":cluster:").replace(group.replication_group_id, name),
    }


OPERATIONS = {"describe_cache_clusters": describe}
