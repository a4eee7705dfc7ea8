"""A template with its parameters: parsed, checked as far as CloudFormation checks before it makes anything."""

import json

import yaml
from moto.cloudformation.utils import yaml_tag_constructor

from .errors import TemplateError
from .intrinsics import Resolver, as_text, references

SECTIONS = {
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
}


def parse(text):
    """JSON or YAML to an object."""
    if isinstance(text, dict):
        return text
    try:
        return json.loads(text)
    except ValueError:
        yaml.add_multi_constructor("", yaml_tag_constructor)
        return yaml.load(text, Loader=yaml.Loader)


class Template:
    def __init__(self, text, given, scope):
        """`given` are the parameters of the request; `scope` answers what does not stand in the template:
        `pseudo(name)`, `imported(name)`, `dynamic(reference)`, `ssm(name)`, `resource(name)` and `region`."""
        self.document = parse(text)
        self.scope = scope
        self.region = scope.region
        self.mappings = self.document.get("Mappings", {})
        self.resolver = Resolver(self)
        unknown = set(self.document) - SECTIONS
        if unknown:
            raise TemplateError(f"Invalid template property or properties [{', '.join(sorted(unknown))}]")
        if not self.document.get("Resources"):
            raise TemplateError("Template format error: At least one Resources member must be defined.")
        self.parameters = dict(self.read_parameters(given))
        self.resources = {
            name: body
            for name, body in self.document["Resources"].items()
            if "Condition" not in body or self.condition(body["Condition"])
        }
        self.check_references()

    def read_parameters(self, given):
        declared = self.document.get("Parameters", {})
        unknown = set(given) - set(declared)
        if unknown:
            raise TemplateError(f"Parameters: [{', '.join(sorted(unknown))}] do not exist in the template")
        missing = [name for name, body in declared.items() if name not in given and "Default" not in body]
        if missing:
            raise TemplateError(f"Parameters: [{', '.join(missing)}] must have values")
        for name, body in declared.items():
            value = given.get(name, body.get("Default"))
            allowed = body.get("AllowedValues")
            if allowed and as_text(value) not in map(as_text, allowed):
                raise TemplateError(f"Parameter '{name}' must be one of AllowedValues")
            kind = body.get("Type", "String")
            if kind.startswith("AWS::SSM::Parameter::Value<"):
                value = self.scope.ssm(value)
            if "List<" in kind or kind == "CommaDelimitedList":
                value = [item.strip() for item in as_text(value).split(",")]
            yield name, value

    def secret_parameters(self):
        return {
            name for name, body in self.document.get("Parameters", {}).items() if as_text(body.get("NoEcho")) == "true"
        }

    def check_references(self):
        known = {*self.resources, *self.parameters}
        outputs = [body["Value"] for body in self.shown_outputs().values()]
        for where, value in (("Resources", list(self.resources.values())), ("Outputs", outputs)):
            missing = sorted(name for name in references(value) if name not in known and not name.startswith("AWS::"))
            if missing and not self.refers_by_condition_only(value, missing):
                names = ", ".join(missing)
                raise TemplateError(
                    f"Template format error: Unresolved resource dependencies [{names}] in the {where} block of the template"
                )
        self.order()

    def refers_by_condition_only(self, value, missing):
        """Whether each of these names stands in a branch of Fn::If that is not taken."""
        return all(name in self.document["Resources"] for name in missing) and not set(missing) & references(
            self.taken_branches(value)
        )

    def taken_branches(self, value):
        if isinstance(value, list):
            return [self.taken_branches(item) for item in value]
        if not isinstance(value, dict):
            return value
        if set(value) == {"Fn::If"}:
            condition, then, otherwise = value["Fn::If"]
            return self.taken_branches(then if self.condition(condition) else otherwise)
        return {key: self.taken_branches(item) for key, item in value.items()}

    def order(self):
        """The names of the resources, each after those that it needs."""
        ordered, visiting = [], []

        def visit(name):
            if name in ordered:
                return
            if name in visiting:
                circle = ", ".join(visiting[visiting.index(name) :])
                raise TemplateError(f"Circular dependency between resources: [{circle}]")
            visiting.append(name)
            for needed in sorted(self.needs(name)):
                visit(needed)
            visiting.pop()
            ordered.append(name)

        for name in self.resources:
            visit(name)
        return ordered

    def needs(self, name):
        body = self.resources[name]
        depends = body.get("DependsOn", [])
        named = {depends} if isinstance(depends, str) else set(depends)
        named |= references(self.taken_branches(body.get("Properties", {})))
        return {other for other in named if other in self.resources}

    def shown_outputs(self):
        outputs = self.document.get("Outputs") or {}
        return {
            name: body for name, body in outputs.items() if "Condition" not in body or self.condition(body["Condition"])
        }

    def condition(self, name):
        try:
            return self.resolver.resolve(self.document["Conditions"][name])
        except KeyError:
            raise TemplateError(f"Template format error: no condition {name}") from None

    # The scope of the resolver.

    def ref(self, name):
        if name.startswith("AWS::"):
            return self.scope.pseudo(name)
        if name in self.parameters:
            return self.parameters[name]
        return self.scope.resource(name).id

    def attribute(self, name, attribute):
        found = self.scope.resource(name)
        if attribute not in found.attributes:
            raise TemplateError(
                f"Requested attribute {attribute} must be a readonly property in schema for {found.type}"
            )
        return found.attributes[attribute]

    def imported(self, name):
        return self.scope.imported(name)

    def dynamic(self, reference):
        return self.scope.dynamic(reference)
