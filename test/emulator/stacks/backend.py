"""Puts our stacks in the place of moto's, behind moto's API of CloudFormation."""

from urllib.parse import urlparse

from moto.cloudformation import models, responses
from moto.cloudformation.exceptions import CloudFormationError, ValidationError
from moto.cloudformation.utils import generate_stack_id, get_stack_from_s3_url

from .errors import TemplateError
from .stack import Stack
from .template import parse


class ChangeSetNotFound(CloudFormationError):
    code = "ChangeSetNotFound"


def refusing_templates(method):
    """A template that is wrong is the client's error."""

    def wrapped(*args, **kwargs):
        try:
            return method(*args, **kwargs)
        except TemplateError as error:
            raise ValidationError(message=str(error)) from error

    return wrapped


class Stacks:
    """The methods of moto's backend that make, change and remove stacks."""

    @refusing_templates
    def create_stack(self, name, template, parameters, disable_rollback=False, **options):
        if any(stack.name == name for stack in self.stacks.values()):
            raise models.AlreadyExistsException(f"Stack [{name}] already exists")
        stack_id = generate_stack_id(name, self.region_name, self.account_id)
        stack = Stack(self, stack_id, name, template, parameters, **options)
        stack.disable_rollback = disable_rollback
        self.stacks[stack_id] = stack
        stack.create()
        return stack

    @refusing_templates
    def update_stack(self, name, template, role_arn, parameters, tags):
        stack = self.get_stack(name)
        values = {item["ParameterKey"]: item["ParameterValue"] for item in parameters if "ParameterValue" in item}
        previous = [item["ParameterKey"] for item in parameters if item.get("UsePreviousValue")]
        # One that was never given keeps its default.
        values.update({name: stack.parameters[name] for name in previous if name in stack.parameters})
        if stack.has_template(template) and stack.parameters == values and tags in (None, stack.tags):
            raise ValidationError(message="No updates are to be performed.")
        stack.update(template, values, tags, role_arn)
        return stack

    def delete_stack(self, name_or_stack_id):
        found = [stack for stack in self.stacks.values() if name_or_stack_id in (stack.name, stack.stack_id)]
        for stack in found:
            if stack.enable_termination_protection:
                raise ValidationError(
                    message=f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled"
                )
            self.refuse_in_use(stack, {export.name for export in stack.exports})
            if stack.delete():
                for export in stack.exports:
                    self.exports.pop(export.name, None)
                del self.stacks[stack.stack_id]
                self.deleted_stacks[stack.stack_id] = stack

    def refuse_in_use(self, stack, export_names):
        for other in self.stacks.values():
            used = other.imports & export_names
            if used and other is not stack:
                raise ValidationError(
                    message=f"Export {sorted(used)[0]} cannot be deleted as it is in use by {other.name}"
                )

    def describe_stacks(self, name_or_stack_id):
        if not name_or_stack_id:
            return list(self.stacks.values())
        try:
            return [self.get_stack(name_or_stack_id)]
        except ValidationError:
            raise ValidationError(message=f"Stack with id {name_or_stack_id} does not exist") from None

    # What moto does not hand on of the request that is being answered.
    asked = {}

    @refusing_templates
    def create_change_set(self, stack_name, change_set_name, template, parameters, change_set_type, **options):
        if change_set_type in ("CREATE", "IMPORT") and not any(stack.name == stack_name for stack in self.stacks.values()):
            stack_id = generate_stack_id(stack_name, self.region_name, self.account_id)
            self.stacks[stack_id] = Stack(self, stack_id, stack_name, None, {}, options.get("tags"))
        stack = self.get_stack(stack_name)
        parameters = stack.as_given(parameters)
        change_set = ChangeSet(
            change_set_type=change_set_type,
            change_set_id=models.generate_changeset_id(change_set_name, self.region_name, self.account_id),
            change_set_name=change_set_name,
            stack=stack,
            template=template,
            parameters=parameters,
            description=options.get("description"),
            notification_arns=options.get("notification_arns"),
            tags=options.get("tags"),
            role_arn=options.get("role_arn"),
        )
        change_set.revert_drift = self.asked.get("mode") == "REVERT_DRIFT"
        change_set.imports = {
            item["LogicalResourceId"]: item["ResourceIdentifier"] for item in self.asked.get("imports", [])
        }
        if change_set_type == "IMPORT":
            refuse_import(self, stack, template, change_set.imports)
        elif change_set.imports:
            raise ValidationError(message="ResourcesToImport is for change sets of the type IMPORT")
        unchanged = stack.current and stack.has_template(template) and stack.parameters == parameters
        drifted = change_set.revert_drift and not all(made.exists() for made in stack.made.values())
        if unchanged and not drifted and change_set.tags in (None, {}, stack.tags):
            change_set.status, change_set.execution_status = "FAILED", "UNAVAILABLE"
            change_set.status_reason = "The submitted information didn't contain changes."
        else:
            change_set.status, change_set.execution_status = "CREATE_COMPLETE", "AVAILABLE"
        self.change_sets[change_set.change_set_id] = change_set
        return change_set.change_set_id, stack.stack_id

    def describe_change_set(self, change_set_name):
        for change_set in reversed(self.change_sets.values()):
            if change_set_name in (change_set.change_set_id, change_set.change_set_name):
                return change_set
        raise ChangeSetNotFound(f"ChangeSet [{change_set_name}] does not exist")

    def delete_change_set(self, change_set_name):
        """One that is not there is no error."""
        for id, change_set in list(self.change_sets.items()):
            if change_set_name in (id, change_set.change_set_name):
                del self.change_sets[id]

    @refusing_templates
    def execute_change_set(self, change_set_name, stack_name=None):
        change_set = self.describe_change_set(change_set_name)
        stack = change_set.stack
        change_set.execution_status = "EXECUTE_COMPLETE"
        if change_set.change_set_type == "IMPORT":
            stack.take_in(change_set.template, change_set.parameters, change_set.imports, change_set.tags or None)
        elif stack.current is None:
            stack.tags = change_set.tags or {}
            stack.read(change_set.template, change_set.parameters)
            stack.create()
        else:
            stack.update(
                change_set.template,
                change_set.parameters,
                change_set.tags or None,
                revert_drift=change_set.revert_drift,
            )

    def update_termination_protection(self, name, protected):
        stack = self.get_stack(name)
        stack.enable_termination_protection = protected
        return stack


def refuse_import(backend, stack, template, imports):
    """As CloudFormation does before it looks at the resources themselves."""
    body = parse(template)
    before = stack.template_dict or {}
    resources, known = body.get("Resources", {}), before.get("Resources", {})
    missing = sorted(set(resources) - set(known) - set(imports))
    if missing:
        raise ValidationError(message=f"Resources {missing} is missing from ResourceToImport list")
    changed = sorted(name for name in known if resources.get(name) != known[name])
    if changed:
        raise ValidationError(
            message=f"You have modified resources {changed} in your template that are not being imported. "
            "Update, create or delete operations cannot be executed during import operations."
        )
    if body.get("Outputs", {}) != before.get("Outputs", {}):
        raise ValidationError(message="As part of the import operation, you cannot modify or add [Outputs]")
    for name in imports:
        if name not in resources:
            raise ValidationError(message=f"Resource {name} to import is not in the template")
        if "DeletionPolicy" not in resources[name]:
            raise ValidationError(
                message=f"Resources to import must have a DeletionPolicy attribute specified in the template: {name}"
            )
        for other in backend.stacks.values():
            for made in other.made.values():
                if made.type == resources[name]["Type"] and made.physical_resource_id in imports[name].values():
                    raise ValidationError(message=f"{made.physical_resource_id} already exists in stack {other.stack_id}")


class ChangeSet(models.ChangeSet):
    def _parse_template(self):
        self.template_dict = parse(self.template)

    def diff(self):
        old = self.stack.template_dict.get("Resources", {})
        new = self.template_dict["Resources"]
        changes = [models.Change("Add", name, new[name]["Type"]) for name in new if name not in old]
        changes += [
            models.Change("Modify", name, new[name]["Type"]) for name in new if name in old and new[name] != old[name]
        ]
        changes += [models.Change("Remove", name, old[name]["Type"]) for name in old if name not in new]
        return changes


MOTO_CREATE_CHANGE_SET = responses.CloudFormationResponse.create_change_set


def create_change_set(self):
    """moto's, with what it does not know."""
    backend = self.cloudformation_backend
    backend.asked = {"imports": self._get_param("ResourcesToImport", []), "mode": self._get_param("DeploymentMode")}
    try:
        return MOTO_CREATE_CHANGE_SET(self)
    finally:
        backend.asked = {}


def list_stack_resources(self):
    """moto's, with what became of each, also of those that a stack had."""
    stack = self.cloudformation_backend.get_stack(self._get_param("StackName"))
    return responses.ActionResult(
        {
            "StackResourceSummaries": [
                {
                    "ResourceStatus": outcome.status,
                    "LogicalResourceId": outcome.logical_resource_id,
                    "LastUpdatedTimestamp": stack.creation_time,
                    "PhysicalResourceId": outcome.physical_resource_id,
                    "ResourceType": outcome.cf_resource_type,
                }
                for name, outcome in stack.outcomes.items()
                if stack.status == "DELETE_COMPLETE" or name in stack.made
            ]
        }
    )


def create_stack(self):
    """moto's, with the two options that say what happens after a failure."""
    on_failure = self._get_param("OnFailure")
    keep = self._get_bool_param("DisableRollback", False) or on_failure == "DO_NOTHING"
    backend = self.cloudformation_backend
    template = self._get_param("TemplateBody")
    url = self._get_param("TemplateURL")
    stack = backend.create_stack(
        name=self._get_param("StackName"),
        template=self._get_stack_from_s3_url(url) if url else template,
        parameters=self._get_params_from_list(self._get_param("Parameters", [])),
        disable_rollback=keep,
        notification_arns=self._get_param("NotificationARNs", []),
        tags={item["Key"]: item["Value"] for item in self._get_param("Tags", [])},
        role_arn=self._get_param("RoleARN"),
        enable_termination_protection=self._get_param("EnableTerminationProtection"),
        timeout_in_mins=self._get_param("TimeoutInMinutes"),
        stack_policy_body=self._get_param("StackPolicyBody"),
    )
    return responses.ActionResult({"StackId": stack.stack_id})


def stack_body_at(self, url):
    """moto's, which knows the hosts of AWS only: a client of the emulator names the emulator's own."""
    parts = urlparse(url)
    if not parts.netloc.endswith("amazonaws.com"):
        bucket, key = parts.path.lstrip("/").split("/", 1)
        url = f"https://s3.amazonaws.com/{bucket}/{key}"
    return get_stack_from_s3_url(url, account_id=self.current_account, partition=self.partition)


def update_termination_protection(self):
    protected = self._get_bool_param("EnableTerminationProtection", False)
    stack = self.cloudformation_backend.update_termination_protection(self._get_param("StackName"), protected)
    return responses.ActionResult({"StackId": stack.stack_id})


def install():
    """Takes the place of moto's own handling of stacks."""
    for name, method in vars(Stacks).items():
        if not name.startswith("__"):
            setattr(models.CloudFormationBackend, name, method)
    responses.CloudFormationResponse.create_stack = create_stack
    responses.CloudFormationResponse.create_change_set = create_change_set
    responses.CloudFormationResponse.list_stack_resources = list_stack_resources
    responses.CloudFormationResponse._get_stack_from_s3_url = stack_body_at
    responses.CloudFormationResponse.update_termination_protection = update_termination_protection
