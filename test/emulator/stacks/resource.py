"""What every type of resource is made of, and where its type is looked up."""

import random
import string

from . import api
from .errors import ResourceError, UnhandledProperty

TYPES = {}


def resource(type_name):
    """Makes a class the one that stands for a type of CloudFormation."""

    def register(cls):
        cls.type = type_name
        TYPES[type_name] = cls
        return cls

    return register


class Resource:
    """One resource of a stack. `id` is what Ref gives; `attributes` is what GetAtt gives.

    A type names the properties that it handles, and of these the ones whose change takes a new resource (`fixed`). All
    others it has to be able to `update`.
    """

    type = ""
    handled = frozenset()
    fixed = frozenset()

    def __init__(self, context, properties):
        self.context = context
        self.properties = properties
        self.id = None
        self.attributes = {}
        # What a type has to remember until the resource is deleted.
        self.kept = {}
        # The property that gives its name, and the name, where the template chooses it.
        self.given_name = None
        # Whether a call has made or changed anything: what was refused at once may be someone else's.
        self.touched = False
        for name in properties:
            if name not in self.handled:
                raise UnhandledProperty(f"{name} of {self.type}")

    # What a type defines.

    def create(self):
        raise NotImplementedError

    def update(self, before):
        """Makes the resource what it is now; `before` is what it was, with the same `id`."""
        changed = sorted(changed_names(before.properties, self.properties))
        raise ResourceError(f"The emulator cannot change {', '.join(changed)} of {self.type}")

    def delete(self):
        raise NotImplementedError

    def exists(self):
        """Whether it is still there. A type that cannot tell is taken to be."""
        return True

    def restore(self, before):
        """As `update`, and what somebody else has changed in the meantime is what the template says again."""
        if before.properties != self.properties or before.context.tags != self.context.tags:
            self.update(before)

    def adopt(self, identifier):
        """Takes over what exists, named by the properties in `identifier`. Returns its `id`; changes nothing."""
        raise ResourceError(f"The emulator cannot import {self.type}")

    # What types use.

    def call(self, service, operation, **parameters):
        answer = api.call(service, self.context.account, self.context.region, operation, parameters)
        self.touched = self.touched or not operation.startswith(("describe_", "get_", "list_"))
        return answer

    def send(self, service, operation, properties, **more):
        """Calls an operation with properties of the template in the operation's own form."""
        account, region = self.context.account, self.context.region
        parameters = api.convert(service, account, region, operation, {**properties, **more})
        return self.call(service, operation, **parameters)

    def pick(self, *names):
        return {name: self.properties[name] for name in names if name in self.properties}

    def without(self, *names):
        return {name: value for name, value in self.properties.items() if name not in names}

    def renamed(self, properties, **names):
        """`properties` with some of them under another name: `new=old`."""
        old = {value: key for key, value in names.items()}
        return {old.get(name, name): value for name, value in properties.items()}

    def name(self, property_name, longest=64, lower=False):
        """The name that the template gives, else one that CloudFormation would make up."""
        if property_name in self.properties:
            self.given_name = (property_name, self.properties[property_name])
            return str(self.properties[property_name])
        suffix = "".join(random.choices(string.ascii_uppercase + string.digits, k=12))
        room = longest - len(suffix) - 1
        prefix = f"{self.context.stack_name}-{self.context.logical_id}"[:room].rstrip("-")
        made = f"{prefix}-{suffix}"
        return made.lower() if lower else made

    def tags(self):
        """The stack's tags and the resource's own, as a list of Key and Value."""
        own = self.properties.get("Tags", [])
        if isinstance(own, list):
            own = {tag["Key"]: tag["Value"] for tag in own}
        return [{"Key": key, "Value": str(value)} for key, value in {**self.context.tags, **own}.items()]

    def tag_map(self):
        return {tag["Key"]: tag["Value"] for tag in self.tags()}

    def arn(self, service, rest, region=None, account=None):
        region = self.context.region if region is None else region
        account = self.context.account if account is None else account
        return f"arn:aws:{service}:{region}:{account}:{rest}"


def changed_names(before, after):
    return {name for name in {*before, *after} if before.get(name) != after.get(name)}


def removed_tags(before, after):
    """The keys of the tags that `before` had and `after` has not."""
    return sorted({tag["Key"] for tag in before.tags()} - {tag["Key"] for tag in after.tags()})
