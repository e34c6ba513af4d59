"""What S3 asks of KMS for its caller when an object is encrypted with a KMS key.

Writing asks kms:GenerateDataKey, reading kms:Decrypt, and an upload in parts both: its parts are read to complete it.
The encryption context has the object's ARN as `aws:s3:arn`, the bucket's with an S3 Bucket Key.
Sources: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html>,
<https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions>,
<https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html>.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from typing import Final

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.kms_keys import ask_kms_through, key_arn
from passrole.activity.bind.model import Asked, CannotBindError, Why
from passrole.activity.bind.services.s3_names import bucket_arn, stored
from passrole.activity.bind.state import Encryption, Known, NotKnown
from passrole.engine.request import ContextValue

_KMS = ("aws:kms", "aws:kms:dsse")
_AWS_MANAGED: Final = "alias/aws/s3"


def keys_of_new_object(inquiry: Inquiry) -> dict[str, ContextValue | None]:
    """The keys about encryption of a request that writes: what its headers say, absent where they say nothing."""
    named = inquiry.text("SSEKMSKeyId")
    return {
        "s3:x-amz-server-side-encryption": inquiry.text("ServerSideEncryption"),
        "s3:x-amz-server-side-encryption-aws-kms-key-id": key_arn(inquiry, named) if named else None,
    }


def write_encrypted(inquiry: Inquiry, arn: str) -> Iterator[Asked]:
    """For a new object: its key is the request's, or else its bucket's default."""
    algorithm = inquiry.text("ServerSideEncryption")
    if inquiry.text("SSECustomerAlgorithm"):
        return
    if algorithm is None:
        default = _encryption(inquiry, bucket_arn(inquiry))
        if default is None or default.algorithm not in _KMS:
            return
        key, bucket_key = default.key_arn or key_arn(inquiry, _AWS_MANAGED), default.bucket_key
    elif algorithm in _KMS:
        key, bucket_key = key_arn(inquiry, inquiry.text("SSEKMSKeyId") or _AWS_MANAGED), _uses_bucket_key(inquiry)
    else:
        return
    context = {"aws:s3:arn": bucket_arn(inquiry) if bucket_key else arn, **_given_context(inquiry)}
    yield ask_kms_through(inquiry, "s3", "kms:GenerateDataKey", key, context, True)


def read_encrypted(inquiry: Inquiry, arn: str, version: str | None) -> Iterator[Asked]:
    """For an object that is there; raises CannotBindError when how it is stored is not known."""
    yield from _decrypt(inquiry, arn, _encryption(inquiry, stored(arn, version=version)))


def read_upload(inquiry: Inquiry, arn: str) -> Iterator[Asked]:
    """For the parts of an upload, which have the key that the upload was begun with."""
    yield from _decrypt(inquiry, arn, _encryption(inquiry, stored(arn, upload=inquiry.need("UploadId"))))


def _decrypt(inquiry: Inquiry, arn: str, found: Encryption | None) -> Iterator[Asked]:
    if found is None or found.algorithm not in _KMS:
        return
    key = found.key_arn or key_arn(inquiry, _AWS_MANAGED)
    context = {"aws:s3:arn": arn.partition("/")[0] if found.bucket_key else arn, **(found.context or {})}
    yield ask_kms_through(inquiry, "s3", "kms:Decrypt", key, context, found.context is not None)


def _encryption(inquiry: Inquiry, thing: str) -> Encryption | None:
    answer = inquiry.state.encryption(thing)
    if isinstance(answer, NotKnown):
        raise CannotBindError(Why.NOT_KNOWN, f"how `{thing}` is encrypted is not known: {answer.reason}")
    return answer.value if isinstance(answer, Known) else None


def _uses_bucket_key(inquiry: Inquiry) -> bool:
    """As the request says; where it does not, as its bucket's default says."""
    given = inquiry.call.parameters.get("BucketKeyEnabled")
    if given is not None:
        return bool(given)
    default = _encryption(inquiry, bucket_arn(inquiry))
    return default is not None and default.bucket_key


def _given_context(inquiry: Inquiry) -> dict[str, str]:
    """The encryption context of the request: base64 of a JSON object of texts."""
    encoded = inquiry.text("SSEKMSEncryptionContext")
    if encoded is None:
        return {}
    try:
        context = json.loads(base64.b64decode(encoded, validate=True))
    except (binascii.Error, ValueError) as error:
        raise CannotBindError(Why.NOT_KNOWN, "the encryption context is no base64 of JSON") from error
    if not isinstance(context, Mapping):
        raise CannotBindError(Why.NOT_KNOWN, "the encryption context is no JSON object")
    return {str(key): str(value) for key, value in context.items()}
