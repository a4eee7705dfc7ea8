"""AWS::ApplicationAutoScaling::*"""

from stacks.resource import Resource, resource

SERVICE = "application-autoscaling"
TARGET = ("ResourceId", "ScalableDimension", "ServiceNamespace")


@resource("AWS::ApplicationAutoScaling::ScalableTarget")
class ScalableTarget(Resource):
    handled = {
        "MaxCapacity",
        "MinCapacity",
        "ResourceId",
        "RoleARN",
        "ScalableDimension",
        "ServiceNamespace",
        "SuspendedState",
    }
    fixed = {*TARGET}

    def create(self):
        self.send(SERVICE, "register_scalable_target", self.properties)
        self.attributes = {"Id": "|".join(self.properties[name] for name in TARGET)}
        return self.attributes["Id"]

    def update(self, before):
        self.send(SERVICE, "register_scalable_target", self.properties)

    def delete(self):
        self.call(SERVICE, "deregister_scalable_target", **self.pick(*TARGET))


@resource("AWS::ApplicationAutoScaling::ScalingPolicy")
class ScalingPolicy(Resource):
    handled = {
        "PolicyName",
        "PolicyType",
        "ResourceId",
        "ScalableDimension",
        "ScalingTargetId",
        "ServiceNamespace",
        "StepScalingPolicyConfiguration",
        "TargetTrackingScalingPolicyConfiguration",
    }
    fixed = {*TARGET, "PolicyName", "ScalingTargetId"}

    def target(self):
        if "ScalingTargetId" in self.properties:
            return dict(zip(TARGET, self.properties["ScalingTargetId"].split("|")))
        return self.pick(*TARGET)

    def create(self):
        answer = self.send(SERVICE, "put_scaling_policy", {**self.without("ScalingTargetId"), **self.target()})
        self.attributes = {"Arn": answer["PolicyARN"]}
        return answer["PolicyARN"]

    def update(self, before):
        self.create()

    def delete(self):
        self.call(SERVICE, "delete_scaling_policy", PolicyName=self.properties["PolicyName"], **self.target())
