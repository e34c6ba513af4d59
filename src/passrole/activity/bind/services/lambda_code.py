"""Code of AWS Lambda's functions and layers in Amazon S3: it is fetched with the permissions of whoever names it.

Without them Lambda answers that S3 has denied the access of the request's credentials. What S3 asks of KMS for an
object that is encrypted with a key is not asked here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.model import Asked, CannotBindError, Why
from passrole.activity.bind.services.s3_names import bucket_arn, stored


def code_from_s3(inquiry: Inquiry, code: Mapping[str, object]) -> Iterator[Asked]:
    """Nothing for code that comes with the call. `code` is the structure that holds S3Bucket and S3Key.

    Raises CannotBindError for one of them without the other.
    """
    bucket, key, version = (code.get(each) for each in ("S3Bucket", "S3Key", "S3ObjectVersion"))
    if not bucket and not key:
        return
    if not isinstance(bucket, str) or not isinstance(key, str):
        raise CannotBindError(Why.RESOURCE_NOT_NAMED, "the code's bucket and key do not name an object")
    arn = f"{bucket_arn(inquiry, bucket)}/{key}"
    named = stored(arn, version=str(version) if version else None)
    action = "s3:GetObjectVersion" if version else "s3:GetObject"
    yield inquiry.ask(action, arn, "object", tagged=named, called_via=("lambda.amazonaws.com",))
