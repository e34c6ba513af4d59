"""The KMS keys of EBS volumes: what EC2 asks KMS for the caller when it makes an encrypted volume and attaches it.

Making one asks kms:GenerateDataKeyWithoutPlaintext, and kms:CreateGrant as well where an unencrypted snapshot is to be
encrypted; attaching one asks kms:CreateGrant. aws/ebs is not asked about: its own policy lets the account use it by way
of EC2. What copying a snapshot or an image asks is not said as exactly, and is not asked.
Sources: <https://docs.aws.amazon.com/ebs/latest/userguide/how-ebs-encryption-works.html>,
<https://docs.aws.amazon.com/kms/latest/developerguide/services-ebs.html>.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.kms_keys import ask_kms_through, key_arn
from passrole.activity.bind.model import Asked, CannotBindError, Why
from passrole.activity.bind.services.ec2_ids import ec2_arn
from passrole.activity.bind.state import Encryption, Known, NotKnown
from passrole.engine.request import ContextValue

_MANAGED: Final = "alias/aws/ebs"
_DATA_KEY: Final = "kms:GenerateDataKeyWithoutPlaintext"
_GRANT: Final = "kms:CreateGrant"


def made_volume(
    inquiry: Inquiry, volume: Mapping[str, object], *, attached: bool, image: str | None = None
) -> Iterator[Asked]:
    """For a volume with the members of CreateVolume or of a block device; nothing where it is not encrypted. `image` is
    that of a root volume which only the image describes."""
    snapshot = volume.get("SnapshotId")
    source = _stored(inquiry, "snapshot", str(snapshot)) if snapshot else None
    if image:
        source = _stored(inquiry, "image", image)
    key = _key_of_new(inquiry, volume, source)
    if key is None:
        return
    yield _ask(inquiry, _DATA_KEY, key, None)
    if attached or (snapshot and source is None):
        yield _ask(inquiry, _GRANT, key, None)


def create_volume(inquiry: Inquiry) -> Iterator[Asked]:
    yield from made_volume(inquiry, inquiry.call.parameters, attached=False)


def attach_volume(inquiry: Inquiry) -> Iterator[Asked]:
    volume = inquiry.need("VolumeId")
    stored = _stored(inquiry, "volume", volume)
    if stored is not None and stored.key_arn:
        yield _ask(inquiry, _GRANT, stored.key_arn, volume)


def _key_of_new(inquiry: Inquiry, volume: Mapping[str, object], source: Encryption | None) -> str | None:
    """The key that the call names, else the snapshot's, else the account's default; None for none and for aws/ebs."""
    named = volume.get("KmsKeyId")
    if named:
        text = str(named)
        return None if text == _MANAGED or text.endswith(f":{_MANAGED}") else key_arn(inquiry, text)
    if source is not None:
        return source.key_arn
    default = _stored(inquiry, "volume", "*")
    if default is None or not (volume.get("Encrypted") or default.algorithm):
        return None
    return default.key_arn


def _stored(inquiry: Inquiry, kind: str, name: str) -> Encryption | None:
    """None for what is not encrypted; raises CannotBindError for what is not known. `volume/*` tells the default for
    new volumes, with the algorithm empty where they are not encrypted unless the call says so."""
    arn = ec2_arn(inquiry, kind, name)
    answer = inquiry.state.encryption(arn)
    if isinstance(answer, NotKnown):
        raise CannotBindError(Why.NOT_KNOWN, f"how `{arn}` is encrypted is not known: {answer.reason}")
    return answer.value if isinstance(answer, Known) else None


def _ask(inquiry: Inquiry, action: str, key: str, volume: str | None) -> Asked:
    context = {"aws:ebs:id": volume} if volume else {}
    more: dict[str, ContextValue | None] = {}
    if action == _GRANT:
        more = {"kms:GrantIsForAWSResource": "true", "kms:EncryptionAlgorithm": None}
    return ask_kms_through(inquiry, "ec2", action, key, context, volume is not None, more)
