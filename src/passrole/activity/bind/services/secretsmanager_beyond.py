"""Secrets Manager's calls that reach beyond one secret: rotation by a function, copies in other Regions and accounts.

Source: the required permissions that each operation's page names,
<https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Operations.html>.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.kms_keys import ask_kms_through
from passrole.activity.bind.model import Asked, CannotBindError, Why
from passrole.activity.bind.named import whole
from passrole.activity.bind.parameter_paths import found_at, texts_at
from passrole.activity.bind.rows import Row, Table
from passrole.activity.bind.services.secretsmanager_secret import ask_key, key_of_secret, secret, secret_keys

_API: Final = "https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_"


def _rotate(inquiry: Inquiry) -> Iterator[Asked]:
    """The function that rotates it is called with the caller's permissions."""
    arn = secret(inquiry)
    keys = secret_keys(inquiry, arn)
    if not inquiry.mapping("RotationRules"):
        keys["secretsmanager:ModifyRotationRules"] = None
    yield inquiry.ask("secretsmanager:RotateSecret", arn, "Secret", keys)
    if inquiry.text("RotationLambdaARN"):
        function = whole(inquiry, inquiry.need("RotationLambdaARN"), "lambda", "function:")
        yield inquiry.ask("lambda:InvokeFunction", function, "function")


def _replicate(inquiry: Inquiry) -> Iterator[Asked]:
    """Reading the secret asks its key; writing it to another Region asks the key that is named for it there."""
    arn = secret(inquiry)
    regions = texts_at(inquiry.call.parameters, "AddReplicaRegions.Region")
    keys = {**secret_keys(inquiry, arn), "secretsmanager:AddReplicaRegions": regions or None}
    yield inquiry.ask("secretsmanager:ReplicateSecretToRegions", arn, "Secret", keys)
    yield from ask_key(inquiry, arn, key_of_secret(inquiry, arn), ("kms:Decrypt",))
    for replica in found_at(inquiry.call.parameters, "AddReplicaRegions"):
        named = str(replica.get("KmsKeyId") or "") if isinstance(replica, Mapping) else ""
        if named and isinstance(replica, Mapping) and not named.endswith("alias/aws/secretsmanager"):
            yield from _in_region(inquiry, arn, str(replica.get("Region")), named)


def _in_region(inquiry: Inquiry, arn: str, region: str, named: str) -> Iterator[Asked]:
    """The key of a replica, by its ARN or its id; an alias there is not looked up."""
    key = (
        whole(inquiry, named, "kms", "")
        if named.startswith("arn:")
        else f"arn:{inquiry.call.partition}:kms:{region}:{inquiry.call.account}:key/{named}"
    )
    if ":alias/" in key or named.startswith("alias/"):
        raise CannotBindError(Why.NOT_KNOWN, f"which key `{named}` stands for in `{region}` is not looked up")
    for action in ("kms:GenerateDataKey", "kms:Encrypt"):
        asked = ask_kms_through(inquiry, "secretsmanager", action, key, {"SecretARN": arn}, False)
        via = {**asked.context, "kms:ViaService": f"secretsmanager.{region}.amazonaws.com"}
        yield inquiry.elsewhere(
            Asked(action, key, via, asked.unknown, asked.resource_account, asked.called_via), region
        )


def _validate(inquiry: Inquiry) -> Iterator[Asked]:
    """A policy is checked for whoever may put it; without a secret, for any."""
    arn = secret(inquiry) if inquiry.text("SecretId") else inquiry.arn("secretsmanager", "secret:*")
    for action in ("ValidateResourcePolicy", "PutResourcePolicy"):
        yield inquiry.ask(f"secretsmanager:{action}", arn, "Secret", secret_keys(inquiry, arn))


def _associate_replica(inquiry: Inquiry) -> Iterator[Asked]:
    """The replica is in another account, and accepts on the caller's behalf; both keys are used."""
    arn = secret(inquiry)
    replica = whole(inquiry, inquiry.need("CrossAccountReplicaARN"), "secretsmanager", "secret:")
    for action in ("AssociateCrossAccountReplica", "GetSecretValue"):
        yield inquiry.ask(f"secretsmanager:{action}", arn, "Secret", secret_keys(inquiry, arn))
    yield inquiry.ask("secretsmanager:AcceptCrossAccountReplication", replica, "Secret", secret_keys(inquiry, replica))
    yield from ask_key(inquiry, arn, key_of_secret(inquiry, arn), ("kms:Decrypt",))
    yield from ask_key(inquiry, replica, key_of_secret(inquiry, replica), ("kms:Encrypt",))


TABLE: Table = {
    "RotateSecret": Row(_rotate, f"{_API}RotateSecret.html"),
    "ReplicateSecretToRegions": Row(_replicate, f"{_API}ReplicateSecretToRegions.html"),
    "ValidateResourcePolicy": Row(_validate, f"{_API}ValidateResourcePolicy.html"),
    "AssociateCrossAccountReplica": Row(_associate_replica, f"{_API}AssociateCrossAccountReplica.html"),
}
