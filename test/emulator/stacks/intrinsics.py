"""Intrinsic functions: what a value of a template comes to. A function that is not known is an error."""

import base64
import ipaddress
import json
import re

from .errors import TemplateError

NO_VALUE = object()

PLACEHOLDER = re.compile(r"\$\{([^}]*)\}")
DYNAMIC_REFERENCE = re.compile(r"\{\{resolve:([^}]+)\}\}")


class Resolver:
    """Resolves values within a scope: `ref(name)`, `attribute(name, attribute)`, `condition(name)`, `mappings`,
    `imported(name)`, `dynamic(reference)` and `region`."""

    def __init__(self, scope):
        self.scope = scope

    def resolve(self, value):
        """The plain value, or NO_VALUE."""
        if isinstance(value, list):
            items = [self.resolve(item) for item in value]
            return [item for item in items if item is not NO_VALUE]
        if isinstance(value, str):
            return DYNAMIC_REFERENCE.sub(lambda match: self.scope.dynamic(match[1]), value)
        if not isinstance(value, dict):
            return value
        function = function_of(value)
        if function:
            return self.call(function, value[function])
        resolved = {key: self.resolve(item) for key, item in value.items()}
        return {key: item for key, item in resolved.items() if item is not NO_VALUE}

    def call(self, function, argument):
        name = function.removeprefix("Fn::").lower()
        handler = getattr(self, f"fn_{name}", None)
        if handler is None:
            raise TemplateError(f"Template error: the emulator does not know the function {function}")
        return handler(argument)

    def fn_ref(self, name):
        return NO_VALUE if name == "AWS::NoValue" else self.scope.ref(name)

    def fn_getatt(self, argument):
        name, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
        return self.scope.attribute(name, self.resolve(attribute))

    def fn_condition(self, name):
        return self.scope.condition(name)

    def fn_if(self, argument):
        condition, then, otherwise = argument
        return self.resolve(then if self.scope.condition(condition) else otherwise)

    def fn_equals(self, argument):
        left, right = (self.resolve(item) for item in argument)
        return as_text(left) == as_text(right)

    def fn_and(self, argument):
        return all([self.resolve(item) for item in argument])

    def fn_or(self, argument):
        return any([self.resolve(item) for item in argument])

    def fn_not(self, argument):
        return not self.resolve(argument[0])

    def fn_join(self, argument):
        separator, items = argument
        return separator.join(as_text(item) for item in self.resolve(items))

    def fn_split(self, argument):
        separator, text = argument
        return self.resolve(text).split(separator)

    def fn_select(self, argument):
        index, items = argument
        return self.resolve(items)[int(self.resolve(index))]

    def fn_findinmap(self, argument):
        table, first, second = (self.resolve(item) for item in argument)
        try:
            return self.scope.mappings[table][first][second]
        except KeyError:
            raise TemplateError(f"Template error: no {first}.{second} in the mapping {table}") from None

    def fn_sub(self, argument):
        text, values = argument if isinstance(argument, list) else (argument, {})

        def replace(match):
            name = match[1].strip()
            if name.startswith("!"):
                return "${" + name[1:] + "}"
            if name in values:
                return as_text(self.resolve(values[name]))
            if "." in name:
                return as_text(self.fn_getatt(name))
            return as_text(self.scope.ref(name))

        return self.resolve(PLACEHOLDER.sub(replace, text))

    def fn_base64(self, argument):
        return base64.b64encode(self.resolve(argument).encode()).decode()

    def fn_getazs(self, argument):
        region = self.resolve(argument) or self.scope.region
        return [f"{region}{zone}" for zone in "abc"]

    def fn_importvalue(self, argument):
        return self.scope.imported(self.resolve(argument))

    def fn_cidr(self, argument):
        block, count, *bits = (self.resolve(item) for item in argument)
        network = ipaddress.ip_network(block)
        subnets = network.subnets(new_prefix=network.max_prefixlen - int(bits[0] if bits else 8))
        return [str(subnet) for subnet, _ in zip(subnets, range(int(count)))]

    def fn_tojsonstring(self, argument):
        return json.dumps(self.resolve(argument))

    def fn_length(self, argument):
        return len(self.resolve(argument))


def function_of(value):
    """The function that an object of a template calls, or None."""
    if len(value) != 1:
        return None
    (key,) = value
    # A policy's statement has a Condition too, but that holds an object.
    if key == "Condition":
        return key if isinstance(value[key], str) else None
    return key if key == "Ref" or key.startswith("Fn::") else None


def references(value):
    """The names that a value refers to: resources, parameters and pseudo parameters."""
    if isinstance(value, list):
        return set().union(*(references(item) for item in value))
    if not isinstance(value, dict):
        return set()
    function = function_of(value)
    if function == "Ref":
        return {value["Ref"]}
    if function == "Fn::GetAtt":
        target = value[function]
        return {target.split(".", 1)[0] if isinstance(target, str) else target[0]}
    found = set().union(*(references(item) for item in value.values()))
    if function == "Fn::Sub":
        text, values = value[function] if isinstance(value[function], list) else (value[function], {})
        names = (name.strip() for name in PLACEHOLDER.findall(text))
        found |= {name.split(".", 1)[0] for name in names if not name.startswith("!") and name not in values}
    return found


def as_text(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
