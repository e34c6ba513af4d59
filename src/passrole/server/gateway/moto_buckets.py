"""New buckets as AWS makes them: Block Public Access on, and access control lists disabled.

Source: Amazon S3 User Guide, "Default settings for new S3 buckets FAQ"
<https://docs.aws.amazon.com/AmazonS3/latest/userguide/create-bucket-faq.html> (since April 2023).
"""

from __future__ import annotations

from typing import Any, Final

from passrole.server.gateway.deliveries import is_carried_out

_ON: Final = "true"


def make_buckets_private() -> None:
    """Once a process, after moto was imported. Of buckets that callers make; a reading makes none."""
    from moto.s3.models import FakeBucket, PublicAccessBlock

    theirs = FakeBucket.__init__

    def begin(bucket: Any, *given: Any, **named: Any) -> None:
        theirs(bucket, *given, **named)
        if is_carried_out():
            bucket.public_access_block = PublicAccessBlock(
                block_public_acls=_ON, ignore_public_acls=_ON, block_public_policy=_ON, restrict_public_buckets=_ON
            )
            # CreateBucket with an object ownership of its own replaces it.
            bucket.ownership_rule = "BucketOwnerEnforced"

    FakeBucket.__init__ = begin  # type: ignore[method-assign,assignment]  # its only way
