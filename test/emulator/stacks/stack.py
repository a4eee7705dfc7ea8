"""A stack: made, changed, rolled back and removed resource by resource, as CloudFormation does it, but at once."""

import json
import traceback
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError
from moto.cloudformation.models import Event
from moto.cloudformation.models import Stack as MotoStack
from moto.core.utils import utcnow

from . import api
from .errors import ResourceError, TemplateError
from .intrinsics import as_text
from .resource import TYPES, changed_names
from .template import Template

REFUSALS = (ResourceError, TemplateError, ClientError, BotoCoreError)

# Kinds of resources that describe a stack and make nothing.
NOTHING_TO_MAKE = {"AWS::CDK::Metadata"}


@dataclass(frozen=True)
class Export:
    exporting_stack_id: str
    name: str
    value: str


@dataclass(frozen=True)
class Outcome:
    logical_resource_id: str
    physical_resource_id: str
    cf_resource_type: str
    status: str


@dataclass(frozen=True)
class Context:
    """Where a resource is made, and for whom."""

    account: str
    region: str
    stack_id: str
    stack_name: str
    logical_id: str
    tags: dict


class Stack(MotoStack):
    """What moto's API of CloudFormation shows, with resources that are made by our types."""

    def __init__(self, backend, stack_id, name, template, parameters, tags=None, **options):
        self.backend = backend
        self.stack_id = stack_id
        self.name = name
        self.account_id = backend.account_id
        self.region_name = backend.region_name
        self.tags = tags or {}
        self.notification_arns = options.get("notification_arns") or []
        self.role_arn = options.get("role_arn")
        self.enable_termination_protection = as_text(options.get("enable_termination_protection")).lower() == "true"
        self.timeout_in_minutes = options.get("timeout_in_mins")
        self.policy = options.get("stack_policy_body") or ""
        self.disable_rollback = False
        self.events = []
        self.creation_time = utcnow()
        self.status = "REVIEW_IN_PROGRESS"
        self.status_reason = None
        self.stack_status_reason = None
        self.made = {}
        self.imports = set()
        self.exported = []
        self.shown = []
        self.custom_resources = {}
        # What became of each resource at last, also of those that the stack has no more.
        self.outcomes = {}
        self.template = template
        self.parameters = dict(parameters)
        self.current = None
        self.template_dict = {}
        self.description = None
        if template:
            self.read(template, parameters)

    def read(self, template, parameters):
        self.current = Template(template, parameters, self)
        self.template, self.parameters = template, dict(parameters)
        self.template_dict = self.current.document
        self.description = self.template_dict.get("Description")

    def as_given(self, parameters):
        """For a previous value moto takes what it stands for; of one in Parameter Store that is not its name."""
        if self.current is None:
            return parameters
        declared = self.template_dict.get("Parameters", {})
        names = {name for name, body in declared.items() if "SSM::Parameter::Value" in body.get("Type", "")}
        previous = {name for name in names if name in parameters and parameters[name] == self.current.parameters.get(name)}
        kept = {name: value for name, value in parameters.items() if name not in previous}
        return {**kept, **{name: self.parameters[name] for name in previous if name in self.parameters}}

    # What happens to a stack.

    def create(self):
        """Makes everything; after a failure, removes it again."""
        self.report("CREATE_IN_PROGRESS", "User Initiated")
        try:
            for name in self.current.order():
                self.make(name)
            self.publish_outputs()
        except REFUSALS as error:
            if self.disable_rollback:
                return self.report("CREATE_FAILED", f"The following resource(s) failed to create: {error}")
            self.report("ROLLBACK_IN_PROGRESS", f"The following resource(s) failed to create. {error}")
            removed = self.remove_all(list(reversed(self.made)), rolling_back=True)
            return self.report("ROLLBACK_COMPLETE" if removed else "ROLLBACK_FAILED", str(error))
        self.report("CREATE_COMPLETE")

    def update(self, template, parameters, tags=None, role_arn=None, revert_drift=False):
        """`revert_drift`: what is not there any more is made again, and what is there gets all of its settings again."""
        before = (self.template, dict(self.parameters), self.tags)
        self.read(template, parameters)
        self.tags = self.tags if tags is None else tags
        self.role_arn = role_arn or self.role_arn
        self.report("UPDATE_IN_PROGRESS", "User Initiated")
        undo, replaced = [], []
        try:
            for name in self.current.order():
                self.make_or_change(name, undo, replaced, revert_drift)
            self.publish_outputs()
        except REFUSALS as error:
            return self.undo_update(error, before, undo)
        self.report("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        # What is not needed any more goes last, in the order in which nothing needs it.
        for name, old in reversed(replaced):
            self.discard(name, old, old.policies.get("UpdateReplacePolicy"))
        self.remove_all([name for name in reversed(list(self.made)) if name not in self.current.resources])
        self.report("UPDATE_COMPLETE")

    def take_in(self, template, parameters, identifiers, tags=None):
        """Imports resources that exist; `identifiers` has what identifies each, by its logical id. Nothing is changed."""
        before = (self.template, dict(self.parameters), self.tags, dict(self.made))
        self.read(template, parameters)
        self.tags = self.tags if tags is None else tags
        self.report("IMPORT_IN_PROGRESS", "User Initiated")
        for name in [name for name in self.current.order() if name in identifiers]:
            body = self.current.resources[name]
            self.report_resource(name, body["Type"], "IMPORT_IN_PROGRESS")
            try:
                made = self.instance(name, self.current.resolver.resolve(body.get("Properties", {})))
                made.id = made.physical_resource_id = made.adopt(identifiers[name])
            except Exception as error:
                note(error)
                self.report_resource(name, body["Type"], "IMPORT_FAILED", reason=reason(error))
                self.template, self.parameters, self.tags, self.made = before
                if self.template:
                    self.read(self.template, self.parameters)
                return self.report("IMPORT_ROLLBACK_COMPLETE", reason(error))
            self.made[name] = made
            self.report_resource(name, body["Type"], "IMPORT_COMPLETE", made)
        self.report("IMPORT_COMPLETE")

    def delete(self):
        """Returns whether everything is gone that was not to be retained."""
        self.report("DELETE_IN_PROGRESS", "User Initiated")
        if not self.remove_all(list(reversed(self.made))):
            self.report("DELETE_FAILED", f"The following resource(s) failed to delete: [{', '.join(self.made)}].")
            return False
        self.report("DELETE_COMPLETE")
        return True

    # One resource.

    def instance(self, name, properties):
        body = self.current.resources[name]
        kind = body["Type"]
        if kind not in TYPES:
            raise ResourceError(f"The emulator does not know the type {kind}")
        context = Context(self.account_id, self.region_name, self.stack_id, self.name, name, self.tags)
        made = TYPES[kind](context, properties)
        made.logical_resource_id = name
        made.cf_resource_type = kind
        made.policies = {key: body[key] for key in ("DeletionPolicy", "UpdateReplacePolicy") if key in body}
        made.needs = self.current.needs(name)
        return made

    def make(self, name, event="CREATE"):
        body = self.current.resources[name]
        if body["Type"] in NOTHING_TO_MAKE:
            return
        self.report_resource(name, body["Type"], f"{event}_IN_PROGRESS")
        made = None
        try:
            made = self.instance(name, self.current.resolver.resolve(body.get("Properties", {})))
            made.id = made.create()
            made.physical_resource_id = made.id
        except Exception as error:
            note(error)
            self.report_resource(name, body["Type"], f"{event}_FAILED", reason=reason(error))
            if made is not None and made.touched and made.id is not None:
                # Half made is made.
                self.discard(name, made, None)
            raise ResourceError(f"{name}: {reason(error)}") from error
        self.made[name] = made
        self.report_resource(name, body["Type"], f"{event}_COMPLETE", made)

    def make_or_change(self, name, undo, replaced, revert_drift=False):
        body = self.current.resources[name]
        if body["Type"] in NOTHING_TO_MAKE:
            return
        before = self.made.get(name)
        if revert_drift and before is not None and not before.exists():
            before = None
        if before is None:
            self.make(name)
            undo.append(lambda: self.discard(name, self.made.pop(name), None))
            return
        try:
            after = self.instance(name, self.current.resolver.resolve(body.get("Properties", {})))
        except REFUSALS as error:
            self.report_resource(name, body["Type"], "UPDATE_FAILED", before, str(error))
            raise ResourceError(f"{name}: {error}") from error
        changed = changed_names(before.properties, after.properties)
        if before.type != after.type or changed & after.fixed:
            self.refuse_same_name(name, before, after)
            self.make(name, event="UPDATE")
            replaced.append((name, before))
            undo.append(lambda: (self.discard(name, self.made[name], None), self.made.__setitem__(name, before)))
            return
        after.id, after.attributes, after.kept = before.id, dict(before.attributes), before.kept
        after.given_name = before.given_name
        after.physical_resource_id = before.id
        if changed or revert_drift or before.context.tags != after.context.tags:
            self.change(name, before, after, revert_drift)
            undo.append(lambda: self.change(name, after, before))
        self.made[name] = after

    def refuse_same_name(self, name, before, after):
        """The new resource is made while the old one exists, which has the name."""
        if before.type != after.type or before.given_name is None:
            return
        property_name, given = before.given_name
        if after.properties.get(property_name) != given:
            return
        problem = (
            "CloudFormation cannot update a stack when a custom-named resource requires replacing. "
            f"Rename {given} and update the stack again."
        )
        self.report_resource(name, after.type, "UPDATE_FAILED", before, problem)
        raise ResourceError(f"{name}: {problem}")

    def change(self, name, before, after, revert_drift=False):
        self.report_resource(name, after.type, "UPDATE_IN_PROGRESS", before)
        try:
            after.restore(before) if revert_drift else after.update(before)
        except Exception as error:
            note(error)
            self.report_resource(name, after.type, "UPDATE_FAILED", before, reason(error))
            raise ResourceError(f"{name}: {reason(error)}") from error
        self.made[name] = after
        self.report_resource(name, after.type, "UPDATE_COMPLETE", after)

    def undo_update(self, error, before, undo):
        self.report("UPDATE_ROLLBACK_IN_PROGRESS", str(error))
        template, parameters, tags = before
        try:
            for step in reversed(undo):
                step()
        except REFUSALS as failure:
            return self.report("UPDATE_ROLLBACK_FAILED", str(failure))
        self.read(template, parameters)
        self.tags = tags
        self.publish_outputs()
        self.report("UPDATE_ROLLBACK_COMPLETE", str(error))

    def remove_all(self, names, rolling_back=False):
        removed = True
        for name in in_order_of_removal(names, self.made):
            policy = self.made[name].policies.get("DeletionPolicy")
            if rolling_back and policy == "RetainExceptOnCreate":
                policy = "Delete"
            if self.discard(name, self.made[name], policy):
                del self.made[name]
            else:
                removed = False
        return removed

    def discard(self, name, old, policy):
        if policy in ("Retain", "RetainExceptOnCreate"):
            self.report_resource(name, old.type, "DELETE_SKIPPED", old)
            return True
        self.report_resource(name, old.type, "DELETE_IN_PROGRESS", old)
        try:
            old.delete()
        except Exception as error:
            note(error)
            self.report_resource(name, old.type, "DELETE_FAILED", old, reason(error))
            return False
        self.report_resource(name, old.type, "DELETE_COMPLETE", old)
        return True

    # Outputs and exports.

    def publish_outputs(self):
        shown, exported = [], []
        for name, body in self.current.shown_outputs().items():
            value = as_text(self.current.resolver.resolve(body["Value"]))
            export = body.get("Export", {}).get("Name")
            export = None if export is None else self.current.resolver.resolve(export)
            shown.append(
                {"OutputKey": name, "OutputValue": value, "Description": body.get("Description"), "ExportName": export}
            )
            if export is not None:
                other = self.backend.exports.get(export)
                if other and other.exporting_stack_id != self.stack_id:
                    raise TemplateError(f"Export with name {export} is already exported by another stack")
                exported.append(Export(self.stack_id, export, value))
        gone = {export.name for export in self.exported} - {export.name for export in exported}
        self.backend.refuse_in_use(self, gone)
        for name in gone:
            self.backend.exports.pop(name, None)
        self.backend.exports.update({export.name: export for export in exported})
        self.shown, self.exported = shown, exported

    @property
    def outputs(self):
        return self.shown or None

    @property
    def exports(self):
        return self.exported

    @property
    def stack_resources(self):
        return list(self.made.values())

    @property
    def stack_parameters(self):
        return dict(self.current.parameters) if self.current else {}

    @property
    def parameter_list(self):
        if self.current is None:
            return []
        hidden = self.current.secret_parameters()
        return [
            {"ParameterKey": name, "ParameterValue": "****" if name in hidden else as_list_text(value)}
            for name, value in self.current.parameters.items()
        ]

    # The scope of the template.

    @property
    def region(self):
        return self.region_name

    def pseudo(self, name):
        values = {
            "AWS::AccountId": self.account_id,
            "AWS::NotificationARNs": self.notification_arns,
            "AWS::Partition": "aws",
            "AWS::Region": self.region_name,
            "AWS::StackId": self.stack_id,
            "AWS::StackName": self.name,
            "AWS::URLSuffix": "amazonaws.com",
        }
        if name not in values:
            raise TemplateError(f"Template format error: no pseudo parameter {name}")
        return values[name]

    def resource(self, name):
        if name not in self.made:
            raise TemplateError(f"Template format error: {name} was not made")
        return self.made[name]

    def imported(self, name):
        if name not in self.backend.exports:
            raise TemplateError(f"No export named {name} found.")
        self.imports.add(name)
        return self.backend.exports[name].value

    def ssm(self, name):
        try:
            return self.call("ssm", "get_parameter", Name=name)["Parameter"]["Value"]
        except ClientError as error:
            raise TemplateError(
                f"Unable to fetch parameters [{name}] from parameter store for this account."
            ) from error

    def dynamic(self, reference):
        """`{{resolve:service:…}}`"""
        service, rest = reference.split(":", 1)
        if service in ("ssm", "ssm-secure"):
            return self.ssm(rest.split(":")[0])
        if service != "secretsmanager":
            raise TemplateError(f"Template error: the emulator does not know {{{{resolve:{service}:…}}}}")
        secret, key, stage, version = split_secret_reference(rest)
        wanted = {"VersionStage": stage or "AWSCURRENT"} if not version else {"VersionId": version}
        value = self.call("secretsmanager", "get_secret_value", SecretId=secret, **wanted)["SecretString"]
        return as_text(json.loads(value)[key]) if key else value

    def call(self, service, operation, **parameters):
        return api.call(service, self.account_id, self.region_name, operation, parameters)

    # Events.

    def report(self, status, reason=None):
        self.status, self.status_reason, self.stack_status_reason = status, reason, reason
        self.add_event(self.name, "AWS::CloudFormation::Stack", status, self.stack_id, reason)

    def report_resource(self, name, kind, status, made=None, reason=None):
        physical = getattr(made, "physical_resource_id", None) or ""
        self.outcomes[name] = Outcome(name, physical, kind, status)
        self.add_event(name, kind, status, physical, reason)

    def add_event(self, name, kind, status, physical, reason):
        event = Event(self.stack_id, self.name, name, physical, kind, status, reason, None)
        event.sendToSns(self.account_id, self.region_name, self.notification_arns)
        self.events.append(event)


def reason(error):
    return str(error) if isinstance(error, REFUSALS) else f"{type(error).__name__}: {error}"


def note(error):
    """What is no refusal is a fault, of moto's or of ours: it fails the resource, and says where it happened."""
    if not isinstance(error, REFUSALS):
        traceback.print_exception(error)


def in_order_of_removal(names, made):
    """What is needed by others goes after them."""
    ordered = []

    def visit(name):
        if name in ordered:
            return
        for other in names:
            if other != name and name in made[other].needs:
                visit(other)
        ordered.append(name)

    for name in names:
        visit(name)
    return ordered


def split_secret_reference(text):
    """`secret:SecretString:key:stage:version`, where the secret may be an ARN."""
    secret, _, rest = text.partition(":SecretString")
    key, stage, version = (*rest.lstrip(":").split(":"), "", "", "")[:3]
    return secret, key, stage, version


def as_list_text(value):
    return ",".join(value) if isinstance(value, list) else as_text(value)
