"""How EC2's volumes are encrypted: a volume, a snapshot, an image's root, and the default for new ones.

Source: <https://docs.aws.amazon.com/ebs/latest/userguide/encryption-by-default.html>
"""

from __future__ import annotations

from collections.abc import Mapping

from passrole.activity.bind.state import Answer, Encryption, Known, NoSuchThing, NotKnown
from passrole.policy.arn import Arn
from passrole.server.gateway.readings import Lacking
from passrole.server.gateway.state.kms import customer_key
from passrole.server.gateway.state.of_service import Place, member_of


def encryption_of(place: Place, shown: Mapping[str, object], account: str) -> Answer[Encryption]:
    """Of a volume or snapshot as it is shown; NoSuchThing for one that is not encrypted."""
    if shown.get("Encrypted") is not True:
        return NoSuchThing()
    return customer_key(place, str(shown.get("KmsKeyId") or "alias/aws/ebs"), account)


def root_snapshot(image: Mapping[str, object]) -> str | None:
    """The snapshot of an image's root volume."""
    devices = image.get("BlockDeviceMappings")
    for each in devices if isinstance(devices, list) else []:
        if member_of(each, "DeviceName") == image.get("RootDeviceName"):
            found = member_of(each, "Ebs", "SnapshotId")
            return str(found) if found else None
    return None


def default_encryption(place: Place, like: Arn) -> Answer[Encryption]:
    """`algorithm` is empty where new volumes are not encrypted by default; the key is None for aws/ebs."""
    by_default = place.read("ec2", "GetEbsEncryptionByDefault", like)
    if isinstance(by_default, NotKnown) and not isinstance(by_default, Lacking):
        return by_default
    on = isinstance(by_default, Known) and by_default.value.get("EbsEncryptionByDefault") is True
    algorithm = "aws:kms" if on else ""
    key = place.read("ec2", "GetEbsDefaultKmsKeyId", like)
    named = key.value.get("KmsKeyId") if isinstance(key, Known) else None
    if isinstance(key, NotKnown) and not isinstance(key, Lacking):
        return key
    if not named:
        return Known(Encryption(algorithm))
    found = customer_key(place, str(named), like.account or place.account)
    return Known(Encryption(algorithm, found.value.key_arn)) if isinstance(found, Known) else found


def volumes_of(instance: Mapping[str, object]) -> tuple[str, ...]:
    """The ids of an instance's volumes, the root volume's first."""
    devices = instance.get("BlockDeviceMappings")
    listed = [each for each in (devices if isinstance(devices, list) else []) if isinstance(each, Mapping)]
    listed.sort(key=lambda each: each.get("DeviceName") != instance.get("RootDeviceName"))
    return tuple(str(found) for each in listed if (found := member_of(each, "Ebs", "VolumeId")))
