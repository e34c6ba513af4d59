"""KMS keys: what aliases stand for, keys' tags and attributes, the key of a ciphertext, and keys that AWS manages.

Sources: AWS KMS Developer Guide, "AWS managed keys"
<https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-key> (aliases that begin with
alias/aws/), "Condition keys for AWS KMS" <https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html>.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Final

from passrole.activity.bind.state import Answer, Encryption, Known, NoSuchThing, NotKnown
from passrole.policy.arn import Arn
from passrole.server.gateway.state.of_service import OfService, Place, member_of, tags_under, texts_of

_MANAGED: Final = "alias/aws/"
_MADE_LATER: Final = uuid.UUID("7a0b7f5e-3c1d-4f7e-9d25-2f6f3a0c9a11")
_CIPHERTEXTS_OF: Final = "moto in this process"
_KEY_ID: Final = re.compile(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32}")
_SERVICES: Final = (
    *("acm", "backup", "cloud9", "codecommit", "connect", "dms", "dynamodb", "ebs", "elasticfilesystem", "es"),
    *("fsx", "glue", "kafka", "kinesis", "kinesisvideo", "lambda", "lex", "lightsail", "rds", "redshift", "s3"),
    *("secretsmanager", "sns", "sqs", "ssm", "workspaces", "xray"),
)
"""Services of which AWS's pages name an AWS managed key."""

_ATTRIBUTES: Final = {
    "kms:KeyOrigin": ("Origin",),
    "kms:KeySpec": ("KeySpec",),
    "kms:KeyUsage": ("KeyUsage",),
    "kms:MultiRegion": ("MultiRegion",),
    "kms:MultiRegionKeyType": ("MultiRegionConfiguration", "MultiRegionKeyType"),
}
"""Condition keys, with where DescribeKey shows them."""


class KmsState(OfService):
    service = "kms"

    def tags(self, resource: Arn) -> Answer[Mapping[str, str]]:
        if resource.resource.startswith("alias/"):
            return NoSuchThing()
        return tags_under(self.read("ListResourceTags", resource, KeyId=key_id(resource)), "Tags")

    def stands_for(self, resource: Arn) -> Answer[str]:
        """The key of an alias."""
        return key_of_alias(self.place, resource)

    def attribute(self, resource: Arn, name: str) -> Answer[str | tuple[str, ...]]:
        if name == "kms:ResourceAliases":
            found = aliases_of(self.place, resource)
            return (Known(found.value) if found.value else NoSuchThing()) if isinstance(found, Known) else found
        if name not in _ATTRIBUTES:
            return super().attribute(resource, name)
        answer = self.read("DescribeKey", resource, KeyId=key_id(resource))
        if not isinstance(answer, Known):
            return answer
        value = member_of(answer.value, "KeyMetadata", *_ATTRIBUTES[name])
        if name == "kms:MultiRegion":
            return Known("true" if value else "false")
        return NoSuchThing() if value is None else Known(str(value))

    def key_of_ciphertext(self, blob: bytes) -> Answer[str]:
        """moto's ciphertexts begin with the key's id; other backends' tell nothing that could be relied on."""
        if self.place.readings.name != _CIPHERTEXTS_OF:
            return NotKnown("only a ciphertext of moto's shows its key: name the key with `KeyId`")
        if not _KEY_ID.fullmatch(blob[:36]):
            return NoSuchThing()
        # A ciphertext of another account's key names the key all the same.
        for account in self.place.accounts:
            arn = self._arn(account, blob[:36].decode("ascii"))
            answer = self.read("GetKeyPolicy", arn, KeyId=key_id(arn), PolicyName="default")
            if isinstance(answer, NotKnown):
                return answer
            if isinstance(answer, Known):
                return Known(str(arn))
        return NoSuchThing()

    def _arn(self, account: str, identifier: str) -> Arn:
        return Arn(self.place.view.partition, "kms", self.place.region, account, f"key/{identifier}")


def key_id(key: Arn) -> str:
    return key.resource.partition("/")[2]


def aliases_of(place: Place, key: Arn) -> Answer[tuple[str, ...]]:
    """The names of a key's aliases (`alias/NAME`)."""
    answer = place.readings.all_of(
        "kms", "ListAliases", "Aliases", region=key.region, account=key.account, KeyId=key_id(key)
    )
    return Known(texts_of(answer.value, "AliasName")) if isinstance(answer, Known) else answer


def key_of_alias(place: Place, alias: Arn) -> Answer[str]:
    """AWS makes a managed key when a service first needs it: until the backend has it, an ARN stands in for it."""
    region, account = alias.region or place.region, alias.account or place.account
    managed = alias.resource.startswith(_MANAGED)
    if managed:
        # Backends make it when they are asked about it, if they know it at all.
        answer = place.readings.read("kms", "DescribeKey", region=region, account=account, KeyId=alias.resource)
        found = member_of(answer.value, "KeyMetadata", "Arn") if isinstance(answer, Known) else None
        if found is not None:
            return Known(str(found))
        if alias.resource.removeprefix(_MANAGED) in _SERVICES and not isinstance(answer, NotKnown):
            identifier = _identifier(region, account, alias.resource)
            return Known(f"arn:{alias.partition}:kms:{region}:{account}:key/{identifier}")
    listed = place.readings.all_of("kms", "ListAliases", "Aliases", region=region, account=account)
    if not isinstance(listed, Known):
        return listed
    for each in listed.value:
        if member_of(each, "AliasName") == alias.resource and not managed:
            target = member_of(each, "TargetKeyId")
            return Known(f"arn:{alias.partition}:kms:{region}:{account}:key/{target}") if target else NoSuchThing()
    return NoSuchThing()


def service_of_managed_key(place: Place, key: Arn) -> Answer[str]:
    """The service (`s3`) for which AWS manages a key; NoSuchThing for a customer's key."""
    for service in _SERVICES:
        if key_id(key) == _identifier(key.region, key.account, f"{_MANAGED}{service}"):
            return Known(service)
    names = aliases_of(place, key)
    if not isinstance(names, Known):
        return names
    for name in names.value:
        if name.startswith(_MANAGED):
            return Known(name.removeprefix(_MANAGED))
    return NoSuchThing()


def key_named(place: Place, named: str, account: str) -> Answer[str]:
    """The ARN of a key that stored state names by id, ARN, alias or alias ARN, as seen from an account."""
    if named.startswith("arn:"):
        arn = Arn.parse(named)
        return key_of_alias(place, arn) if arn.resource.startswith("alias/") else Known(named)
    partition = place.view.partition
    if named.startswith("alias/"):
        return key_of_alias(place, Arn(partition, "kms", place.region, account, named))
    return Known(f"arn:{partition}:kms:{place.region}:{account}:key/{named}")


def _identifier(region: str, account: str, alias: str) -> str:
    return str(uuid.uuid5(_MADE_LATER, f"{region}/{account}/{alias}"))


def customer_key(place: Place, named: str, account: str) -> Answer[Encryption]:
    """How something under a key is encrypted: with the key's ARN, if it is a customer's, and none for one of AWS's."""
    key = key_named(place, named, account)
    if isinstance(key, NoSuchThing):
        return NotKnown(f"the KMS key `{named}` is not there")
    if not isinstance(key, Known):
        return key
    managed = service_of_managed_key(place, Arn.parse(key.value))
    if isinstance(managed, NotKnown):
        return managed
    return Known(Encryption("aws:kms", None if isinstance(managed, Known) else key.value))
