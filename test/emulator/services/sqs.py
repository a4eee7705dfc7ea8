"""SQS: a change of one attribute leaves the queue's policy alone."""

from moto.sqs.models import SQSBackend


def install():
    change = SQSBackend.set_queue_attributes

    def set_queue_attributes(self, queue_name, attributes):
        if "Policy" not in attributes:
            attributes = {**attributes, "Policy": self.get_queue(queue_name).policy}
        return change(self, queue_name, attributes)

    SQSBackend.set_queue_attributes = set_queue_attributes
