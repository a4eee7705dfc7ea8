"""S3 decides on each request by bucket policies, and while policies are enforced by the caller's own as well.

- An explicit deny of the bucket policy always counts, as in moto. What is not allowed is refused only while policies are
  enforced (`/moto-api/reset-auth`); then a caller of the bucket's account needs an allow of either side, a caller of
  another account of both.
- What CloudFormation does for a stack is not decided on.
- The emulator speaks plain HTTP. It counts as secure, unless the option says otherwise or the request has the header
  `x-emulator-secure-transport: false`.
"""

import time
from datetime import datetime, timezone
from urllib.parse import parse_qsl

from moto import settings
from moto.core.authorization import ActionAuthenticatorMixin
from moto.iam import access_control
from moto.iam.models import iam_backends
from moto.s3 import models, responses
from moto.s3.exceptions import BucketAccessDeniedError, S3ClientError
from moto.sts.models import sts_backends

import options

from . import s3_actions
from .evaluate import Principal, Request, evaluate, problem

# Requests are carried out one after the other; those of CloudFormation while the one for the stack waits.
open_requests = []

HEADERS = (
    "x-amz-acl",
    "x-amz-content-sha256",
    "x-amz-copy-source",
    "x-amz-metadata-directive",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-customer-algorithm",
    "x-amz-storage-class",
    "x-amz-website-redirect-location",
)


POLICY_ACTIONS = ("s3:DeleteBucketPolicy", "s3:GetBucketPolicy", "s3:PutBucketPolicy")


class MalformedPolicy(S3ClientError):
    code = "MalformedPolicy"


class S3Request:
    """One request of S3, and what is decided on it."""

    def __init__(self, response, request, full_url, key):
        self.method = request.method
        self.bucket = response.parse_bucket_name_from_url(request, full_url)
        self.key = key
        self.query = {name: values[0] for name, values in response._get_querystring(request, full_url).items()}
        self.headers = {name.lower(): as_text(value) for name, value in request.headers.items()}
        self.account = response.current_account
        self.internal = "x-moto-account-id" in self.headers
        self.access_key = response.access_key
        self.signed = "authorization" in self.headers or "X-Amz-Signature" in self.query or "Signature" in self.query

    @property
    def bucket_model(self):
        owner = models.s3_backends.bucket_accounts.get(self.bucket)
        if owner is None:
            return None
        partition, account = owner
        return models.s3_backends[account][partition].buckets.get(self.bucket)

    def policy_decision(self, action, resource, principal=None):
        """What the bucket policy says of an action."""
        bucket = self.bucket_model
        if bucket is None or bucket.policy is None:
            return None
        principal = principal or find_principal(self.access_key, self.account)[0]
        return evaluate(bucket.policy, Request(principal, action, resource, self.context(principal)), True)

    def needed(self):
        return s3_actions.needed(self.method, self.bucket, self.key, self.query, self.headers)

    def refuse_denied(self):
        if self.internal:
            return
        for action, resource in self.needed():
            decision = self.policy_decision(action, resource)
            if decision and decision.denied and not self.may_always(action):
                self.refuse(action, resource, decision.statement)

    def may_always(self, action):
        """The root user of the bucket's account can undo a policy that locks everybody out."""
        principal = find_principal(self.access_key, self.account)[0]
        owner = self.bucket_model.account_id if self.bucket_model else None
        return action in POLICY_ACTIONS and principal.arn == f"arn:aws:iam::{owner}:root"

    def refuse_not_allowed(self):
        """The decision on identity and bucket policies together."""
        principal, policies, session_policy = find_principal(self.access_key, self.account)
        bucket = self.bucket_model
        owner = bucket.account_id if bucket else self.account
        for action, resource in self.needed():
            request = Request(principal, action, resource, self.context(principal))
            own = [evaluate(policy, request, False) for policy in policies]
            theirs = self.policy_decision(action, resource, principal)
            if session_policy:
                session = evaluate(session_policy, request, False)
                if not session.allowed:
                    self.refuse(action, resource, session.statement)
            denied = next((one for one in [*own, theirs] if one and one.denied), None)
            if denied:
                self.refuse(action, resource, denied.statement)
            by_identity, by_bucket = any(one.allowed for one in own), bool(theirs and theirs.allowed)
            enough = by_identity or by_bucket if owner == principal.account else by_identity and by_bucket
            if not enough:
                self.refuse(action, resource, None)

    def refuse(self, action, resource, statement):
        error = BucketAccessDeniedError(bucket=self.bucket)
        principal = find_principal(self.access_key, self.account)[0]
        why = (
            f"with an explicit deny in the statement {statement.get('Sid', 'without Sid')}"
            if statement
            else "because no policy allows the action"
        )
        error.message = f"User: {principal.arn} is not authorized to perform: {action} on resource: {resource} {why}"
        error.description = error.message
        raise error

    def context(self, principal):
        """The keys of conditions, in lower case, with their values."""
        now = datetime.now(timezone.utc)
        keys = {
            "aws:CurrentTime": now.isoformat(),
            "aws:EpochTime": str(int(time.time())),
            "aws:PrincipalAccount": principal.account,
            "aws:PrincipalArn": principal.role_arn or principal.arn,
            "aws:PrincipalIsAWSService": "false",
            "aws:PrincipalType": principal_type(principal),
            "aws:SecureTransport": self.secure_transport(),
            "aws:SourceIp": "127.0.0.1",
            "aws:ViaAWSService": "false",
            "aws:username": principal.arn.split("/")[-1] if ":user/" in principal.arn else None,
            "s3:TlsVersion": "1.2" if self.secure_transport() == "true" else None,
            "s3:authType": "REST-HEADER" if "authorization" in self.headers else "REST-QUERY-STRING",
            "s3:if-match": self.headers.get("if-match"),
            "s3:if-none-match": self.headers.get("if-none-match"),
            "s3:object-lock-legal-hold": self.headers.get("x-amz-object-lock-legal-hold"),
            "s3:object-lock-mode": self.headers.get("x-amz-object-lock-mode"),
            "s3:object-lock-retain-until-date": self.headers.get("x-amz-object-lock-retain-until-date"),
            "s3:signatureversion": "AWS4-HMAC-SHA256",
            "s3:VersionId": self.query.get("versionId"),
            **{f"s3:{name}": self.headers.get(name) for name in HEADERS},
            **{f"s3:{name}": self.query.get(name) for name in ("delimiter", "max-keys", "prefix")},
        }
        if self.key:
            creates = s3_actions.creates_object(self.method, self.query)
            keys["s3:ObjectCreationOperation"] = None if creates is None else str(creates).lower()
        if self.bucket_model:
            keys["aws:ResourceAccount"] = keys["s3:ResourceAccount"] = self.bucket_model.account_id
        retain_until = self.headers.get("x-amz-object-lock-retain-until-date")
        if retain_until:
            left = datetime.fromisoformat(retain_until.replace("Z", "+00:00")) - now
            keys["s3:object-lock-remaining-retention-days"] = str(left.days)
        tags = parse_qsl(self.headers.get("x-amz-tagging", ""))
        keys.update({f"s3:RequestObjectTag/{name}": value for name, value in tags})
        context = {name.lower(): [value] for name, value in keys.items() if value is not None}
        if tags:
            context["s3:requestobjecttagkeys"] = [name for name, _ in tags]
        return context

    def secure_transport(self):
        said = self.headers.get("x-emulator-secure-transport")
        return said.lower() if said else str(options.plain_http_is_secure).lower()


def principal_type(principal):
    if principal.role_arn:
        return "AssumedRole"
    return "User" if ":user/" in principal.arn else "Account"


def find_principal(access_key, account):
    """Who has an access key, with its policies and the policy of its session. An unknown key is the account's root user."""
    for backend in every(iam_backends):
        for user in backend.users.values():
            if any(key.access_key_id == access_key for key in user.access_keys):
                key = access_control.IAMUserAccessKey(backend.account_id, "aws", access_key, {})
                return Principal(user.arn, backend.account_id), policies_of(key), None
    for backend in every(sts_backends):
        for session in backend.assumed_roles:
            if session.access_key_id == access_key:
                return role_session(session, access_key)
    return Principal(f"arn:aws:iam::{account}:root", account), [], None


def role_session(session, access_key):
    account, name = session.role_arn.split(":")[4], session.role_arn.split("/")[-1]
    principal = Principal(
        f"arn:aws:sts::{account}:assumed-role/{name}/{session.session_name}", account, session.role_arn
    )
    try:
        headers = {"X-Amz-Security-Token": session.session_token}
        policies = policies_of(access_control.AssumedRoleAccessKey(account, "aws", access_key, headers))
    except Exception:  # The role itself need not exist for the emulator to hand out a session.
        policies = []
    return principal, policies, session.policy


def policies_of(key):
    return [access_control.IAMPolicy(policy)._policy_json for policy in key.collect_policies()]


def every(backends):
    return [backend for account in list(backends.values()) for backend in list(account.values())]


def enforced():
    return ActionAuthenticatorMixin.request_count >= settings.INITIAL_NO_AUTH_ACTION_COUNT


def deciding(method, has_key):
    """Decides before moto's own handling of a request."""

    def wrapped(self, request, full_url, *rest):
        current = S3Request(self, request, full_url, self.parse_key_name() if has_key else None)
        open_requests.append(current)
        try:
            if not enforced():
                current.refuse_denied()
            return method(self, request, full_url, *rest)
        finally:
            open_requests.pop()

    return wrapped


def get_permission(self, action, resource):
    """Of a bucket: what its policy says of the open request, or of one object of a DeleteObjects."""
    results = access_control.PermissionResult
    current = open_requests[-1] if open_requests else None
    if current is None or current.internal:
        return results.NEUTRAL
    if not current.key and action == "s3:DeleteObject":
        return delete_permission(current, action, resource)
    decision = current.policy_decision(*current.needed()[0])
    return results.PERMITTED if decision and decision.allowed else results.NEUTRAL


def delete_permission(current, action, resource):
    results = access_control.PermissionResult
    principal, policies, _ = find_principal(current.access_key, current.account)
    request = Request(principal, action, resource, current.context(principal))
    decisions = [current.policy_decision(action, resource, principal)]
    if enforced():
        decisions += [evaluate(policy, request, False) for policy in policies]
    decisions = [one for one in decisions if one]
    if any(one.denied for one in decisions):
        return results.DENIED
    if any(one.allowed for one in decisions):
        return results.PERMITTED
    return results.DENIED if enforced() else results.NEUTRAL


def check_action_permitted(self, resource):
    if open_requests:
        open_requests[-1].refuse_not_allowed()
    else:
        original_check(self, resource)


original_check = access_control.IAMRequestBase.check_action_permitted


def install():
    responses.S3Response._bucket_response = deciding(responses.S3Response._bucket_response, has_key=False)
    responses.S3Response._key_response = deciding(responses.S3Response._key_response, has_key=True)
    models.FakeBucket.get_permission = get_permission
    access_control.S3IAMRequest.check_action_permitted = check_action_permitted
    put = models.S3Backend.put_bucket_policy

    def put_bucket_policy(self, bucket_name, policy):
        why = problem(policy)
        if why:
            error = MalformedPolicy()
            error.message = error.description = why
            raise error
        put(self, bucket_name, policy)

    models.S3Backend.put_bucket_policy = put_bucket_policy


def as_text(value):
    return value.decode() if isinstance(value, bytes) else value
