"""AWS::Backup::*"""

from stacks.resource import Resource, resource


@resource("AWS::Backup::BackupVault")
class BackupVault(Resource):
    handled = {"BackupVaultName", "BackupVaultTags", "EncryptionKeyArn"}
    fixed = {"BackupVaultName", "EncryptionKeyArn"}

    def create(self):
        name = self.properties["BackupVaultName"]
        tags = {**self.context.tags, **self.properties.get("BackupVaultTags", {})}
        given = {"BackupVaultName": name, **self.pick("EncryptionKeyArn"), "BackupVaultTags": tags}
        self.attributes = {
            "BackupVaultArn": self.send("backup", "create_backup_vault", given)["BackupVaultArn"],
            "BackupVaultName": name,
        }
        return name

    def update(self, before):
        tags = {**self.context.tags, **self.properties.get("BackupVaultTags", {})}
        self.call("backup", "tag_resource", ResourceArn=self.attributes["BackupVaultArn"], Tags=tags)

    def delete(self):
        self.call("backup", "delete_backup_vault", BackupVaultName=self.id)


@resource("AWS::Backup::BackupPlan")
class BackupPlan(Resource):
    handled = {"BackupPlan", "BackupPlanTags"}
    fixed = handled

    def create(self):
        plan = dict(self.properties["BackupPlan"])
        rules = [
            {{"TargetBackupVault": "TargetBackupVaultName"}.get(name, name): value for name, value in rule.items()}
            for rule in plan.pop("BackupPlanRule")
        ]
        tags = {**self.context.tags, **self.properties.get("BackupPlanTags", {})}
        made = self.send(
            "backup", "create_backup_plan", {"BackupPlan": {**plan, "Rules": rules}, "BackupPlanTags": tags}
        )
        self.attributes = {
            "BackupPlanArn": made["BackupPlanArn"],
            "BackupPlanId": made["BackupPlanId"],
            "VersionId": made["VersionId"],
        }
        return made["BackupPlanId"]

    def delete(self):
        self.call("backup", "delete_backup_plan", BackupPlanId=self.id)
