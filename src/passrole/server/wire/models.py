"""The service models that the wire speaks: botocore's own files for IAM and STS, each made once a process."""

from __future__ import annotations

from functools import cache
from typing import Final

from botocore.model import OperationModel, ServiceModel

from passrole.account.aws_models import shared_loader

SERVICES: Final = ("iam", "sts")
"""Services that an account answers, by their name in a credential scope."""


@cache
def service_model(service: str) -> ServiceModel:
    """The model of `iam` or `sts`; a service that is not served is a bug of the caller."""
    if service not in SERVICES:
        raise AssertionError(f"no wire model for service {service!r}")
    return ServiceModel(shared_loader().load_service_model(service, "service-2"), service_name=service)


def operation_model(service: str, operation: str) -> OperationModel | None:
    """The model of an operation, or None when the service has no operation of that exact name."""
    # Asked before the cache: names come from strangers, and a cache of all they think of would fill the memory.
    return _operation_model(service, operation) if operation in _operation_names(service) else None


def service_of_version(version: str) -> str | None:
    """The served service whose API has this version, for example `2010-05-08` for IAM."""
    return next((service for service in SERVICES if service_model(service).api_version == version), None)


def service_of_operation(operation: str) -> str | None:
    """The served service that has an operation of this name. No name is in both IAM and STS."""
    return next((service for service in SERVICES if operation in _operation_names(service)), None)


@cache
def _operation_names(service: str) -> frozenset[str]:
    return frozenset(service_model(service).operation_names)


@cache
def _operation_model(service: str, operation: str) -> OperationModel:
    return service_model(service).operation_model(operation)
