"""IAM: patterns in policies match as AWS says, and the policies that AWS itself manages are there from their first use on.

moto hands patterns to a regular expression as they are, but for `*`, and fails on `arn:…:secret:name-??????`; and it
would load all policies of AWS for each account.
"""

import functools
import json
import re
from datetime import datetime

from moto.iam import access_control, models
from moto.iam.aws_managed_policies import aws_managed_policies_data

PREFIX = "arn:aws:iam::aws:policy/"


def install():
    models.IAMBackend._init_aws_policies = init_aws_policies
    access_control.IAMPolicyStatement._match = staticmethod(match)
    for name in ("attach_group_policy", "attach_role_policy", "attach_user_policy", "get_policy"):
        setattr(models.IAMBackend, name, knowing(getattr(models.IAMBackend, name)))


def match(pattern, string):
    """`*` is any characters, `?` one, everything else itself."""
    return compiled(pattern).fullmatch(string)


@functools.cache
def compiled(pattern):
    wild = {"*": ".*", "?": "."}
    return re.compile("".join(wild.get(char) or re.escape(char) for char in pattern), re.DOTALL)


def knowing(method):
    @functools.wraps(method)
    def wrapped(self, policy_arn, *args, **kwargs):
        if policy_arn.startswith(PREFIX) and policy_arn not in self.managed_policies:
            name = policy_arn.split("/")[-1]
            if name in aws_policies():
                policy = make(name, self)
                self.managed_policies[policy.arn] = policy
        return method(self, policy_arn, *args, **kwargs)

    return wrapped


def init_aws_policies(self):
    """moto writes all documents anew for each account."""
    if not models.load_iam_aws_managed_policies():
        return []
    return [make(name, self) for name in aws_policies()]


def make(name, backend):
    place = {"account_id": backend.account_id, "region": backend.region_name}
    return models.AWSManagedPolicy(name, **place, **aws_policies()[name])


@functools.cache
def aws_policies():
    return {
        name: {
            "default_version_id": data.get("DefaultVersionId"),
            "path": data.get("Path"),
            "document": json.dumps(data.get("Document")),
            "create_date": datetime.fromisoformat(data["CreateDate"]),
            "update_date": datetime.fromisoformat(data["UpdateDate"]),
        }
        for name, data in json.loads(aws_managed_policies_data).items()
    }
