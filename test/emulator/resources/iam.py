"""AWS::IAM::*"""

import json

from stacks.resource import Resource, changed_names, removed_tags, resource


@resource("AWS::IAM::Role")
class Role(Resource):
    handled = {
        "AssumeRolePolicyDocument",
        "Description",
        "ManagedPolicyArns",
        "MaxSessionDuration",
        "Path",
        "PermissionsBoundary",
        "Policies",
        "RoleName",
        "Tags",
    }
    fixed = {"Path", "RoleName"}

    def create(self):
        self.id = self.name("RoleName", 64)
        given = self.without("ManagedPolicyArns", "Policies", "RoleName", "Tags")
        role = self.send("iam", "create_role", {**given, "RoleName": self.id, "Tags": self.tags()})["Role"]
        self.attributes = {"Arn": role["Arn"], "RoleId": role["RoleId"]}
        self.set_policies(set(), set())
        return self.id

    def update(self, before):
        changed = changed_names(before.properties, self.properties)
        if "AssumeRolePolicyDocument" in changed:
            document = self.properties["AssumeRolePolicyDocument"]
            self.send("iam", "update_assume_role_policy", {"RoleName": self.id, "PolicyDocument": document})
        if changed & {"Description", "MaxSessionDuration"}:
            self.send("iam", "update_role", {"RoleName": self.id, **self.pick("Description", "MaxSessionDuration")})
        if "PermissionsBoundary" in changed:
            self.set_boundary()
        old_arns = set(before.properties.get("ManagedPolicyArns", []))
        old_names = {policy["PolicyName"] for policy in before.properties.get("Policies", [])}
        self.set_policies(old_arns, old_names)
        if removed_tags(before, self):
            self.call("iam", "untag_role", RoleName=self.id, TagKeys=removed_tags(before, self))
        if self.tags():
            self.call("iam", "tag_role", RoleName=self.id, Tags=self.tags())

    def set_boundary(self):
        if "PermissionsBoundary" in self.properties:
            boundary = self.properties["PermissionsBoundary"]
            self.call("iam", "put_role_permissions_boundary", RoleName=self.id, PermissionsBoundary=boundary)
        else:
            self.call("iam", "delete_role_permissions_boundary", RoleName=self.id)

    def set_policies(self, old_arns, old_names):
        arns = set(self.properties.get("ManagedPolicyArns", []))
        for arn in sorted(old_arns - arns):
            self.call("iam", "detach_role_policy", RoleName=self.id, PolicyArn=arn)
        for arn in sorted(arns - old_arns):
            self.call("iam", "attach_role_policy", RoleName=self.id, PolicyArn=arn)
        policies = self.properties.get("Policies", [])
        for name in sorted(old_names - {policy["PolicyName"] for policy in policies}):
            self.call("iam", "delete_role_policy", RoleName=self.id, PolicyName=name)
        for policy in policies:
            self.send("iam", "put_role_policy", {"RoleName": self.id, **policy})

    def delete(self):
        # As far as it was made: it may be the roll back of half a role.
        inline = self.call("iam", "list_role_policies", RoleName=self.id)["PolicyNames"]
        for name in {policy["PolicyName"] for policy in self.properties.get("Policies", [])} & set(inline):
            self.call("iam", "delete_role_policy", RoleName=self.id, PolicyName=name)
        attached = self.call("iam", "list_attached_role_policies", RoleName=self.id)["AttachedPolicies"]
        for arn in set(self.properties.get("ManagedPolicyArns", [])) & {policy["PolicyArn"] for policy in attached}:
            self.call("iam", "detach_role_policy", RoleName=self.id, PolicyArn=arn)
        self.call("iam", "delete_role", RoleName=self.id)


@resource("AWS::IAM::RolePolicy")
class RolePolicy(Resource):
    handled = {"PolicyDocument", "PolicyName", "RoleName"}
    fixed = {"PolicyName", "RoleName"}

    def create(self):
        self.send("iam", "put_role_policy", self.properties)
        return f"{self.properties['PolicyName']}|{self.properties['RoleName']}"

    def update(self, before):
        self.send("iam", "put_role_policy", self.properties)

    def delete(self):
        self.call("iam", "delete_role_policy", **self.pick("PolicyName", "RoleName"))


class Attachments(Resource):
    """A policy and whom it is attached to."""

    def holders(self):
        return {
            (kind, name)
            for kind, members in (("group", "Groups"), ("role", "Roles"), ("user", "Users"))
            for name in self.properties.get(members, [])
        }


@resource("AWS::IAM::Policy")
class InlinePolicy(Attachments):
    handled = {"Groups", "PolicyDocument", "PolicyName", "Roles", "Users"}
    fixed = {"PolicyName"}

    def create(self):
        for kind, name in sorted(self.holders()):
            self.put(kind, name)
        return self.name("", 64)

    def put(self, kind, name):
        given = {f"{kind.title()}Name": name, **self.pick("PolicyDocument", "PolicyName")}
        self.send("iam", f"put_{kind}_policy", given)

    def remove(self, kind, name):
        self.call(
            "iam", f"delete_{kind}_policy", PolicyName=self.properties["PolicyName"], **{f"{kind.title()}Name": name}
        )

    def update(self, before):
        for kind, name in sorted(before.holders() - self.holders()):
            before.remove(kind, name)
        for kind, name in sorted(self.holders()):
            self.put(kind, name)

    def delete(self):
        for kind, name in sorted(self.holders()):
            self.remove(kind, name)


@resource("AWS::IAM::ManagedPolicy")
class ManagedPolicy(Attachments):
    handled = {"Description", "Groups", "ManagedPolicyName", "Path", "PolicyDocument", "Roles", "Users"}
    fixed = {"Description", "ManagedPolicyName", "Path"}

    def create(self):
        given = {
            "PolicyName": self.name("ManagedPolicyName", 128),
            **self.pick("Description", "Path", "PolicyDocument"),
        }
        self.id = self.send("iam", "create_policy", given)["Policy"]["Arn"]
        self.attributes = {"PolicyArn": self.id}
        self.attach(self.holders())
        return self.id

    def attach(self, holders, operation="attach"):
        for kind, name in sorted(holders):
            self.call("iam", f"{operation}_{kind}_policy", PolicyArn=self.id, **{f"{kind.title()}Name": name})

    def update(self, before):
        if before.properties["PolicyDocument"] != self.properties["PolicyDocument"]:
            document = json.dumps(self.properties["PolicyDocument"])
            self.call("iam", "create_policy_version", PolicyArn=self.id, PolicyDocument=document, SetAsDefault=True)
            for version in self.versions():
                self.call("iam", "delete_policy_version", PolicyArn=self.id, VersionId=version)
        self.attach(before.holders() - self.holders(), "detach")
        self.attach(self.holders() - before.holders())

    def versions(self):
        found = self.call("iam", "list_policy_versions", PolicyArn=self.id)["Versions"]
        return [version["VersionId"] for version in found if not version["IsDefaultVersion"]]

    def delete(self):
        self.attach(self.holders(), "detach")
        for version in self.versions():
            self.call("iam", "delete_policy_version", PolicyArn=self.id, VersionId=version)
        self.call("iam", "delete_policy", PolicyArn=self.id)


@resource("AWS::IAM::InstanceProfile")
class InstanceProfile(Resource):
    handled = {"InstanceProfileName", "Path", "Roles"}
    fixed = {"InstanceProfileName", "Path", "Roles"}

    def create(self):
        name = self.name("InstanceProfileName", 128)
        made = self.call("iam", "create_instance_profile", InstanceProfileName=name, **self.pick("Path"))
        self.attributes = {"Arn": made["InstanceProfile"]["Arn"]}
        for role in self.properties["Roles"]:
            self.call("iam", "add_role_to_instance_profile", InstanceProfileName=name, RoleName=role)
        return name

    def delete(self):
        for role in self.properties["Roles"]:
            self.call("iam", "remove_role_from_instance_profile", InstanceProfileName=self.id, RoleName=role)
        self.call("iam", "delete_instance_profile", InstanceProfileName=self.id)
