"""A secret of Secrets Manager: its ARN for its name, the condition keys of its calls, and its key of KMS.

A secret is named by ARN or by name, whose ARN ends in six characters that AWS adds.
Sources: <https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html>,
<https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html>.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.kms_keys import ask_kms_through
from passrole.activity.bind.model import Asked, CannotBindError, Why
from passrole.activity.bind.named import whole
from passrole.activity.bind.state import Known, NotKnown
from passrole.engine.request import ContextValue

_MEMBERS: Final = {
    "secretsmanager:ExternalSecretRotationRoleArn": "ExternalSecretRotationRoleArn",
    "secretsmanager:Type": "Type",
    "secretsmanager:Description": "Description",
    "secretsmanager:KmsKeyId": "KmsKeyId",
    "secretsmanager:Name": "Name",
    "secretsmanager:RotationLambdaARN": "RotationLambdaARN",
    "secretsmanager:RecoveryWindowInDays": "RecoveryWindowInDays",
    "secretsmanager:VersionId": "VersionId",
    "secretsmanager:VersionStage": "VersionStage",
}


def secret(inquiry: Inquiry) -> str:
    """The secret's ARN; for a secret that is not there, what the call names."""
    named = inquiry.need("SecretId")
    if named.startswith("arn:"):
        arn = whole(inquiry, named, "secretsmanager", "secret:")
        return inquiry.behind(arn, "the full ARN") or arn
    arn = inquiry.arn("secretsmanager", f"secret:{named}")
    return inquiry.behind(arn, "the ARN") or arn


def secret_keys(inquiry: Inquiry, arn: str) -> dict[str, ContextValue | None]:
    keys: dict[str, ContextValue | None] = {"secretsmanager:SecretId": arn}
    for key, member in _MEMBERS.items():
        keys[key] = inquiry.text(member)
    for key, member in (
        ("secretsmanager:ForceDeleteWithoutRecovery", "ForceDeleteWithoutRecovery"),
        ("secretsmanager:BlockPublicPolicy", "BlockPublicPolicy"),
        ("secretsmanager:RotateImmediately", "RotateImmediately"),
        ("secretsmanager:ForceOverwriteReplicaSecret", "ForceOverwriteReplicaSecret"),
    ):
        value = inquiry.call.parameters.get(member)
        keys[key] = None if value is None else str(bool(value)).lower()
    return keys


def ask_key(inquiry: Inquiry, arn: str, key: str | None, actions: tuple[str, ...]) -> Iterator[Asked]:
    for action in actions if key else ():
        # The version is in the context too, and an existing secret's is not in the call.
        yield ask_kms_through(inquiry, "secretsmanager", action, str(key), {"SecretARN": arn}, False)


def key_of_secret(inquiry: Inquiry, arn: str) -> str | None:
    """The secret's KMS key; None for aws/secretsmanager, which the account may use through the service."""
    answer = inquiry.state.encryption(arn)
    if isinstance(answer, NotKnown):
        raise CannotBindError(Why.NOT_KNOWN, f"the key of `{arn}` is not known: {answer.reason}")
    return answer.value.key_arn if isinstance(answer, Known) else None
