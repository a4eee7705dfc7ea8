"""AWS::EC2::*: networks as far as stacks of ours make them."""

from stacks.errors import ResourceError
from stacks.resource import Resource, changed_names, removed_tags, resource


class Tagged(Resource):
    """What EC2 makes by one operation, tags by id and removes by another."""

    kind = ""

    def tag(self, before=None):
        gone = removed_tags(before, self) if before else []
        if gone:
            self.call("ec2", "delete_tags", Resources=[self.id], Tags=[{"Key": key} for key in gone])
        if self.tags():
            self.call("ec2", "create_tags", Resources=[self.id], Tags=self.tags())

    def update(self, before):
        changed = changed_names(before.properties, self.properties) - {"Tags"}
        if changed:
            self.change(before, changed)
        self.tag(before)

    def change(self, before, changed):
        raise ResourceError(f"The emulator cannot change {', '.join(sorted(changed))} of {self.type}")


@resource("AWS::EC2::VPC")
class Vpc(Tagged):
    handled = {"CidrBlock", "EnableDnsHostnames", "EnableDnsSupport", "InstanceTenancy", "Tags"}
    fixed = {"CidrBlock"}

    def create(self):
        vpc = self.send("ec2", "create_vpc", self.pick("CidrBlock", "InstanceTenancy"))["Vpc"]
        self.id = vpc["VpcId"]
        by_vpc = [{"Name": "vpc-id", "Values": [self.id]}]
        groups = self.call("ec2", "describe_security_groups", Filters=by_vpc)["SecurityGroups"]
        acls = self.call("ec2", "describe_network_acls", Filters=by_vpc)["NetworkAcls"]
        self.attributes = {
            "CidrBlock": vpc["CidrBlock"],
            "DefaultNetworkAcl": acls[0]["NetworkAclId"],
            "DefaultSecurityGroup": groups[0]["GroupId"],
            "VpcId": self.id,
        }
        self.change(None, {"EnableDnsHostnames", "EnableDnsSupport"} & set(self.properties))
        self.tag()
        return self.id

    def change(self, before, changed):
        if changed - {"EnableDnsHostnames", "EnableDnsSupport"}:
            super().change(before, changed)
        for name in sorted(changed):
            value = str(self.properties.get(name, name == "EnableDnsSupport")).lower() == "true"
            self.call("ec2", "modify_vpc_attribute", VpcId=self.id, **{name: {"Value": value}})

    def delete(self):
        self.call("ec2", "delete_vpc", VpcId=self.id)


@resource("AWS::EC2::Subnet")
class Subnet(Tagged):
    handled = {"AvailabilityZone", "CidrBlock", "MapPublicIpOnLaunch", "Tags", "VpcId"}
    fixed = {"AvailabilityZone", "CidrBlock", "VpcId"}

    def create(self):
        subnet = self.send("ec2", "create_subnet", self.pick("AvailabilityZone", "CidrBlock", "VpcId"))["Subnet"]
        self.id = subnet["SubnetId"]
        by_vpc = [{"Name": "vpc-id", "Values": [subnet["VpcId"]]}, {"Name": "default", "Values": ["true"]}]
        acls = self.call("ec2", "describe_network_acls", Filters=by_vpc)["NetworkAcls"]
        self.attributes = {
            "AvailabilityZone": subnet["AvailabilityZone"],
            "CidrBlock": subnet["CidrBlock"],
            "NetworkAclAssociationId": acls[0]["NetworkAclId"],
            "SubnetId": self.id,
            "VpcId": subnet["VpcId"],
        }
        self.change(None, {"MapPublicIpOnLaunch"} & set(self.properties))
        self.tag()
        return self.id

    def change(self, before, changed):
        if changed:
            value = str(self.properties.get("MapPublicIpOnLaunch", False)).lower() == "true"
            self.call("ec2", "modify_subnet_attribute", SubnetId=self.id, MapPublicIpOnLaunch={"Value": value})

    def delete(self):
        self.call("ec2", "delete_subnet", SubnetId=self.id)


@resource("AWS::EC2::InternetGateway")
class InternetGateway(Tagged):
    handled = {"Tags"}

    def create(self):
        self.id = self.call("ec2", "create_internet_gateway")["InternetGateway"]["InternetGatewayId"]
        self.attributes = {"InternetGatewayId": self.id}
        self.tag()
        return self.id

    def delete(self):
        self.call("ec2", "delete_internet_gateway", InternetGatewayId=self.id)


@resource("AWS::EC2::VPCGatewayAttachment")
class GatewayAttachment(Resource):
    handled = {"InternetGatewayId", "VpcId"}
    fixed = handled

    def create(self):
        self.call("ec2", "attach_internet_gateway", **self.properties)
        return f"IGW|{self.properties['VpcId']}"

    def delete(self):
        self.call("ec2", "detach_internet_gateway", **self.properties)


@resource("AWS::EC2::RouteTable")
class RouteTable(Tagged):
    handled = {"Tags", "VpcId"}
    fixed = {"VpcId"}

    def create(self):
        self.id = self.call("ec2", "create_route_table", VpcId=self.properties["VpcId"])["RouteTable"]["RouteTableId"]
        self.attributes = {"RouteTableId": self.id}
        self.tag()
        return self.id

    def delete(self):
        self.call("ec2", "delete_route_table", RouteTableId=self.id)


@resource("AWS::EC2::Route")
class Route(Resource):
    handled = {"DestinationCidrBlock", "GatewayId", "NatGatewayId", "RouteTableId"}
    fixed = {"DestinationCidrBlock", "RouteTableId"}

    def create(self):
        self.send("ec2", "create_route", self.properties)
        self.attributes = {"CidrBlock": self.properties["DestinationCidrBlock"]}
        return f"{self.properties['RouteTableId']}|{self.properties['DestinationCidrBlock']}"

    def update(self, before):
        self.send("ec2", "replace_route", self.properties)

    def delete(self):
        self.call("ec2", "delete_route", **self.pick("DestinationCidrBlock", "RouteTableId"))


@resource("AWS::EC2::SubnetRouteTableAssociation")
class RouteTableAssociation(Resource):
    handled = {"RouteTableId", "SubnetId"}
    fixed = handled

    def create(self):
        association = self.call("ec2", "associate_route_table", **self.properties)["AssociationId"]
        self.attributes = {"Id": association}
        return association

    def delete(self):
        self.call("ec2", "disassociate_route_table", AssociationId=self.id)


@resource("AWS::EC2::EIP")
class ElasticIp(Tagged):
    handled = {"Domain", "Tags"}
    fixed = {"Domain"}

    def create(self):
        made = self.send("ec2", "allocate_address", self.pick("Domain"))
        self.id = made["AllocationId"]
        self.attributes = {"AllocationId": self.id, "PublicIp": made["PublicIp"]}
        self.tag()
        # Ref gives the address, tags go by the allocation.
        return made["PublicIp"]

    def tag(self, before=None):
        if self.tags():
            self.call("ec2", "create_tags", Resources=[self.attributes["AllocationId"]], Tags=self.tags())

    def delete(self):
        self.call("ec2", "release_address", AllocationId=self.attributes["AllocationId"])


@resource("AWS::EC2::NatGateway")
class NatGateway(Tagged):
    handled = {"AllocationId", "ConnectivityType", "SubnetId", "Tags"}
    fixed = {"AllocationId", "ConnectivityType", "SubnetId"}

    def create(self):
        self.id = self.send("ec2", "create_nat_gateway", self.without("Tags"))["NatGateway"]["NatGatewayId"]
        self.attributes = {"NatGatewayId": self.id}
        self.tag()
        return self.id

    def delete(self):
        self.call("ec2", "delete_nat_gateway", NatGatewayId=self.id)


@resource("AWS::EC2::VPCEndpoint")
class Endpoint(Tagged):
    handled = {
        "PolicyDocument",
        "PrivateDnsEnabled",
        "RouteTableIds",
        "SecurityGroupIds",
        "ServiceName",
        "SubnetIds",
        "Tags",
        "VpcEndpointType",
        "VpcId",
    }
    fixed = {"ServiceName", "VpcEndpointType", "VpcId"}

    def create(self):
        made = self.send("ec2", "create_vpc_endpoint", self.without("Tags"))["VpcEndpoint"]
        self.id = made["VpcEndpointId"]
        self.attributes = {"DnsEntries": [], "Id": self.id, "NetworkInterfaceIds": made.get("NetworkInterfaceIds", [])}
        self.tag()
        return self.id

    def change(self, before, changed):
        given = {}
        for name, parameter in (
            ("RouteTableIds", "RouteTableIds"),
            ("SecurityGroupIds", "SecurityGroupIds"),
            ("SubnetIds", "SubnetIds"),
        ):
            old, new = set(before.properties.get(name, [])), set(self.properties.get(name, []))
            given[f"Add{parameter}"], given[f"Remove{parameter}"] = sorted(new - old), sorted(old - new)
        given = {name: value for name, value in given.items() if value}
        if "PolicyDocument" in changed:
            if "PolicyDocument" in self.properties:
                given["PolicyDocument"] = self.properties["PolicyDocument"]
            else:
                given["ResetPolicy"] = True
        if "PrivateDnsEnabled" in changed:
            given["PrivateDnsEnabled"] = self.properties.get("PrivateDnsEnabled", False)
        self.send("ec2", "modify_vpc_endpoint", {"VpcEndpointId": self.id, **given})

    def delete(self):
        self.call("ec2", "delete_vpc_endpoints", VpcEndpointIds=[self.id])


@resource("AWS::EC2::FlowLog")
class FlowLog(Tagged):
    handled = {
        "DeliverLogsPermissionArn",
        "LogDestination",
        "LogDestinationType",
        "LogFormat",
        "LogGroupName",
        "MaxAggregationInterval",
        "ResourceId",
        "ResourceType",
        "Tags",
        "TrafficType",
    }
    fixed = handled - {"Tags"}

    def create(self):
        given = self.without("ResourceId", "Tags")
        made = self.send("ec2", "create_flow_logs", {**given, "ResourceIds": [self.properties["ResourceId"]]})
        if made.get("Unsuccessful"):
            raise ResourceError(made["Unsuccessful"][0]["Error"]["Message"])
        self.id = made["FlowLogIds"][0]
        self.attributes = {"Id": self.id}
        self.tag()
        return self.id

    def delete(self):
        self.call("ec2", "delete_flow_logs", FlowLogIds=[self.id])
