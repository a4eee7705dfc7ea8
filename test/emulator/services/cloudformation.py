"""CloudFormation: our stacks and types, instead of moto's."""

import sys
import types

import services

# moto's own handling of templates loads every service that it has, EC2's tables among them: seconds. Nothing of it is
# used, so what its API imports of it is put there empty.
UNUSED = {
    "moto.cloudformation.parsing": ("Export", "OutputMap", "ResourceMap"),
    "moto.cloudformation.custom_model": ("CustomModel",),
}


def install():
    for name, members in UNUSED.items():
        if name not in sys.modules:
            module = types.ModuleType(name)
            vars(module).update({member: type(member, (), {}) for member in members})
            sys.modules[name] = module
    import resources
    from stacks import api, backend

    api.prepare = services.prepare
    resources.register()
    backend.install()
