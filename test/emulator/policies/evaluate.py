"""What a policy says of one request: an explicit deny, an allow, or nothing, and which statement says it."""

import json
import re
from dataclasses import dataclass, field

from . import conditions

ACCOUNT = re.compile(r"\d{12}")


@dataclass(frozen=True)
class Principal:
    """Who asks. A session of a role has the role's ARN as well; the root user has the account's."""

    arn: str
    account: str
    role_arn: str | None = None

    @property
    def names(self):
        return {self.arn, self.role_arn, self.account, f"arn:aws:iam::{self.account}:root", "*"} - {None}


@dataclass(frozen=True)
class Request:
    principal: Principal
    action: str
    resource: str
    context: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Decision:
    effect: str | None
    statement: dict | None = None

    @property
    def denied(self):
        return self.effect == "Deny"

    @property
    def allowed(self):
        return self.effect == "Allow"


def evaluate(policy, request, resource_based):
    """The decision of one policy. `resource_based` policies name principals, identity policies do not."""
    found = Decision(None)
    for statement in statements(policy):
        if not applies(statement, request, resource_based):
            continue
        if statement["Effect"] == "Deny":
            return Decision("Deny", statement)
        found = Decision("Allow", statement)
    return found


def statements(policy):
    document = json.loads(policy) if isinstance(policy, (str, bytes)) else policy
    return as_list(document["Statement"])


def applies(statement, request, resource_based):
    return (
        (not resource_based or principal_matches(statement, request.principal))
        and element_matches(statement, "Action", request.action, any_case)
        and element_matches(statement, "Resource", request.resource, resource_like, request.context)
        and conditions.matches(statement.get("Condition"), request.context)
    )


def principal_matches(statement, principal):
    if "NotPrincipal" in statement:
        return not named(statement["NotPrincipal"], principal)
    return named(statement.get("Principal", {}), principal)


def named(element, principal):
    # Services and federated identities make no requests to the emulator.
    listed = ["*"] if element == "*" else as_list(element.get("AWS", []))
    return any(name in principal.names for name in listed)


def element_matches(statement, name, value, matcher, context=None):
    if f"Not{name}" in statement:
        return not any(matcher(value, item, context) for item in as_list(statement[f"Not{name}"]))
    return any(matcher(value, item, context) for item in as_list(statement.get(name, [])))


def any_case(value, pattern, _context):
    return conditions.like(value.lower(), pattern.lower())


def resource_like(value, pattern, context):
    pattern = conditions.substitute(pattern, context or {})
    return pattern is not None and conditions.like(value, pattern)


def problem(policy):
    """Why a resource policy cannot be taken, or None."""
    try:
        document = json.loads(policy)
    except ValueError:
        return "Policies must be valid JSON and the first byte must be '{'"
    for statement in as_list(document.get("Statement", [])):
        if statement.get("Effect") not in ("Allow", "Deny"):
            return f"Invalid effect : {statement.get('Effect')}"
        if not {"Principal", "NotPrincipal"} & set(statement):
            return "Missing required field Principal"
        for name in as_list(
            (statement.get("Principal") or {}).get("AWS", []) if statement.get("Principal") != "*" else []
        ):
            if name != "*" and not ACCOUNT.fullmatch(name) and not name.startswith("arn:"):
                return f"Invalid principal in policy: {name}"
        try:
            conditions.check_operators(statement.get("Condition"))
        except conditions.UnknownOperator as error:
            return f"Invalid Condition type : {error}"
    return None


def as_list(value):
    return value if isinstance(value, list) else [value]
