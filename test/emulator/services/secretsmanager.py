"""Secrets Manager: rotation as a background job with real stages, by functions behind a URL.

RotateSecret answers at once. The steps of the rotation are then sent, one after the other, to
`POST <lambda-url>/2015-03-31/functions/<function name>/invocations`, as Lambda's own Invoke API takes them. A function
that failed says so with a status other than 2xx or with the header X-Amz-Function-Error; the rotation stops there and
AWSPENDING stays, as it does on AWS. Without a URL nothing is invoked, and no version is made.

A rotation that has not finished is taken up again by the next RotateSecret, with its own token, while the call is refused.

Labels are where AWS has them: one version has AWSCURRENT, a label moves only from the version that has it, and a new
value takes from the former one AWSCURRENT alone. A value that has been stored under a token never changes. A secret whose
key is disabled gives no value and takes none.

`GET /emulator/rotations` lists what became of rotations.
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
from moto.kms.models import kms_backends
from moto.secretsmanager import models
from moto.secretsmanager.exceptions import (
    InvalidParameterException,
    InvalidRequestException,
    ResourceExistsException,
    ResourceNotFoundException,
    SecretsManagerClientError,
)

import options

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
SECONDS_A_STEP = 900

# What became of each rotation, the newest last.
rotations = []


def install():
    models.SecretsManagerBackend.rotate_secret = rotate_secret
    models.SecretsManagerBackend.update_secret_version_stage = update_secret_version_stage
    for name, problem in (("get_secret_value", "Decryption"), ("put_secret_value", "Encryption")):
        plain = getattr(models.SecretsManagerBackend, name)
        setattr(models.SecretsManagerBackend, name, with_its_key(plain, problem))
    models.SecretsManagerBackend.put_secret_value = never_changing(models.SecretsManagerBackend.put_secret_value)
    models.FakeSecret.reset_default_version = reset_default_version
    models.FakeSecret.to_dict = with_rules(models.FakeSecret.to_dict)
    listed = models.SecretsManagerBackend.list_secret_version_ids
    models.SecretsManagerBackend.list_secret_version_ids = with_dates(listed)


class KeyUnusable(SecretsManagerClientError):
    def __init__(self, problem):
        verb = "decrypt" if problem == "Decryption" else "encrypt"
        super().__init__(
            f"{problem}Failure",
            f"Secrets Manager can't {verb} the protected secret text using the provided KMS key.",
        )


def with_its_key(method, problem):
    def checked(self, secret_id, *args, **kwargs):
        key = getattr(self.secrets.get(secret_id), "kms_key_id", None)
        keys = kms_backends[self.account_id][self.region_name]
        name = keys.any_id_to_key_id(key) if key else None
        if name in keys.keys and not keys.keys[name].enabled:
            raise KeyUnusable(problem)
        return method(self, secret_id, *args, **kwargs)

    return checked


def never_changing(put):
    def put_secret_value(self, secret_id, secret_string, secret_binary, client_request_token, version_stages):
        versions = self.secrets[secret_id].versions if self._is_valid_identifier(secret_id) else {}
        known = versions.get(client_request_token, {})
        given = {"secret_string": secret_string, "secret_binary": secret_binary}
        if any(name in known and known[name] != value for name, value in given.items()):
            raise ResourceExistsException(
                f"You can't use ClientRequestToken {client_request_token} because that value is already in use for a "
                f"version of secret {self.secrets[secret_id].arn}."
            )
        return put(self, secret_id, secret_string, secret_binary, client_request_token, version_stages)

    return put_secret_value


def version_with(secret, label):
    return next((id for id, version in secret.versions.items() if label in version["version_stages"]), None)


def reset_default_version(self, secret_version, version_id):
    """A new value becomes current; moto would take every label from the former one."""
    # Whatever labels the new version has, no other keeps.
    for version in self.versions.values():
        version["version_stages"] = [
            label for label in version["version_stages"] if label not in secret_version["version_stages"]
        ]
    former = self.default_version_id
    if former is not None and former != version_id:
        for version in self.versions.values():
            if "AWSPREVIOUS" in version["version_stages"]:
                version["version_stages"].remove("AWSPREVIOUS")
        self.versions[former]["version_stages"].append("AWSPREVIOUS")
    self.versions[version_id] = secret_version
    self.default_version_id = version_id


def update_secret_version_stage(self, secret_id, version_stage, remove_from_version_id, move_to_version_id):
    if not self._is_valid_identifier(secret_id):
        raise models.SecretNotFoundException()
    secret = self.secrets[secret_id]
    if isinstance(secret, models.ReplicaSecret):
        raise models.OperationNotPermittedOnReplica
    holder = version_with(secret, version_stage)
    for version in (remove_from_version_id, move_to_version_id):
        if version and version not in secret.versions:
            raise InvalidParameterException(f"Not a valid version: {version}")
    if not remove_from_version_id and holder not in (None, move_to_version_id):
        raise InvalidParameterException(
            f"The parameter RemoveFromVersionId can't be empty. Staging label {version_stage} is currently attached to "
            f"version {holder}, so you must explicitly reference that version in RemoveFromVersionId."
        )
    if remove_from_version_id and holder != remove_from_version_id:
        raise InvalidParameterException(
            f"Version stage {version_stage} not found in version {remove_from_version_id}"
        )
    if version_stage == "AWSCURRENT" and not move_to_version_id:
        raise InvalidParameterException("You can only move staging label AWSCURRENT to a different secret version.")
    if holder == move_to_version_id:
        return secret.arn, secret.name
    if holder:
        secret.versions[holder]["version_stages"].remove(version_stage)
    if move_to_version_id:
        secret.versions[move_to_version_id]["version_stages"].append(version_stage)
    if version_stage == "AWSCURRENT":
        # The version that it was taken from becomes the previous one, and with the next value the new one does.
        for version in secret.versions.values():
            if "AWSPREVIOUS" in version["version_stages"]:
                version["version_stages"].remove("AWSPREVIOUS")
        if holder:
            secret.versions[holder]["version_stages"].append("AWSPREVIOUS")
        secret.default_version_id = move_to_version_id
    return secret.arn, secret.name


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
        if self.replicas:
            answer["PrimaryRegion"] = self.region
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
    unfinished = pending(secret)
    if unfinished:
        if options.lambda_url is not None and not any(
            record["token"] == unfinished and record["status"] == "running" for record in rotations
        ):
            start(secret, unfinished)
        raise InvalidRequestException("A previous rotation isn't complete. That rotation will be reattempted.")
    token = client_request_token or str(uuid.uuid4())
    if options.lambda_url is None:
        record = {"secretArn": secret.arn, "token": token, "step": None}
        rotations.append({**record, "status": "failed", "error": "The emulator was started without --lambda-url"})
        return secret.to_short_dict()
    secret.remove_version_stages_from_old_versions(["AWSPENDING"])
    secret.versions[token] = {"createdate": int(time()), "version_id": token, "version_stages": ["AWSPENDING"]}
    start(secret, token)
    return secret.to_short_dict(version_id=token)


def start(secret, token):
    record = {"secretArn": secret.arn, "token": token, "step": None, "status": "running", "error": None}
    rotations.append(record)
    # The functions call the emulator, which carries out one request at a time: this one has to end first.
    threading.Thread(target=run, args=(secret, record), daemon=True).start()


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
    """The version of a rotation that began and has not come to its end, or None."""
    version = version_with(secret, "AWSPENDING")
    if version is None or "AWSCURRENT" in secret.versions[version]["version_stages"]:
        return None
    return version


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
