"""What moto's own APIs lack or lose, a service a file. `install()` of a service's file runs before its first request."""

import importlib
import importlib.util

PREPARED = set()


def prepare(service):
    """Puts our changes to a service in place, once."""
    name = service.replace("-", "_")
    if name in PREPARED:
        return
    PREPARED.add(name)
    if importlib.util.find_spec(f"services.{name}"):
        importlib.import_module(f"services.{name}").install()
