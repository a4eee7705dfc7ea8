"""IAM: patterns in policies match as AWS says, and the policies that AWS itself manages are there from their first use on.

moto hands patterns to a regular expression as they are, but for `*`, and fails on `arn:…:secret:name-??????`; and it
would load all policies of AWS for each account.
"""

import functools
import json
import re

from moto.iam import access_control, models
from moto.iam.aws_managed_policies import aws_managed_policies_data

PREFIX = "arn:aws:iam::aws:policy/"


def install():
    access_control.IAMPolicyStatement._match = staticmethod(match)
    for name in ("attach_group_policy", "attach_role_policy", "attach_user_policy", "get_policy"):
        setattr(models.IAMBackend, name, knowing(getattr(models.IAMBackend, name)))


def match(pattern, string):
    """`*` is any characters, `?` one, everything else itself."""
    wild = {"*": ".*", "?": "."}
    return re.fullmatch("".join(wild.get(char) or re.escape(char) for char in pattern), string, re.DOTALL)


def knowing(method):
    @functools.wraps(method)
    def wrapped(self, policy_arn, *args, **kwargs):
        if policy_arn.startswith(PREFIX) and policy_arn not in self.managed_policies:
            name = policy_arn.split("/")[-1]
            if name in aws_policies():
                policy = models.AWSManagedPolicy.from_data(name, self.account_id, self.region_name, aws_policies()[name])
                self.managed_policies[policy.arn] = policy
        return method(self, policy_arn, *args, **kwargs)

    return wrapped


@functools.cache
def aws_policies():
    return json.loads(aws_managed_policies_data)
