"""What moto and botocore work out anew with each request, or in each client, though it never changes."""

import functools
import gc

import botocore.loaders
from moto import backends
from moto.core import responses, utils
from moto.moto_server.werkzeug_app import DomainDispatcherApplication


def install():
    # A look into the file system, and a few hundred patterns, for each request.
    backends.list_of_moto_modules = functools.cache(lambda known=backends.list_of_moto_modules: list(known()))
    DomainDispatcherApplication.get_backend_for_host = functools.cache(DomainDispatcherApplication.get_backend_for_host)
    responses.method_names_from_class = functools.cache(responses.method_names_from_class)
    # Each one looks for the descriptions of all services.
    botocore.loaders.create_loader = functools.cache(botocore.loaders.create_loader)
    utils.create_loader = botocore.loaders.create_loader


def describe(service):
    """Loads what botocore knows of a service, which each copy would load anew."""
    utils.get_service_model(NAMES.get(service, service))


# Where botocore's name of a service is not moto's.
NAMES = {"applicationautoscaling": "application-autoscaling"}


def keep():
    """Takes what is loaded for everlasting: else it is looked over for garbage again and again, by each copy anew."""
    gc.freeze()
    gc.enable()
    gc.set_threshold(20_000, 20, 20)
