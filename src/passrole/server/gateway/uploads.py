"""Uploads in parts: S3 shows no more how they are encrypted once they have begun, and so it is noted as they are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from xml.sax.saxutils import unescape

from passrole.activity.bind.state import Encryption
from passrole.server.gateway.backend import ForwardedCall
from passrole.server.gateway.readings import KeptReadings
from passrole.server.message import HttpResponse

_UPLOAD_ID: Final = re.compile(rb"<UploadId>([^<]{1,1024})</UploadId>")


def note_upload(
    kept: KeptReadings, call: ForwardedCall, parameters: Mapping[str, object], answer: HttpResponse
) -> None:
    if call.service != "s3" or answer.status >= 300:
        return
    if call.operation == "CreateMultipartUpload":
        found = _UPLOAD_ID.search(answer.body)
        encryption = _encryption(parameters, answer)
        if found is not None and encryption is not None:
            kept.upload_began(unescape(found[1].decode()), encryption)
    elif call.operation in {"CompleteMultipartUpload", "AbortMultipartUpload"}:
        kept.upload_ended(str(parameters.get("UploadId")))


def _encryption(parameters: Mapping[str, object], answer: HttpResponse) -> Encryption | None:
    """As the answer tells it, or as it was asked for; None where a key is used and neither names it."""
    told = {name.lower(): value for name, value in answer.headers}
    algorithm = told.get("x-amz-server-side-encryption") or str(parameters.get("ServerSideEncryption") or "AES256")
    if not algorithm.startswith("aws:kms"):
        return Encryption(algorithm)
    key = told.get("x-amz-server-side-encryption-aws-kms-key-id") or parameters.get("SSEKMSKeyId")
    if not isinstance(key, str) or not key.startswith("arn:"):
        return None
    return Encryption(algorithm, key, bucket_key=bool(parameters.get("BucketKeyEnabled")))
