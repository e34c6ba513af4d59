"""Buckets and objects as S3's parameters name them."""

from __future__ import annotations

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.model import CannotBindError, Why


def bucket_arn(inquiry: Inquiry, bucket: str | None = None) -> str:
    """The bucket's ARN; raises CannotBindError for access points and directory buckets, which are authorized apart.

    Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html>
    """
    name = inquiry.need("Bucket") if bucket is None else bucket
    if name.startswith("arn:") or name.endswith(("-s3alias", "--ol-s3", ".mrap")):
        raise CannotBindError(Why.RESOURCE_NOT_NAMED, f"`{name}` is an access point, and passrole binds buckets only")
    if name.endswith(("--x-s3", "--xa-s3")):
        raise CannotBindError(Why.RESOURCE_NOT_NAMED, f"`{name}` is a directory bucket, which s3express authorizes")
    return f"arn:{inquiry.call.partition}:s3:::{name}"


def object_arn(inquiry: Inquiry) -> str:
    return f"{bucket_arn(inquiry)}/{inquiry.need('Key')}"


def stored(arn: str, *, version: str | None = None, upload: str | None = None) -> str:
    """An object, one of its versions, or an upload in parts, as stored state is asked for it.

    A `?` in the key itself is percent-encoded, and so is `%`: no key can look like a version of another.
    """
    name = arn.replace("%", "%25").replace("?", "%3F")
    if version is not None:
        return f"{name}?versionId={version}"
    return name if upload is None else f"{name}?uploadId={upload}"
