"""Amazon Resource Names as values: six parts, of which the last keeps its colons.

Source: IAM User Guide, "Identify AWS resources with Amazon Resource Names (ARNs)"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from passrole.errors import PassroleError


class ArnError(PassroleError):
    """A text is not an ARN."""


@dataclass(frozen=True, slots=True, order=True)
class Arn:
    """An ARN, or a pattern of one: wildcards and policy variables stay in the parts as they were written."""

    partition: str
    service: str
    region: str
    """Empty for global services such as IAM."""
    account: str
    """Empty where the service leaves it out, as S3 does for buckets; `aws` for AWS managed policies."""
    resource: str
    """Everything after the fifth colon, further colons included."""

    def __str__(self) -> str:
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{self.resource}"

    @classmethod
    def parse(cls, text: str) -> Arn:
        """Split a text with five colons or more.

        Raises ArnError when the prefix `arn`, the partition, the service or the resource is missing.
        """
        parts = text.split(":", 5)
        if len(parts) < 6:
            raise _not_an_arn(text, f"it has {len(parts)} of the six parts that colons separate")
        prefix, partition, service, region, account, resource = parts
        if prefix != "arn":
            raise _not_an_arn(text, "it does not begin with `arn:`")
        for name, part in (("partition", partition), ("service", service), ("resource", resource)):
            if not part:
                raise _not_an_arn(text, f"its {name} is empty")
        return cls(partition, service, region, account, resource)


def _not_an_arn(text: str, cause: str) -> ArnError:
    return ArnError(
        f"`{text}` is not an ARN",
        causes=(cause,),
        help="write arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE, for example arn:aws:s3:::bucket/*",
        see="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html",
    )


ACCOUNT_ID = re.compile(r"[0-9]{12}", re.ASCII)
"""An AWS account ID: twelve digits, leading zeros included. Use with `fullmatch`."""

PARTITIONS = (
    "aws",
    "aws-cn",
    "aws-us-gov",
    "aws-eusc",
    "aws-iso",
    "aws-iso-b",
    "aws-iso-e",
    "aws-iso-f",
)
"""Every partition that AWS publishes endpoints for (botocore's partitions.json)."""


def account_in(resource: str) -> str | None:
    """The account that an ARN names; None for `*`, and for ARNs without one, such as those of S3 and AWS's own."""
    field = account_field(resource)
    return field if ACCOUNT_ID.fullmatch(field) else None


def account_field(resource: str) -> str:
    """What stands in an ARN where the account does: empty, an ID, `aws`; empty for what is no ARN."""
    parts = resource.split(":", 5)
    return parts[4] if len(parts) == 6 else ""


def owner_contradicted(resource: str, told: str | None) -> str | None:
    """The account that the ARN names, where that one owns the resource and not `told`.

    The ARN of an access point of Amazon S3 names the access point's account, and its bucket may be of another one.
    """
    named = account_in(resource)
    if named is None or told in (None, named):
        return None
    parts = resource.split(":", 5)
    return None if parts[2].startswith("s3") and "accesspoint/" in parts[5] else named
