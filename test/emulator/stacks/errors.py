"""What stops a template or a resource."""


class TemplateError(Exception):
    """The template itself is wrong: CreateStack and UpdateStack refuse it."""


class ResourceError(Exception):
    """A resource cannot be made, changed or removed: the stack rolls back with these words."""


class UnhandledProperty(ResourceError):
    """A property that the emulator would have to ignore. It never does."""

    def __init__(self, path):
        super().__init__(f"The emulator does not handle the property {path}")
        self.path = path
