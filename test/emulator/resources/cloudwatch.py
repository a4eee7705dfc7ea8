"""AWS::CloudWatch::*"""

from stacks.resource import Resource, resource


@resource("AWS::CloudWatch::Alarm")
class Alarm(Resource):
    handled = {
        "ActionsEnabled",
        "AlarmActions",
        "AlarmDescription",
        "AlarmName",
        "ComparisonOperator",
        "DatapointsToAlarm",
        "Dimensions",
        "EvaluateLowSampleCountPercentile",
        "EvaluationPeriods",
        "ExtendedStatistic",
        "InsufficientDataActions",
        "MetricName",
        "Metrics",
        "Namespace",
        "OKActions",
        "Period",
        "Statistic",
        "Tags",
        "Threshold",
        "ThresholdMetricId",
        "TreatMissingData",
        "Unit",
    }
    fixed = {"AlarmName"}

    def create(self):
        self.id = self.name("AlarmName", 255)
        self.put()
        self.attributes = {"Arn": self.arn("cloudwatch", f"alarm:{self.id}")}
        return self.id

    def update(self, before):
        self.put()

    def put(self):
        self.send("cloudwatch", "put_metric_alarm", {**self.without("Tags"), "AlarmName": self.id, "Tags": self.tags()})

    def delete(self):
        self.call("cloudwatch", "delete_alarms", AlarmNames=[self.id])


@resource("AWS::CloudWatch::Dashboard")
class Dashboard(Resource):
    handled = {"DashboardBody", "DashboardName"}
    fixed = {"DashboardName"}

    def create(self):
        self.id = self.name("DashboardName", 255)
        self.put()
        return self.id

    def update(self, before):
        self.put()

    def put(self):
        self.send("cloudwatch", "put_dashboard", {**self.properties, "DashboardName": self.id})

    def delete(self):
        self.call("cloudwatch", "delete_dashboards", DashboardNames=[self.id])
