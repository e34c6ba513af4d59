"""The service models that the wire speaks: botocore's own files for IAM and STS, each loaded once a process.

Loading `iam/service-2.json` is most of what a cold start costs. The loader kept here is also given to the
botocore session of the embedded account, so that the JSON is read once for both sides of the wire.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from botocore.loaders import Loader
from botocore.model import OperationModel, OperationNotFoundError, ServiceModel

SERVICES: Final = ("iam", "sts")
"""Services that an account answers, by their name in a credential scope."""


@cache
def shared_loader() -> Loader:
    """botocore's data loader on its own files: not the user's model folders (`~/.aws/models`, AWS_DATA_PATH)."""
    return Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)


@cache
def service_model(service: str) -> ServiceModel:
    """The model of `iam` or `sts`; a service that is not served is a bug of the caller."""
    if service not in SERVICES:
        raise AssertionError(f"no wire model for service {service!r}")
    return ServiceModel(shared_loader().load_service_model(service, "service-2"), service_name=service)


@cache
def operation_model(service: str, operation: str) -> OperationModel | None:
    """The model of an operation, or None when the service has no operation of that exact name."""
    try:
        return service_model(service).operation_model(operation)
    except OperationNotFoundError:
        return None


@cache
def service_of_version(version: str) -> str | None:
    """The served service whose API has this version, for example `2010-05-08` for IAM."""
    for service in SERVICES:
        if service_model(service).api_version == version:
            return service
    return None


def service_of_operation(operation: str) -> str | None:
    """The served service that has an operation of this name. No name is in both IAM and STS."""
    for service in SERVICES:
        if operation_model(service, operation) is not None:
            return service
    return None
