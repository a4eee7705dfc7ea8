"""Calls of AWS APIs inside of the emulator, as CloudFormation makes them for a stack.

They go through botocore, so that what a template says is held against the API's own description, and straight into moto's
backends, so that what a stack makes is what a client makes. Policies are not enforced on them.
"""

import functools
import json

import botocore.session
from botocore.config import Config
from botocore.credentials import Credentials
from moto.core.authorization import disable_iam_authentication
from moto.core.botocore_stubber import BotocoreStubber

from .errors import UnhandledProperty

SESSION = botocore.session.Session()
CREDENTIALS = Credentials("testing", "testing")

# Before the first call of a service, what the emulator changes about it must be there: see emulator.py.
prepare = None


@functools.cache
def client(service, account, region):
    if prepare:
        prepare(service)
    made = SESSION.create_client(
        service,
        region_name=region,
        endpoint_url=None,
        aws_access_key_id=CREDENTIALS.access_key,
        aws_secret_access_key=CREDENTIALS.secret_key,
        config=Config(
            retries={"max_attempts": 0}, s3={"addressing_style": "path"}, ignore_configured_endpoint_urls=True
        ),
    )
    stubber = BotocoreStubber()

    def answer(request, **_):
        request.headers["x-moto-account-id"] = account
        stubber.enabled = True
        return stubber("before-send", request)

    made.meta.events.register("before-send", answer)
    return made


def call(service, account, region, operation, parameters):
    """One call; a refusal is botocore's ClientError."""
    with disable_iam_authentication():
        return getattr(client(service, account, region), operation)(**parameters)


def convert(service, account, region, operation, properties):
    """Properties of a template in the form that an operation takes them: its spelling, types and maps.

    :raises UnhandledProperty: when the operation has no such parameter, at whatever depth
    """
    made = client(service, account, region)
    shape = made.meta.service_model.operation_model(made.meta.method_to_api_mapping[operation]).input_shape
    return convert_structure(properties, shape, "")


def convert_value(value, shape, path):
    kind = shape.type_name
    if kind == "structure":
        return convert_structure(value, shape, path)
    if kind == "list":
        items = value if isinstance(value, list) else [value]
        return [convert_value(item, shape.member, f"{path}[{index}]") for index, item in enumerate(items)]
    if kind == "map":
        # Templates list tags where some APIs take a map.
        if isinstance(value, list):
            value = {item["Key"]: item["Value"] for item in value}
        return {key: convert_value(item, shape.value, f"{path}.{key}") for key, item in value.items()}
    if kind == "boolean":
        return value if isinstance(value, bool) else str(value).lower() == "true"
    if kind in ("integer", "long"):
        return int(value)
    if kind in ("float", "double"):
        return float(value)
    if kind == "string":
        if isinstance(value, (dict, list)):
            return json.dumps(value)
        return ("true" if value else "false") if isinstance(value, bool) else str(value)
    return value


def convert_structure(value, shape, path):
    if not isinstance(value, dict):
        raise UnhandledProperty(f"{path} with the value {value!r}")
    spelled = {name.lower(): name for name in shape.members}
    converted = {}
    for key, item in value.items():
        name = spelled.get(key.lower())
        inner = f"{path}.{key}" if path else key
        if name is None:
            raise UnhandledProperty(inner)
        converted[name] = convert_value(item, shape.members[name], inner)
    return converted
