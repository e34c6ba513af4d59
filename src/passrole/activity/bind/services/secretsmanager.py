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
from passrole.activity.bind.services import secretsmanager_beyond
from passrole.activity.bind.services.secretsmanager_secret import ask_key, key_of_secret, secret, secret_keys
from passrole.engine.request import ContextValue

_PAGE: Final = reference("awssecretsmanager")
_ENCRYPTION: Final = "https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html"

_API: Final = "https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_"

PASSES: Final = {"ExternalSecretRotationRoleArn": "secretsmanager", "ReplicationRoleARN": "secretsmanager"}


def _on_secret(action: str) -> Builder:
    def build(inquiry: Inquiry) -> Iterator[Asked]:
        arn = secret(inquiry)
        yield inquiry.ask(action, arn, "Secret", secret_keys(inquiry, arn))

    return build


def _get_value(inquiry: Inquiry) -> Iterator[Asked]:
    arn = secret(inquiry)
    yield inquiry.ask("secretsmanager:GetSecretValue", arn, "Secret", secret_keys(inquiry, arn))
    yield from ask_key(inquiry, arn, key_of_secret(inquiry, arn), ("kms:Decrypt",))


def _write_value(action: str, *more: str) -> Builder:
    """A new value asks the key; `more` are actions of KMS that the operation asks besides."""

    def build(inquiry: Inquiry) -> Iterator[Asked]:
        arn = secret(inquiry)
        yield inquiry.ask(action, arn, "Secret", secret_keys(inquiry, arn))
        new_key = inquiry.text("KmsKeyId")
        if new_key is None and not ({"SecretString", "SecretBinary"} & set(inquiry.call.parameters)):
            return
        key = key_arn(inquiry, new_key) if new_key else key_of_secret(inquiry, arn)
        yield from ask_key(inquiry, arn, key, ("kms:GenerateDataKey", "kms:Decrypt", *more))

    return build


def _create(inquiry: Inquiry) -> Iterator[Asked]:
    """A new secret's ARN ends in characters that nobody knows yet."""
    arn = inquiry.arn("secretsmanager", f"secret:{inquiry.need('Name')}-??????")
    keys = {**secret_keys(inquiry, arn), "secretsmanager:SecretId": None}
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
        start = inquiry.arn("secretsmanager", f"secret:{named}")
        if named.startswith("arn:"):
            start = whole(inquiry, named, "secretsmanager", "secret:")
        arn = inquiry.behind(start, "the ARN") or start
        keys: dict[str, ContextValue | None] = {"secretsmanager:SecretId": arn, "secretsmanager:VersionStage": None}
        yield inquiry.ask("secretsmanager:GetSecretValue", arn, "Secret", keys, absent=("secretsmanager:VersionId",))
        yield from ask_key(inquiry, arn, key_of_secret(inquiry, arn), ("kms:Decrypt",))


_ON_ONE: Final = """
CancelRotateSecret DeleteResourcePolicy DeleteSecret DescribeSecret GetResourcePolicy ListSecretVersionIds
PutResourcePolicy RemoveRegionsFromReplication RestoreSecret StopReplicationToReplica TagResource UntagResource
UpdateSecretVersionStage
"""

TABLE: Table = {
    **{name: Row(_on_secret(f"secretsmanager:{name}"), _PAGE) for name in _ON_ONE.split()},
    **without_resource("secretsmanager", ["GetRandomPassword", "ListSecrets"], _PAGE),
    "BatchGetSecretValue": Row(_batch, _PAGE),
    "CreateSecret": Row(_create, _ENCRYPTION),
    "GetSecretValue": Row(_get_value, _ENCRYPTION),
    **secretsmanager_beyond.TABLE,
    **{
        name: Row(_on_secret(f"secretsmanager:{name}"), f"{_API}{name}.html")
        for name in ("DisassociateCrossAccountReplica", "ListResourcePolicies")
    },
    "PutSecretValue": Row(_write_value("secretsmanager:PutSecretValue"), _ENCRYPTION),
    "UpdateSecret": Row(_write_value("secretsmanager:UpdateSecret", "kms:Encrypt"), f"{_API}UpdateSecret.html"),
}
