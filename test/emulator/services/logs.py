"""CloudWatch Logs: the key of a log group that exists."""

from moto.logs.exceptions import ResourceNotFoundException
from moto.logs.responses import LogsResponse


def install():
    LogsResponse.associate_kms_key = lambda self: set_key(self, self._get_param("kmsKeyId"))
    LogsResponse.disassociate_kms_key = lambda self: set_key(self, None)


def set_key(response, key):
    groups = response.logs_backend.groups
    name = response._get_param("logGroupName")
    if name not in groups:
        raise ResourceNotFoundException()
    groups[name].kms_key_id = key
    return ""
