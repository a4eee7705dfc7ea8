"""Condition blocks of a policy: operators, set operators, IfExists, Null and policy variables."""

import fnmatch
import ipaddress
import re
from datetime import datetime

VARIABLE = re.compile(r"\$\{([^}]+)\}")

SET_OPERATORS = ("ForAllValues:", "ForAnyValue:")


class UnknownOperator(Exception):
    pass


def matches(block, context):
    """Whether all conditions of a block hold. `context` maps lower-case keys to lists of values."""
    return all(
        condition_holds(operator, key, wanted, context)
        for operator, keys in (block or {}).items()
        for key, wanted in keys.items()
    )


def check_operators(block):
    """:raises UnknownOperator: naming the first operator that is none"""
    for operator in block or {}:
        parse_operator(operator)


def parse_operator(operator):
    """The set operator or "", the comparison, whether it is negated, and whether a missing key is fine."""
    quantifier = next((prefix for prefix in SET_OPERATORS if operator.startswith(prefix)), "")
    name = operator.removeprefix(quantifier)
    if_exists = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    if name == "Null" and not if_exists:
        return quantifier, None, False, False
    negated = "Not" in name and name != "Null"
    comparison = COMPARISONS.get(name.replace("Not", "", 1) if negated else name)
    if comparison is None or (negated and name not in NEGATED):
        raise UnknownOperator(operator)
    return quantifier, comparison, negated, if_exists


def condition_holds(operator, key, wanted, context):
    quantifier, comparison, negated, if_exists = parse_operator(operator)
    wanted = [as_text(value) for value in (wanted if isinstance(wanted, list) else [wanted])]
    values = context.get(key.lower())
    if comparison is None:
        return any((values is None) == (value.lower() == "true") for value in wanted)
    if values is None:
        # "ForAllValues" of nothing is true, and so is "is not".
        return if_exists or quantifier == "ForAllValues:" or (negated and quantifier == "")
    wanted = [substitute(value, context) for value in wanted]

    def holds(value):
        return any(comparison(value, item) for item in wanted if item is not None) != negated

    return all(map(holds, values)) if quantifier == "ForAllValues:" else any(map(holds, values))


def substitute(text, context):
    """Policy variables replaced, or None where one has no value: it then matches nothing."""
    special = {"*": "[*]", "?": "[?]", "$": "$"}
    missing = []

    def value_of(match):
        name = match[1]
        if name in special:
            return special[name]
        name, _, default = name.partition(",")
        values = context.get(name.strip().lower())
        if values:
            return values[0]
        if default:
            return default.strip().strip("'")
        missing.append(name)
        return ""

    replaced = VARIABLE.sub(value_of, text)
    return None if missing else replaced


def as_text(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


def like(value, pattern):
    """`*` and `?` only: a bracket is a bracket, unless it came from a policy variable."""
    escaped = re.sub(r"\[(?![*?]\])", "[[]", pattern)
    return fnmatch.fnmatchcase(value, escaped)


def arn_like(value, pattern):
    """Each of the six parts of an ARN apart, so that no `*` reaches over a colon but in the last one."""
    values, patterns = value.split(":", 5), pattern.split(":", 5)
    return len(values) == len(patterns) and all(map(like, values, patterns))


def numeric(compare):
    return lambda value, wanted: compare(float(value), float(wanted))


def date(compare):
    return lambda value, wanted: compare(moment(value), moment(wanted))


def moment(text):
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def in_network(value, wanted):
    return ipaddress.ip_address(value) in ipaddress.ip_network(wanted, strict=False)


ORDERS = {
    "Equals": lambda left, right: left == right,
    "LessThan": lambda left, right: left < right,
    "LessThanEquals": lambda left, right: left <= right,
    "GreaterThan": lambda left, right: left > right,
    "GreaterThanEquals": lambda left, right: left >= right,
}

COMPARISONS = {
    "ArnEquals": arn_like,
    "ArnLike": arn_like,
    "BinaryEquals": lambda value, wanted: value == wanted,
    "Bool": lambda value, wanted: value.lower() == wanted.lower(),
    "IpAddress": in_network,
    "StringEquals": lambda value, wanted: value == wanted,
    "StringEqualsIgnoreCase": lambda value, wanted: value.lower() == wanted.lower(),
    "StringLike": like,
    **{f"Numeric{name}": numeric(compare) for name, compare in ORDERS.items()},
    **{f"Date{name}": date(compare) for name, compare in ORDERS.items()},
}

NEGATED = {
    "ArnNotEquals",
    "ArnNotLike",
    "DateNotEquals",
    "NotIpAddress",
    "NumericNotEquals",
    "StringNotEquals",
    "StringNotEqualsIgnoreCase",
    "StringNotLike",
}
