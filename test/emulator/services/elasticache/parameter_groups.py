"""Groups of parameters: moto has none."""

from moto.core.responses import ActionResult, EmptyResult

from .errors import Refused


def groups(backend):
    return vars(backend).setdefault("parameter_groups", {})


def find(self):
    name = self._get_param("CacheParameterGroupName")
    found = groups(self.elasticache_backend).get(name)
    if found is None:
        raise Refused("CacheParameterGroupNotFound", f"CacheParameterGroup {name} not found.")
    return found


def create(self):
    backend, name = self.elasticache_backend, self._get_param("CacheParameterGroupName")
    if name in groups(backend):
        raise Refused("CacheParameterGroupAlreadyExists", f"CacheParameterGroup {name} already exists.")
    group = {
        "CacheParameterGroupName": name,
        "CacheParameterGroupFamily": self._get_param("CacheParameterGroupFamily"),
        "Description": self._get_param("Description"),
        "IsGlobal": False,
        "ARN": f"arn:aws:elasticache:{self.region}:{self.current_account}:parametergroup:{name}",
        "parameters": {},
    }
    groups(backend)[name] = group
    backend.tagging_service.tag_resource(group["ARN"], self._get_params().get("Tags", []))
    return ActionResult({"CacheParameterGroup": group})


def modify(self):
    group = find(self)
    for item in self._get_params()["ParameterNameValues"]:
        group["parameters"][item["ParameterName"]] = item["ParameterValue"]
    return ActionResult({"CacheParameterGroupName": group["CacheParameterGroupName"]})


def describe(self):
    named = self._get_param("CacheParameterGroupName")
    found = [find(self)] if named else list(groups(self.elasticache_backend).values())
    return ActionResult({"CacheParameterGroups": found})


def describe_parameters(self):
    group = find(self)
    parameters = [
        {"ParameterName": name, "ParameterValue": value, "Source": "user"}
        for name, value in group["parameters"].items()
    ]
    return ActionResult({"Parameters": parameters})


def delete(self):
    del groups(self.elasticache_backend)[find(self)["CacheParameterGroupName"]]
    return EmptyResult()


OPERATIONS = {
    "create_cache_parameter_group": create,
    "modify_cache_parameter_group": modify,
    "describe_cache_parameter_groups": describe,
    "describe_cache_parameters": describe_parameters,
    "delete_cache_parameter_group": delete,
}
