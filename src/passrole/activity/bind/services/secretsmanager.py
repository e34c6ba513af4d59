"""AWS Secrets Manager: a secret by ARN or by name, whose ARN ends in six characters that AWS adds.

With a KMS key of the customer, reading and writing a secret asks the key as well, through Secrets Manager.
Sources: <https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html>,
<https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html>.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.kms_keys import ask_kms_through, key_arn
from passrole.activity.bind.model import Asked, CannotBindError, Why
from passrole.activity.bind.named import whole
from passrole.activity.bind.rows import Builder, Row, Table, reference, without_resource
from passrole.activity.bind.state import Known, NotKnown
from passrole.engine.request import ContextValue

_PAGE: Final = reference("awssecretsmanager")
_ENCRYPTION: Final = "https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html"

_MEMBERS: Final = {
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


def _keys(inquiry: Inquiry, arn: str) -> dict[str, ContextValue | None]:
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


def _on_secret(action: str) -> Builder:
    def build(inquiry: Inquiry) -> Iterator[Asked]:
        arn = secret(inquiry)
        yield inquiry.ask(action, arn, "Secret", _keys(inquiry, arn))

    return build


def _get_value(inquiry: Inquiry) -> Iterator[Asked]:
    arn = secret(inquiry)
    yield inquiry.ask("secretsmanager:GetSecretValue", arn, "Secret", _keys(inquiry, arn))
    yield from _through(inquiry, arn, _key_of(inquiry, arn), ("kms:Decrypt",))


def _write_value(action: str) -> Builder:
    def build(inquiry: Inquiry) -> Iterator[Asked]:
        arn = secret(inquiry)
        yield inquiry.ask(action, arn, "Secret", _keys(inquiry, arn))
        new_key = inquiry.text("KmsKeyId")
        if new_key is None and not ({"SecretString", "SecretBinary"} & set(inquiry.call.parameters)):
            return
        key = key_arn(inquiry, new_key) if new_key else _key_of(inquiry, arn)
        yield from _through(inquiry, arn, key, ("kms:GenerateDataKey", "kms:Decrypt"))

    return build


def _create(inquiry: Inquiry) -> Iterator[Asked]:
    """A new secret's ARN ends in characters that nobody knows yet."""
    arn = inquiry.arn("secretsmanager", f"secret:{inquiry.need('Name')}-??????")
    keys = {**_keys(inquiry, arn), "secretsmanager:SecretId": None}
    yield inquiry.ask("secretsmanager:CreateSecret", arn, "Secret", keys, new=True)
    if inquiry.call.parameters.get("Tags"):
        yield inquiry.ask("secretsmanager:TagResource", arn, "Secret", keys, new=True)
    named = inquiry.text("KmsKeyId")
    if named:
        key = key_arn(inquiry, named)
        for action in ("kms:GenerateDataKey", "kms:Decrypt"):
            yield ask_kms_through(inquiry, "secretsmanager", action, key, {"SecretARN": arn}, False)


def _batch(inquiry: Inquiry) -> Iterator[Asked]:
    yield inquiry.ask("secretsmanager:BatchGetSecretValue", "*")
    if not inquiry.texts("SecretIdList"):
        raise CannotBindError(Why.NOT_KNOWN, "which secrets a filter finds is not known before it is run")
    for named in inquiry.texts("SecretIdList"):
        start = named if named.startswith("arn:") else inquiry.arn("secretsmanager", f"secret:{named}")
        arn = inquiry.behind(start, "the ARN") or start
        keys: dict[str, ContextValue | None] = {"secretsmanager:SecretId": arn, "secretsmanager:VersionStage": None}
        yield inquiry.ask("secretsmanager:GetSecretValue", arn, "Secret", keys, absent=("secretsmanager:VersionId",))
        yield from _through(inquiry, arn, _key_of(inquiry, arn), ("kms:Decrypt",))


def _through(inquiry: Inquiry, arn: str, key: str | None, actions: tuple[str, ...]) -> Iterator[Asked]:
    for action in actions if key else ():
        # The version is in the context too, and an existing secret's is not in the call.
        yield ask_kms_through(inquiry, "secretsmanager", action, str(key), {"SecretARN": arn}, False)


def _key_of(inquiry: Inquiry, arn: str) -> str | None:
    """The secret's KMS key; None for aws/secretsmanager, which the account may use through the service."""
    answer = inquiry.state.encryption(arn)
    if isinstance(answer, NotKnown):
        raise CannotBindError(Why.NOT_KNOWN, f"the key of `{arn}` is not known: {answer.reason}")
    return answer.value.key_arn if isinstance(answer, Known) else None


_ON_ONE: Final = """
CancelRotateSecret DeleteResourcePolicy DeleteSecret DescribeSecret GetResourcePolicy ListSecretVersionIds
PutResourcePolicy RemoveRegionsFromReplication ReplicateSecretToRegions RestoreSecret RotateSecret
StopReplicationToReplica TagResource UntagResource UpdateSecretVersionStage
"""

TABLE: Table = {
    **{name: Row(_on_secret(f"secretsmanager:{name}"), _PAGE) for name in _ON_ONE.split()},
    **without_resource("secretsmanager", ["GetRandomPassword", "ListSecrets"], _PAGE),
    "BatchGetSecretValue": Row(_batch, _PAGE),
    "CreateSecret": Row(_create, _ENCRYPTION),
    "GetSecretValue": Row(_get_value, _ENCRYPTION),
    "PutSecretValue": Row(_write_value("secretsmanager:PutSecretValue"), _ENCRYPTION),
    "UpdateSecret": Row(_write_value("secretsmanager:UpdateSecret"), _ENCRYPTION),
}
