"""botocore's service models, each read once, and the services that a signature may be made for."""

from __future__ import annotations

from functools import cache

from botocore.model import OperationModel, ServiceModel

from passrole.account.aws_models import private_loader, shared_loader
from passrole.server.gateway.signing_names import NEVER_SIGNED, SIGNED_OTHERWISE


@cache
def service_names() -> frozenset[str]:
    """Every service that botocore has a model of."""
    return frozenset(shared_loader().list_available_services("service-2"))


def services_signed_as(signing_name: str) -> tuple[str, ...]:
    """The services whose requests are signed with this name; none for a name that no service has.

    The one of that very name stands first: `docdb` has operations of `rds` with fewer of their parameters.
    """
    listed = SIGNED_OTHERWISE.get(signing_name)
    if listed is not None:
        return tuple(sorted(listed, key=lambda each: each != signing_name))
    return (signing_name,) if signing_name in service_names() and signing_name not in NEVER_SIGNED else ()


def model_of(service: str) -> ServiceModel:
    """The model of a service that botocore has; another is a bug of the caller."""
    # Asked before the cache: names come from strangers.
    assert service in service_names(), service
    return _model_of(service)


def operation_of(service: str, operation: str) -> OperationModel | None:
    """The model of an operation, or None when the service has none of that exact name."""
    return _operation_of(service, operation) if operation in _operation_names(service) else None


@cache
def _model_of(service: str) -> ServiceModel:
    # botocore's S3 clients take the bucket out of the paths of the model that their loader has.
    loader = private_loader() if service == "s3" else shared_loader()
    return ServiceModel(loader.load_service_model(service, "service-2"), service_name=service)


@cache
def _operation_names(service: str) -> frozenset[str]:
    return frozenset(model_of(service).operation_names)


@cache
def _operation_of(service: str, operation: str) -> OperationModel:
    return model_of(service).operation_model(operation)
