"""The types of resources that stacks may hold, a service a file."""

import importlib
import pkgutil


def register():
    """Loads every file, which registers its types with stacks.resource.TYPES."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"resources.{module.name}")
