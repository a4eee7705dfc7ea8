"""Users that can be changed, and groups of users."""

from moto.core.responses import ActionResult
from moto.elasticache.models import User
from moto.elasticache.responses import ElastiCacheResponse

from .errors import Refused

moto_delete_user = ElastiCacheResponse.delete_user
moto_describe_users = ElastiCacheResponse.describe_users


def user_groups(backend):
    return vars(backend).setdefault("user_groups", {})


def find_user(backend, name) -> User:
    if name not in backend.users:
        raise Refused("UserNotFound", f"User {name} not found.")
    return backend.users[name]


def find_group(backend, name):
    if name not in user_groups(backend):
        raise Refused("UserGroupNotFound", f"User group {name} not found.")
    return user_groups(backend)[name]


def modify_user(self):
    given, user = self._get_params(), find_user(self.elasticache_backend, self._get_param("UserId"))
    if user.status != "active":
        raise Refused("InvalidUserState", f"User {user.id} must be active to modify, is {user.status}")
    mode = given.get("AuthenticationMode", {})
    passwords = given.get("Passwords") or mode.get("Passwords")
    if passwords:
        set_passwords(user, passwords)
    if str(given.get("NoPasswordRequired", "")).lower() == "true" or mode.get("Type") == "no-password-required":
        user.passwords, user.no_password_required, user.authentication_type = [], True, "no-password"
    if mode.get("Type") == "iam":
        user.passwords, user.no_password_required, user.authentication_type = [], False, "iam"
    if "AccessString" in given:
        user.access_string = given["AccessString"]
    if "AppendAccessString" in given:
        user.access_string = f"{user.access_string} {given['AppendAccessString']}"
    if "Engine" in given:
        user.engine = given["Engine"].lower()
    user.status, user.seen_modifying = "modifying", False
    return ActionResult(user)


def set_passwords(user, passwords):
    if len(passwords) > 2:
        raise Refused("InvalidParameterValue", "A user can have no more than two passwords.")
    if any(not 16 <= len(password) <= 128 for password in passwords):
        raise Refused("InvalidParameterValue", "Passwords length must be between 16-128 characters.")
    user.passwords, user.no_password_required, user.authentication_type = list(passwords), False, "password"


def describe_users(self):
    for user in self.elasticache_backend.users.values():
        if user.status == "modifying":
            if user.seen_modifying:
                user.status = "active"
            user.seen_modifying = True
    return moto_describe_users(self)


def delete_user(self):
    user = find_user(self.elasticache_backend, self._get_param("UserId"))
    answer = moto_delete_user(self)
    for name in user.user_group_ids:
        user_groups(self.elasticache_backend)[name]["UserIds"].remove(user.id)
    del self.elasticache_backend.users[user.id]
    return answer


def create_user_group(self):
    backend, given = self.elasticache_backend, self._get_params()
    name, engine = given["UserGroupId"], given.get("Engine", "redis").lower()
    if name in user_groups(backend):
        raise Refused("UserGroupAlreadyExists", f"User group {name} already exists.")
    users = [find_user(backend, user) for user in given.get("UserIds", [])]
    if engine == "redis" and "default" not in [user.name for user in users]:
        raise Refused("DefaultUserRequired", "User group needs to contain a user with the user name default.")
    group = {
        "UserGroupId": name,
        "Status": "active",
        "Engine": engine,
        "UserIds": [],
        "MinimumEngineVersion": "7.2" if engine == "valkey" else "6.0",
        "ARN": f"arn:aws:elasticache:{self.region}:{self.current_account}:usergroup:{name}",
    }
    user_groups(backend)[name] = group
    join(group, users)
    backend.tagging_service.tag_resource(group["ARN"], given.get("Tags", []))
    return ActionResult(shown(backend, group))


def join(group, users):
    names = [user.name for user in users]
    if len(set(names)) < len(names):
        raise Refused("DuplicateUserName", "A user group cannot hold two users of one name.")
    for user in users:
        group["UserIds"].append(user.id)
        user.user_group_ids.append(group["UserGroupId"])


def modify_user_group(self):
    backend, given = self.elasticache_backend, self._get_params()
    group = find_group(backend, given["UserGroupId"])
    for name in given.get("UserIdsToRemove", []):
        if name not in group["UserIds"]:
            raise Refused("UserNotFound", f"User {name} not found.")
        group["UserIds"].remove(name)
        find_user(backend, name).user_group_ids.remove(group["UserGroupId"])
    joining = [find_user(backend, name) for name in given.get("UserIdsToAdd", [])]
    names = {find_user(backend, name).name for name in group["UserIds"]}
    if names & {user.name for user in joining}:
        raise Refused("DuplicateUserName", "A user group cannot hold two users of one name.")
    join(group, joining)
    if "Engine" in given:
        group["Engine"] = given["Engine"].lower()
    return ActionResult(shown(backend, group))


def describe_user_groups(self):
    backend, name = self.elasticache_backend, self._get_param("UserGroupId")
    found = [find_group(backend, name)] if name else list(user_groups(backend).values())
    return ActionResult({"UserGroups": [shown(backend, group) for group in found]})


def delete_user_group(self):
    backend = self.elasticache_backend
    group = find_group(backend, self._get_param("UserGroupId"))
    if shown(backend, group)["ReplicationGroups"]:
        raise Refused("InvalidUserGroupState", f"User group {group['UserGroupId']} is in use by a replication group.")
    del user_groups(backend)[group["UserGroupId"]]
    for name in group["UserIds"]:
        find_user(backend, name).user_group_ids.remove(group["UserGroupId"])
    return ActionResult({**group, "Status": "deleting"})


def shown(backend, group):
    using = [
        item.replication_group_id
        for item in backend.replication_groups.values()
        if group["UserGroupId"] in item.user_group_ids
    ]
    return {**group, "ReplicationGroups": using}


OPERATIONS = {
    "modify_user": modify_user,
    "describe_users": describe_users,
    "delete_user": delete_user,
    "create_user_group": create_user_group,
    "modify_user_group": modify_user_group,
    "describe_user_groups": describe_user_groups,
    "delete_user_group": delete_user_group,
}
