"""The four settings of S3 Block Public Access, of a bucket and of its account: the stricter of the two counts.

Source: Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage"
<https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>
"""

from __future__ import annotations

from dataclasses import dataclass

from passrole.activity.bind.state import Known, NotKnown
from passrole.engine.stack import Unknown
from passrole.server.gateway.readings import Answered, Lacking
from passrole.server.gateway.state.of_service import Place, member_of

Setting = bool | Unknown


@dataclass(frozen=True, slots=True)
class PublicAccessBlock:
    """The members are those of S3's PublicAccessBlockConfiguration."""

    block_public_acls: Setting = False
    ignore_public_acls: Setting = False
    block_public_policy: Setting = False
    restrict_public_buckets: Setting = False


def public_access_block(place: Place, bucket: str, account: str) -> PublicAccessBlock:
    """Of a bucket of an account."""
    answers = [
        place.readings.read(
            "s3control", "GetPublicAccessBlock", region=place.region, account=account, AccountId=account
        ),
        place.readings.read("s3", "GetPublicAccessBlock", region=place.region, account=account, Bucket=bucket),
    ]
    return PublicAccessBlock(
        _strictest(answers, "BlockPublicAcls"),
        _strictest(answers, "IgnorePublicAcls"),
        _strictest(answers, "BlockPublicPolicy"),
        _strictest(answers, "RestrictPublicBuckets"),
    )


def _strictest(answers: list[Answered], member: str) -> Setting:
    for answer in answers:
        if isinstance(answer, Known) and member_of(answer.value, "PublicAccessBlockConfiguration", member) is True:
            return True
    unread = (answer for answer in answers if isinstance(answer, NotKnown) and not isinstance(answer, Lacking))
    return next((Unknown(answer.reason) for answer in unread), False)
