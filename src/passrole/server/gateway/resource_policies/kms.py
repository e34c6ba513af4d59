"""A KMS key's policy and the grants on it; of a key that AWS manages, the policy that AWS gives it.

Sources: AWS KMS Developer Guide, "Key policies in AWS KMS"
<https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html>, "Grants in AWS KMS"
<https://docs.aws.amazon.com/kms/latest/developerguide/grants.html> and, for the policy of a managed key, "Viewing a
key policy" <https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-viewing.html>.
"""

from __future__ import annotations

from passrole.account.json_place import JsonPlace, JsonPlaceError
from passrole.account.key_grants import grants_of
from passrole.activity.bind.state import Known, NoSuchThing, NotKnown
from passrole.engine.stack import AttachedPolicy, KeyGrant, Layer, Unknown
from passrole.engine.stack import Known as KnownLayer
from passrole.policy.arn import Arn
from passrole.server.gateway.readings import Lacking
from passrole.server.gateway.resource_policies.resource_side import (
    NOTHING,
    ResourceSide,
    document_layer,
    made_policy,
    text_member,
)
from passrole.server.gateway.state.kms import key_id, service_of_managed_key
from passrole.server.gateway.state.of_service import Place


def key_side(place: Place, key: Arn) -> ResourceSide:
    if not key.resource.startswith("key/"):
        return NOTHING  # Aliases have no policies.
    if key_id(key) == "*":
        return ResourceSide(KnownLayer((_of_new_key(key),)))
    managed = service_of_managed_key(place, key)
    if isinstance(managed, Known):
        return ResourceSide(_managed_policy(key, managed.value), aws_managed_key=True)
    read = place.read("kms", "GetKeyPolicy", key, KeyId=key_id(key), PolicyName="default")
    layer = document_layer(f"key policy of {key_id(key)}", text_member(read, "Policy"))
    if isinstance(read, Lacking):
        # A key has a policy from its beginning.
        layer = Unknown(read.reason)
    if isinstance(managed, NotKnown):
        layer = Unknown(f"whether AWS manages the key is not known: {managed.reason}")
    return ResourceSide(layer, () if isinstance(read, NoSuchThing) else _grants(place, key))


def _of_new_key(key: Arn) -> AttachedPolicy:
    """What CreateKey asks of the key that it makes is decided by the caller's policies.

    <https://docs.aws.amazon.com/kms/latest/developerguide/create-keys.html>
    """
    account = {"AWS": f"arn:{key.partition}:iam::{key.account}:root"}
    return made_policy(
        "a key that is yet to be", {"Effect": "Allow", "Principal": account, "Action": "kms:*", "Resource": "*"}
    )


def _grants(place: Place, key: Arn) -> tuple[KeyGrant, ...] | Unknown:
    listed = place.readings.all_of(
        "kms", "ListGrants", "Grants", region=key.region, account=key.account, KeyId=key_id(key)
    )
    if isinstance(listed, Lacking):
        return ()
    if isinstance(listed, NotKnown):
        return Unknown(listed.reason)
    if not isinstance(listed, Known):
        return ()
    try:
        return grants_of(JsonPlace({"Grants": list(listed.value)}, "the backend's list of grants"))
    except JsonPlaceError as error:
        return Unknown(str(error))


def _managed_policy(key: Arn, service: str) -> Layer:
    """Everyone in the account who uses the service may use the key through it, and the account may look at it."""
    return KnownLayer(
        (
            made_policy(
                f"AWS's key policy of alias/aws/{service}",
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": "*"},
                    "Action": [
                        "kms:Encrypt",
                        "kms:Decrypt",
                        "kms:ReEncrypt*",
                        "kms:GenerateDataKey*",
                        "kms:CreateGrant",
                        "kms:DescribeKey",
                    ],
                    "Resource": "*",
                    "Condition": {
                        "StringEquals": {
                            "kms:CallerAccount": key.account,
                            "kms:ViaService": f"{_endpoint(service)}.{key.region}.amazonaws.com",
                        }
                    },
                },
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": f"arn:{key.partition}:iam::{key.account}:root"},
                    "Action": ["kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant"],
                    "Resource": "*",
                },
            ),
        )
    )


def _endpoint(service: str) -> str:
    """The service's name in kms:ViaService, where the alias has another."""
    return {"ebs": "ec2"}.get(service, service)
