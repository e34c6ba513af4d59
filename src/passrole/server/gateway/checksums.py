"""The checksums that a client sends with a payload, compared with what came.

Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html>. CRC32C, CRC64NVME and
others that Python has not are passed on as they were sent.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import zlib
from collections.abc import Callable, Iterable, Mapping
from typing import Final, Protocol

from passrole.account.service_error import ServiceError


class _Digest(Protocol):
    def update(self, data: bytes, /) -> None: ...
    def digest(self) -> bytes: ...


class _Crc32:
    def __init__(self) -> None:
        self._value = 0

    def update(self, data: bytes, /) -> None:
        self._value = zlib.crc32(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(4, "big")


_DIGESTS: Final[Mapping[str, Callable[[], _Digest]]] = {
    # S3 checks it against accidents, not against an attacker.
    "content-md5": lambda: hashlib.md5(usedforsecurity=False),
    "x-amz-checksum-crc32": _Crc32,
    "x-amz-checksum-md5": lambda: hashlib.md5(usedforsecurity=False),
    "x-amz-checksum-sha1": lambda: hashlib.sha1(usedforsecurity=False),
    "x-amz-checksum-sha256": hashlib.sha256,
    "x-amz-checksum-sha512": hashlib.sha512,
}


class Checksums:
    """Those among these headers, whose names are in lower case; the payload comes through `update`, in pieces."""

    def __init__(self, headers: Iterable[str]) -> None:
        self._digests = {name: _DIGESTS[name]() for name in headers if name in _DIGESTS}

    @property
    def are_there(self) -> bool:
        return bool(self._digests)

    def update(self, piece: bytes) -> None:
        for digest in self._digests.values():
            digest.update(piece)

    def check(self, headers: Iterable[tuple[str, str]]) -> None:
        """Raises ServiceError (BadDigest)."""
        for header, value in headers:
            digest = self._digests.get(header.lower())
            if digest is None:
                continue
            if not hmac.compare_digest(base64.b64encode(digest.digest()), value.strip().encode("utf-8", "replace")):
                name = "Content-MD5" if header.lower() == "content-md5" else header.rpartition("-")[2].upper()
                raise ServiceError("BadDigest", f"The {name} you specified did not match the calculated checksum.")
