"""Stored state for one call's binding: each service's reader asked for what it knows (`state`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from passrole.activity.bind.state import Answer, Encryption, NotKnown
from passrole.policy.arn import Arn, ArnError
from passrole.server.gateway.state.by_id import DmsState, OrganizationsState
from passrole.server.gateway.state.ec2 import Ec2State
from passrole.server.gateway.state.iam import IamState
from passrole.server.gateway.state.kms import KmsState
from passrole.server.gateway.state.of_service import OfService, Place
from passrole.server.gateway.state.s3 import S3State
from passrole.server.gateway.state.secretsmanager import SecretsManagerState
from passrole.server.gateway.state.sqs import SqsState
from passrole.server.gateway.state.ssm import SsmState
from passrole.server.gateway.state.tagged_by_arn import (
    DynamoDbState,
    EcsState,
    LambdaState,
    LogsState,
    RedshiftState,
    SnsState,
    TaggedByArn,
)

_READERS: Final[Mapping[str, type[OfService]]] = {
    "dms": DmsState,
    "dynamodb": DynamoDbState,
    "ec2": Ec2State,
    "ecs": EcsState,
    "iam": IamState,
    "kms": KmsState,
    "lambda": LambdaState,
    "logs": LogsState,
    "organizations": OrganizationsState,
    "redshift": RedshiftState,
    "s3": S3State,
    "secretsmanager": SecretsManagerState,
    "sns": SnsState,
    "sqs": SqsState,
    "ssm": SsmState,
}
"""By the service in a resource's ARN."""


class BackendState:
    """`activity.bind.state.ResourceState` over a backend and the server's own accounts."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._readers: dict[str, OfService] = {}

    def tags(self, resource: str) -> Answer[Mapping[str, str]]:
        found = self._of(resource)
        return found if isinstance(found, NotKnown) else found[0].tags(found[1])

    def owner(self, resource: str) -> Answer[str]:
        found = self._of(resource)
        return found if isinstance(found, NotKnown) else found[0].owner(found[1])

    def encryption(self, resource: str) -> Answer[Encryption]:
        found = self._of(resource)
        return found if isinstance(found, NotKnown) else found[0].encryption(found[1])

    def key_of_ciphertext(self, blob: bytes) -> Answer[str]:
        return KmsState(self.place).key_of_ciphertext(blob)

    def stands_for(self, resource: str) -> Answer[str]:
        found = self._of(resource)
        return found if isinstance(found, NotKnown) else found[0].stands_for(found[1])

    def attribute(self, resource: str, name: str) -> Answer[str | tuple[str, ...]]:
        found = self._of(resource)
        return found if isinstance(found, NotKnown) else found[0].attribute(found[1], name)

    def content(self, resource: str, what: str) -> Answer[Mapping[str, object]]:
        found = self._of(resource)
        return found if isinstance(found, NotKnown) else found[0].content(found[1], what)

    def _of(self, resource: str) -> tuple[OfService, Arn] | NotKnown:
        try:
            arn = Arn.parse(resource)
        except ArnError:
            return NotKnown(f"`{resource}` is not an ARN")
        reader = self._readers.get(arn.service)
        if reader is None:
            reader = self._readers[arn.service] = _READERS.get(arn.service, TaggedByArn)(self.place)
        return reader, arn
