"""IAM: the policies that AWS itself manages, each from its first use on. moto would load all of them for each account."""

import functools
import json

from moto.iam import models
from moto.iam.aws_managed_policies import aws_managed_policies_data

PREFIX = "arn:aws:iam::aws:policy/"


def install():
    for name in ("attach_group_policy", "attach_role_policy", "attach_user_policy", "get_policy"):
        setattr(models.IAMBackend, name, knowing(getattr(models.IAMBackend, name)))


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
