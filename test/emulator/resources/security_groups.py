"""AWS::EC2::SecurityGroup*"""

from stacks.errors import UnhandledProperty
from stacks.resource import Resource, changed_names, resource

from resources.ec2 import Tagged

RULE = {
    "CidrIp",
    "CidrIpv6",
    "Description",
    "FromPort",
    "IpProtocol",
    "SourcePrefixListId",
    "SourceSecurityGroupId",
    "DestinationPrefixListId",
    "DestinationSecurityGroupId",
    "ToPort",
}


def permission(rule, kind):
    """A rule of a template as the API takes it."""
    for name in rule:
        if name not in RULE:
            raise UnhandledProperty(f"{name} of a rule of {kind}")
    text = {"Description": rule["Description"]} if "Description" in rule else {}
    ports = {name: int(rule[name]) for name in ("FromPort", "ToPort") if name in rule}
    made = {"IpProtocol": str(rule["IpProtocol"]), **ports}
    group = rule.get("SourceSecurityGroupId") or rule.get("DestinationSecurityGroupId")
    prefix = rule.get("SourcePrefixListId") or rule.get("DestinationPrefixListId")
    if "CidrIp" in rule:
        made["IpRanges"] = [{"CidrIp": rule["CidrIp"], **text}]
    if "CidrIpv6" in rule:
        made["Ipv6Ranges"] = [{"CidrIpv6": rule["CidrIpv6"], **text}]
    if group:
        made["UserIdGroupPairs"] = [{"GroupId": group, **text}]
    if prefix:
        made["PrefixListIds"] = [{"PrefixListId": prefix, **text}]
    return made


class Rules(Resource):
    def authorize(self, direction, group, rules, operation="authorize"):
        if rules:
            permissions = [permission(rule, self.type) for rule in rules]
            self.call("ec2", f"{operation}_security_group_{direction}", GroupId=group, IpPermissions=permissions)


@resource("AWS::EC2::SecurityGroup")
class SecurityGroup(Rules, Tagged):
    handled = {"GroupDescription", "GroupName", "SecurityGroupEgress", "SecurityGroupIngress", "Tags", "VpcId"}
    fixed = {"GroupDescription", "GroupName", "VpcId"}

    def create(self):
        given = {"Description": self.properties["GroupDescription"], **self.pick("VpcId")}
        self.id = self.call("ec2", "create_security_group", GroupName=self.name("GroupName", 255), **given)["GroupId"]
        self.attributes = {"GroupId": self.id, "Id": self.id}
        if "VpcId" in self.properties:
            self.attributes["VpcId"] = self.properties["VpcId"]
        if "SecurityGroupEgress" in self.properties:
            self.revoke_default()
        self.authorize("egress", self.id, self.properties.get("SecurityGroupEgress", []))
        self.authorize("ingress", self.id, self.properties.get("SecurityGroupIngress", []))
        self.tag()
        return self.id

    def revoke_default(self):
        """A template's own rules take the place of the one that lets everything out."""
        group = self.call("ec2", "describe_security_groups", GroupIds=[self.id])["SecurityGroups"][0]
        if group["IpPermissionsEgress"]:
            self.call(
                "ec2", "revoke_security_group_egress", GroupId=self.id, IpPermissions=group["IpPermissionsEgress"]
            )

    def change(self, before, changed):
        for direction, name in (("egress", "SecurityGroupEgress"), ("ingress", "SecurityGroupIngress")):
            old, new = before.properties.get(name, []), self.properties.get(name, [])
            self.authorize(direction, self.id, [rule for rule in old if rule not in new], "revoke")
            self.authorize(direction, self.id, [rule for rule in new if rule not in old])

    def delete(self):
        self.call("ec2", "delete_security_group", GroupId=self.id)


class Rule(Rules):
    """A rule of its own."""

    direction = ""

    def create(self):
        self.authorize(self.direction, self.properties["GroupId"], [self.without("GroupId")])
        rules = self.call(
            "ec2",
            "describe_security_group_rules",
            Filters=[{"Name": "group-id", "Values": [self.properties["GroupId"]]}],
        )
        made = [rule for rule in rules["SecurityGroupRules"] if rule["IsEgress"] == (self.direction == "egress")][-1]
        self.attributes = {"Id": made["SecurityGroupRuleId"]}
        return made["SecurityGroupRuleId"]

    def update(self, before):
        if changed_names(before.properties, self.properties):
            super().update(before)

    def delete(self):
        self.authorize(self.direction, self.properties["GroupId"], [self.without("GroupId")], "revoke")


@resource("AWS::EC2::SecurityGroupIngress")
class Ingress(Rule):
    handled = (RULE - {"DestinationPrefixListId", "DestinationSecurityGroupId"}) | {"GroupId"}
    fixed = handled
    direction = "ingress"


@resource("AWS::EC2::SecurityGroupEgress")
class Egress(Rule):
    handled = (RULE - {"SourcePrefixListId", "SourceSecurityGroupId"}) | {"GroupId"}
    fixed = handled
    direction = "egress"
