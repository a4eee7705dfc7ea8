"""KMS: how often a key is rotated; and a symmetric key has no private one, whose making takes long."""

import json

from moto.kms import models
from moto.kms.models import KmsBackend
from moto.kms.responses import KmsResponse

DEFAULT_PERIOD_DAYS = 365


def install():
    generate = models.generate_private_key
    models.generate_private_key = lambda spec: None if spec == "SYMMETRIC_DEFAULT" else generate(spec)
    enable = KmsResponse.enable_key_rotation
    status = KmsResponse.get_key_rotation_status

    def enable_key_rotation(self):
        answer = enable(self)
        days = self._get_param("RotationPeriodInDays") or DEFAULT_PERIOD_DAYS
        key_of(self).rotation_period_in_days = int(days)
        return answer

    def get_key_rotation_status(self):
        answer = json.loads(status(self))
        key = key_of(self)
        answer["KeyId"] = key.arn
        if answer["KeyRotationEnabled"]:
            answer["RotationPeriodInDays"] = getattr(key, "rotation_period_in_days", DEFAULT_PERIOD_DAYS)
        return json.dumps(answer)

    KmsResponse.enable_key_rotation = enable_key_rotation
    KmsResponse.get_key_rotation_status = get_key_rotation_status


def key_of(response):
    backend: KmsBackend = response.kms_backend
    return backend.keys[backend.get_key_id(response._get_param("KeyId"))]
