"""What can be asked of the emulator itself, and told to it, while it runs."""

import json
import sys
from urllib.parse import parse_qs

import options

OPTIONS = {"lambdaUrl": "lambda_url", "plainHttpIsSecure": "plain_http_is_secure"}


def answer(method, path, environ):
    """What the path leads to, or None.

    :raises ValueError: when what was sent cannot be used
    """
    if (method, path) == ("GET", "/emulator/rotations"):
        module = sys.modules.get("services.secretsmanager")
        return module.rotations if module else []
    if (method, path) == ("GET", "/emulator/types"):
        return registered_types()
    if (method, path) == ("GET", "/emulator/auth-tokens"):
        return auth_tokens(parse_qs(environ.get("QUERY_STRING", "")).get("group", [""])[0])
    if (method, path) == ("POST", "/emulator/builds"):
        return set_course(sent(environ))
    if (method, path) == ("POST", "/emulator/options"):
        return set_options(sent(environ))
    return None


def sent(environ):
    return json.loads(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))


def set_course(given):
    from services.codebuild.builds import set_course

    return set_course(given)


def registered_types():
    import services

    services.prepare("cloudformation")
    from stacks.resource import TYPES

    return sorted(TYPES)


def auth_tokens(group):
    from moto.elasticache.models import elasticache_backends

    for account in list(elasticache_backends.values()):
        for backend in list(account.values()):
            if group in backend.replication_groups:
                return backend.replication_groups[group].auth_tokens
    raise ValueError(f"There is no replication group {group!r}")


def set_options(given):
    unknown = set(given) - set(OPTIONS)
    if unknown:
        raise ValueError(f"Unknown options: {', '.join(sorted(unknown))}")
    for name, value in given.items():
        setattr(options, OPTIONS[name], value)
    return {name: getattr(options, attribute) for name, attribute in OPTIONS.items()}
