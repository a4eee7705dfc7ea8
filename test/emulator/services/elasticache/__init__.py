"""ElastiCache: groups of parameters and of users, changes of users and replication groups, and the clusters of a group.

A change takes effect when it is next described: the answer to the change and the first description show it as pending
(`modifying`, PendingModifiedValues), the second one does not. Meanwhile further changes are refused, as on AWS.
"""

from moto.elasticache.responses import ElastiCacheResponse

from . import clusters, parameter_groups, replication_groups, serverless, subnet_groups, users


def install():
    for module in (clusters, parameter_groups, replication_groups, serverless, subnet_groups, users):
        for name, operation in module.OPERATIONS.items():
            setattr(ElastiCacheResponse, name, operation)
