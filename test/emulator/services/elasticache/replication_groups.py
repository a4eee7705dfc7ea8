"""Replication groups: what can be changed of one, its AUTH tokens among it.

ROTATE adds a token beside the one that is there, SET leaves the given one alone, DELETE removes all. Which tokens a group
takes is in `GET /emulator/auth-tokens?group=<id>`: no API tells.
"""

import re

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.elasticache.responses import ElastiCacheResponse

from .errors import Refused
from .users import find_group

TOKEN = re.compile(r"[A-Za-z0-9!&#$^<>-]{16,128}")

# Parameter of the request: attribute of moto's model.
CHANGES = {
    "AutoMinorVersionUpgrade": "auto_minor_version_upgrade",
    "CacheNodeType": "cache_node_type",
    "CacheParameterGroupName": "cache_parameter_group_name",
    "Engine": "engine",
    "EngineVersion": "engine_version",
    "NotificationTopicArn": "notification_topic_arn",
    "PreferredMaintenanceWindow": "preferred_maintenance_window",
    "ReplicationGroupDescription": "description",
    "SecurityGroupIds": "security_group_ids",
    "SnapshotRetentionLimit": "snapshot_retention_limit",
    "SnapshotWindow": "snapshot_window",
    "TransitEncryptionEnabled": "transit_encryption_enabled",
    "TransitEncryptionMode": "transit_encryption_mode",
}

HANDLED = {
    *CHANGES,
    "ApplyImmediately",
    "AuthToken",
    "AuthTokenUpdateStrategy",
    "AutomaticFailoverEnabled",
    "LogDeliveryConfigurations",
    "MultiAZEnabled",
    "RemoveUserGroups",
    "ReplicationGroupId",
    "UserGroupIdsToAdd",
    "UserGroupIdsToRemove",
}

moto_create = ElastiCacheResponse.create_replication_group
moto_describe = ElastiCacheResponse.describe_replication_groups
moto_delete = ElastiCacheResponse.delete_replication_group


def create(self):
    token = self._get_param("AuthToken")
    if token is not None:
        check_token(token)
        if not self._get_bool_param("TransitEncryptionEnabled"):
            raise Refused(
                "InvalidParameterValue", "The AUTH token is only supported when encryption-in-transit is enabled"
            )
    for name in self._get_params().get("UserGroupIds", []):
        user_group(self, name)
    answer = moto_create(self)
    group = find(self)
    group.auth_tokens = [token] if token else []
    return answer


def describe(self):
    named = self._get_param("ReplicationGroupId")
    groups = [find(self)] if named else list(self.elasticache_backend.replication_groups.values())
    for group in groups:
        settle(group)
    return moto_describe(self)


def settle(group):
    """The second look at a change finds it done."""
    if group.status != "modifying":
        return
    if group.seen_modifying:
        group.status, group.pending_modified_values = "available", {}
    group.seen_modifying = True


def delete(self):
    answer = moto_delete(self)
    self.elasticache_backend.replication_groups.pop(self._get_param("ReplicationGroupId"))
    return answer


def modify(self):
    given, group = self._get_params(), find(self)
    unknown = sorted(set(given) - HANDLED - {"Action", "Version"})
    if unknown:
        raise Refused(
            "InvalidParameterValue", f"The emulator does not handle {', '.join(unknown)} of ModifyReplicationGroup"
        )
    if group.status != "available":
        raise Refused(
            "InvalidReplicationGroupState", f"Replication group must be available to modify, is {group.status}"
        )
    pending = {}
    if "AuthToken" in given or "AuthTokenUpdateStrategy" in given:
        pending["AuthTokenStatus"] = change_token(group, given)
    change_user_groups(self, group, given, pending)
    for name, attribute in CHANGES.items():
        if name in given:
            setattr(group, attribute, typed(given[name], getattr(group, attribute)))
    for name, attribute in (("AutomaticFailoverEnabled", "automatic_failover"), ("MultiAZEnabled", "multi_az")):
        if name in given:
            setattr(group, attribute, "enabled" if as_bool(given[name]) else "disabled")
    if "LogDeliveryConfigurations" in given:
        configurations = given["LogDeliveryConfigurations"]
        group.log_delivery_configurations = [
            {**item, "Status": "active"} for item in configurations if as_bool(item.get("Enabled", True))
        ]
    group.status, group.pending_modified_values, group.seen_modifying = "modifying", pending, False
    return ActionResult({"ReplicationGroup": group})


def change_token(group, given):
    strategy = given.get("AuthTokenUpdateStrategy", "ROTATE")
    tokens = getattr(group, "auth_tokens", [])
    if not group.transit_encryption_enabled:
        raise Refused("InvalidParameterValue", "The AUTH token is only supported when encryption-in-transit is enabled")
    if strategy == "DELETE":
        if not group.user_group_ids and not given.get("UserGroupIdsToAdd"):
            raise Refused("InvalidParameterCombination", "The AUTH token can only be deleted together with user groups")
        group.auth_tokens = []
    else:
        if "AuthToken" not in given:
            raise Refused("InvalidParameterCombination", f"AuthTokenUpdateStrategy {strategy} needs an AuthToken")
        token = check_token(given["AuthToken"])
        if strategy == "ROTATE":
            group.auth_tokens = [*tokens, token][-2:]
        elif strategy == "SET":
            group.auth_tokens = [token]
        else:
            raise Refused(
                "InvalidParameterValue", f"AuthTokenUpdateStrategy must be SET, ROTATE or DELETE, is {strategy}"
            )
    group.auth_token_enabled = bool(group.auth_tokens)
    group.auth_token_last_modified_date = utcnow()
    return "ROTATING" if strategy == "ROTATE" else "SETTING"


def change_user_groups(self, group, given, pending):
    added, removed = given.get("UserGroupIdsToAdd", []), given.get("UserGroupIdsToRemove", [])
    if as_bool(given.get("RemoveUserGroups", False)):
        removed = list(group.user_group_ids)
    for name in added:
        user_group(self, name)
    if added or removed:
        kept = [name for name in group.user_group_ids if name not in removed]
        group.user_group_ids = kept + [name for name in added if name not in kept]
        pending["UserGroups"] = {"UserGroupIdsToAdd": added, "UserGroupIdsToRemove": removed}


def user_group(self, name):
    return find_group(self.elasticache_backend, name)


def find(self):
    return self.elasticache_backend.describe_replication_groups(self._get_param("ReplicationGroupId"))[0]


def check_token(token):
    if not TOKEN.fullmatch(token):
        # Never the token itself: errors are logged.
        raise Refused(
            "InvalidParameterValue",
            "Invalid AuthToken: 16 to 128 printable characters, of the special ones only !, &, #, $, ^, <, > and -",
        )
    return token


def typed(value, old):
    if isinstance(old, bool):
        return as_bool(value)
    return int(value) if isinstance(old, int) else value


def as_bool(value):
    return str(value).lower() == "true"


OPERATIONS = {
    "create_replication_group": create,
    "describe_replication_groups": describe,
    "delete_replication_group": delete,
    "modify_replication_group": modify,
}
