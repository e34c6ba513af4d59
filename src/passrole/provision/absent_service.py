"""Telling an endpoint that has a service from one that lacks it: `passrole serve` has only IAM and STS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from passrole.provision.clients import ClientFactory

if TYPE_CHECKING:
    from botocore.exceptions import ClientError


def service_is_absent(clients: ClientFactory, error: ClientError) -> bool:
    """Whether the endpoint answers that it does not have the service at all, so that nothing of it can be there.

    passrole's own server answers UnknownOperationException, others 501 (Not Implemented). Real AWS has every service
    that is asked here, so there such an answer says nothing.
    """
    if clients.describe().kind != "endpoint":
        return False
    answer = error.response
    return (
        answer.get("Error", {}).get("Code") == "UnknownOperationException"
        or answer.get("ResponseMetadata", {}).get("HTTPStatusCode") == 501
    )
