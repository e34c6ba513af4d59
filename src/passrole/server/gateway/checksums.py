"""The checksums that a client sends with a payload, compared with what came.

Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html>. CRC32C and CRC64NVME,
which Python has not, are passed on as they were sent.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import zlib
from collections.abc import Callable, Mapping
from typing import Final

from passrole.account.service_error import ServiceError

_DIGESTS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    # S3 checks it against accidents, not against an attacker.
    "content-md5": lambda body: hashlib.md5(body, usedforsecurity=False).digest(),
    "x-amz-checksum-crc32": lambda body: zlib.crc32(body).to_bytes(4, "big"),
    "x-amz-checksum-sha1": lambda body: hashlib.sha1(body, usedforsecurity=False).digest(),
    "x-amz-checksum-sha256": lambda body: hashlib.sha256(body).digest(),
}


def check_checksum(header: str, value: str, body: bytes) -> None:
    """`header` in lower case; one that is no checksum passes. Raises ServiceError (BadDigest)."""
    digest = _DIGESTS.get(header)
    if digest is None:
        return
    if not hmac.compare_digest(base64.b64encode(digest(body)), value.strip().encode("utf-8", "replace")):
        name = "Content-MD5" if header == "content-md5" else header.rpartition("-")[2].upper()
        raise ServiceError("BadDigest", f"The {name} you specified did not match the calculated checksum.")
