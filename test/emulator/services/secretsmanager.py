"""Secrets Manager: rotation as a background job with real stages, by functions behind a URL.

RotateSecret answers at once. The steps of the rotation are then sent, one after the other, to
`POST <lambda-url>/2015-03-31/functions/<function name>/invocations`, as Lambda's own Invoke API takes them. A function
that failed says so with a status other than 2xx or with the header X-Amz-Function-Error; the rotation stops there and
AWSPENDING stays, as it does on AWS. Without a URL nothing is invoked, and no version is made.

`GET /emulator/rotations` lists what became of them.
"""

import json
import random
import string
import threading
import urllib.error
import urllib.request
import uuid
from time import time

from moto.awslambda.utils import get_backend as lambda_backend
from moto.secretsmanager import models
from moto.secretsmanager.exceptions import InvalidParameterException, InvalidRequestException, ResourceNotFoundException

import options

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
SECONDS_A_STEP = 900

# What became of each rotation, the newest last.
rotations = []


def install():
    models.SecretsManagerBackend.rotate_secret = rotate_secret
    models.FakeSecret.to_dict = with_rules(models.FakeSecret.to_dict)
    listed = models.SecretsManagerBackend.list_secret_version_ids
    models.SecretsManagerBackend.list_secret_version_ids = with_dates(listed)


def with_dates(listed):
    """moto says of each version that it was made just now."""

    def list_secret_version_ids(self, secret_id):
        answer = json.loads(listed(self, secret_id))
        for version in answer["Versions"]:
            version["CreatedDate"] = self.secrets[secret_id].versions[version["VersionId"]]["createdate"]
        return json.dumps(answer)

    return list_secret_version_ids


def with_rules(to_dict):
    """moto knows a schedule in days only."""

    def described(self):
        answer = to_dict(self)
        if self.rotation_requested:
            answer["RotationRules"] = getattr(self, "rotation_rules", {})
            if not self.rotation_lambda_arn:
                del answer["RotationLambdaARN"]
        return answer

    return described


def rotate_secret(
    self,
    secret_id,
    client_request_token=None,
    rotation_lambda_arn=None,
    rotation_rules=None,
    rotate_immediately=True,
):
    if not self._is_valid_identifier(secret_id):
        raise models.SecretNotFoundException()
    secret = self.secrets[secret_id]
    if secret.is_deleted():
        raise InvalidRequestException(
            "You can't perform this operation on the secret because it was marked for deletion."
        )
    configure(self, secret, rotation_lambda_arn, rotation_rules)
    if secret.owning_service:
        if rotate_immediately:
            rotate_managed(self, secret)
        return secret.to_short_dict()
    if not secret.rotation_lambda_arn:
        raise InvalidRequestException("No Lambda rotation function ARN is associated with this secret.")
    if not rotate_immediately:
        return secret.to_short_dict()
    if pending(secret):
        raise InvalidRequestException("A previous rotation isn't complete. That rotation will be reattempted.")
    token = client_request_token or str(uuid.uuid4())
    record = {"secretArn": secret.arn, "token": token, "step": None, "status": "running", "error": None}
    rotations.append(record)
    if options.lambda_url is None:
        record.update(status="failed", error="The emulator was started without --lambda-url")
        return secret.to_short_dict()
    secret.versions[token] = {"createdate": int(time()), "version_id": token, "version_stages": ["AWSPENDING"]}
    # The functions call the emulator, which carries out one request at a time: this one has to end first.
    threading.Thread(target=run, args=(secret, record), daemon=True).start()
    return secret.to_short_dict(version_id=token)


def configure(backend, secret, lambda_arn, rules):
    if lambda_arn:
        try:
            lambda_backend(backend.account_id, backend.region_name).get_function(lambda_arn)
        except Exception:
            raise ResourceNotFoundException(f"Resource not found for ARN '{lambda_arn}'.") from None
        secret.rotation_lambda_arn = lambda_arn
    if rules:
        days = rules.get("AutomaticallyAfterDays")
        if days is not None and not 1 <= days <= 1000:
            raise InvalidParameterException("RotationRules.AutomaticallyAfterDays must be within 1-1000.")
        secret.rotation_rules = rules
        secret.auto_rotate_after_days = days or 0
        secret.next_rotation_date = int(time()) + (days or 1) * 86400
    secret.rotation_requested = secret.rotation_enabled = True


def pending(secret):
    """Whether a rotation began and has not come to its end."""
    return any(
        "AWSPENDING" in version["version_stages"] and "AWSCURRENT" not in version["version_stages"]
        for version in secret.versions.values()
    )


def rotate_managed(backend, secret):
    """What the service that owns a secret does: a new password, at once."""
    value = json.loads(secret.versions[secret.default_version_id]["secret_string"])
    value["password"] = "".join(random.choices(string.ascii_letters + string.digits, k=28))
    token = str(uuid.uuid4())
    version = {
        "createdate": int(time()),
        "version_id": token,
        "version_stages": ["AWSCURRENT"],
        "secret_string": json.dumps(value),
    }
    secret.reset_default_version(version, token)
    secret.last_rotation_date = int(time())


def run(secret, record):
    for step in STEPS:
        record["step"] = step
        event = {"Step": step, "SecretId": secret.arn, "ClientRequestToken": record["token"]}
        error = invoke(secret.rotation_lambda_arn, event)
        if error:
            record.update(status="failed", error=error)
            return
    secret.last_rotation_date = int(time())
    record["status"] = "done"


def invoke(function_arn, event):
    """Why a function failed, or None."""
    name = function_arn.split(":function:")[-1].split(":")[0]
    url = f"{options.lambda_url.rstrip('/')}/2015-03-31/functions/{name}/invocations"
    request = urllib.request.Request(url, json.dumps(event).encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=SECONDS_A_STEP) as answer:
            body = answer.read().decode()
            return body if answer.headers.get("X-Amz-Function-Error") else None
    except urllib.error.HTTPError as error:
        return f"{error.code}: {error.read().decode()}"
    except OSError as error:
        return f"{url}: {error}"
