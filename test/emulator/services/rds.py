"""RDS: what moto does not keep of clusters and of their instances, and what it keeps after a cluster is gone."""

from moto.rds import models

CLUSTER = {
    "auto_minor_version_upgrade",
    "database_insights_mode",
    "engine_lifecycle_support",
    "monitoring_interval",
    "monitoring_role_arn",
    "performance_insights_enabled",
    "performance_insights_kms_key_id",
    "performance_insights_retention_period",
}

INSTANCE = {
    "auto_minor_version_upgrade",
    "ca_certificate_identifier",
    "database_insights_mode",
    "monitoring_interval",
    "monitoring_role_arn",
    "performance_insights_kms_key_id",
    "performance_insights_retention_period",
    "promotion_tier",
    "publicly_accessible",
}


def install():
    backend = models.RDSBackend
    create_cluster, modify_cluster = backend.create_db_cluster, backend.modify_db_cluster
    delete_cluster = backend.delete_db_cluster
    create_instance, modify_instance = backend.create_db_instance, backend.modify_db_instance

    def create_db_cluster(self, kwargs):
        return remember(create_cluster(self, kwargs), kwargs, CLUSTER, "enable_performance_insights")

    def modify_db_cluster(self, kwargs):
        given = dict(kwargs)
        modify_cluster(self, kwargs)
        name = given.get("new_db_cluster_identifier") or given["db_cluster_identifier"]
        return remember(self.clusters[name], given, CLUSTER, "enable_performance_insights")

    def delete_db_cluster(self, cluster_identifier, snapshot_name=None):
        deleted = delete_cluster(self, cluster_identifier, snapshot_name)
        # Automated snapshots go with the cluster; those that somebody took stay.
        for name, snapshot in list(self.cluster_snapshots.items()):
            owner = snapshot.cluster.db_cluster_identifier
            if owner == cluster_identifier and snapshot.snapshot_type == "automated":
                del self.cluster_snapshots[name]
        return deleted

    def create_db_instance(self, db_kwargs):
        made = create_instance(self, db_kwargs)
        if isinstance(made, models.DBInstanceClustered):
            # An instance lies in the subnets of its cluster.
            made.db_subnet_group = self.subnet_groups.get(made.cluster.db_subnet_group_name)
        return remember(made, db_kwargs, INSTANCE, "enable_performance_insights")

    def modify_db_instance(self, db_instance_identifier, db_kwargs):
        given = dict(db_kwargs)
        return remember(
            modify_instance(self, db_instance_identifier, db_kwargs), given, INSTANCE, "enable_performance_insights"
        )

    backend.create_db_cluster, backend.modify_db_cluster = create_db_cluster, modify_db_cluster
    backend.delete_db_cluster = delete_db_cluster
    backend.create_db_instance, backend.modify_db_instance = create_db_instance, modify_db_instance


def remember(model, given, names, insights):
    for name in names:
        if given.get(name) is not None:
            setattr(model, name, given[name])
    if given.get(insights) is not None:
        model.performance_insights_enabled = given[insights]
    return model
