"""Chunks and trailers of aws-chunked bodies, checked against the examples that AWS has published.

<https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html>,
<https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html>
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from passrole.account.service_error import ServiceError
from passrole.server.gateway.payload import declared_payload, opened
from passrole.server.message import HttpRequest
from passrole.server.signature import SignatureClaim, SignatureForm
from passrole.server.spooled import Spooled

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
CONTENT = b"a" * 66560
CHUNKS = (
    (65536, "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"),
    (1024, "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497"),
    (0, "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"),
)
CHUNKS_WITH_TRAILER = (
    (65536, "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2"),
    (1024, "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7"),
    (0, "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992"),
)
SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"


def claim(signature: str, form: SignatureForm = SignatureForm.HEADER) -> SignatureClaim:
    return SignatureClaim(
        form=form,
        access_key_id="AKIAIOSFODNN7EXAMPLE",
        scope_date="20130524",
        region="us-east-1",
        service="s3",
        terminator="aws4_request",
        signed_headers=("host",),
        timestamp="20130524T000000Z",
        moment=datetime(2013, 5, 24, tzinfo=UTC),
        signature=signature,
    )


SEED = claim("4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9")
SEED_WITH_TRAILER = claim("106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e")


def framed(chunks: tuple[tuple[int, str], ...], content: bytes = CONTENT) -> bytes:
    parts, place = [], 0
    for size, signature in chunks:
        parts.append(f"{size:x};chunk-signature={signature}\r\n".encode() + content[place : place + size])
        parts.append(b"\r\n" if size else b"")
        place += size
    return b"".join(parts)


def request(body: bytes, *headers: tuple[str, str], length: int = len(CONTENT)) -> HttpRequest:
    fields = (("Content-Encoding", "aws-chunked,gzip"), ("x-amz-decoded-content-length", str(length)), *headers)
    return HttpRequest("PUT", "/examplebucket/chunkObject.txt", fields, body)


def test_the_published_chunks_are_taken_and_their_framing_is_gone() -> None:
    found = opened(request(framed(CHUNKS) + b"\r\n"), SIGNED, SEED, SECRET)
    assert found.body == CONTENT
    assert found.headers == (("Content-Encoding", "gzip"),)


def test_a_changed_byte_in_any_chunk_is_refused() -> None:
    for place in (0, 65535, 65536, 66559):
        changed = CONTENT[:place] + b"b" + CONTENT[place + 1 :]
        with pytest.raises(ServiceError) as refused:
            opened(request(framed(CHUNKS, changed)), SIGNED, SEED, SECRET)
        assert refused.value.code == "SignatureDoesNotMatch"


def test_a_chunk_that_is_left_out_or_an_end_that_is_missing_is_refused() -> None:
    for chunks in (CHUNKS[1:], CHUNKS[:1] + CHUNKS[2:], CHUNKS[:2], (*CHUNKS[:2], (0, CHUNKS[1][1]))):
        with pytest.raises(ServiceError) as refused:
            opened(request(framed(chunks)), SIGNED, SEED, SECRET)
        assert refused.value.code in {"SignatureDoesNotMatch", "IncompleteBody"}


def test_a_decoded_length_that_is_another_is_refused() -> None:
    with pytest.raises(ServiceError) as refused:
        opened(request(framed(CHUNKS), length=5), SIGNED, SEED, SECRET)
    assert refused.value.code == "IncompleteBody"


def test_chunks_in_a_file_are_taken_as_those_in_memory_are() -> None:
    spooled = Spooled()
    spooled.write(framed(CHUNKS) + b"\r\n")
    found = opened(replace(request(b""), spooled=spooled), SIGNED, SEED, SECRET)
    assert found.spooled is not None
    assert (b"".join(found.spooled), found.spooled.length) == (CONTENT, len(CONTENT))


TRAILER = b"x-amz-checksum-crc32c:sOO8/Q==\r\n"
TRAILER_SIGNATURE = b"x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n"


def with_trailer(trailer: bytes) -> HttpRequest:
    return request(framed(CHUNKS_WITH_TRAILER) + trailer, ("x-amz-trailer", "x-amz-checksum-crc32c"))


def test_the_published_trailer_is_taken_and_stands_among_the_headers() -> None:
    found = opened(with_trailer(TRAILER + TRAILER_SIGNATURE), f"{SIGNED}-TRAILER", SEED_WITH_TRAILER, SECRET)
    assert found.body == CONTENT
    assert found.headers == (("Content-Encoding", "gzip"), ("x-amz-checksum-crc32c", "sOO8/Q=="))


@pytest.mark.parametrize(
    ("trailer", "code"),
    [
        (TRAILER.replace(b"sOO8", b"sOO9") + TRAILER_SIGNATURE, "SignatureDoesNotMatch"),
        (TRAILER + b"\r\n", "SignatureDoesNotMatch"),
        (TRAILER_SIGNATURE, "MalformedTrailerError"),
        (TRAILER + b"x-amz-meta-more:1\r\n" + TRAILER_SIGNATURE, "MalformedTrailerError"),
        (b"", "MalformedTrailerError"),
    ],
)
def test_another_trailer_than_the_signed_one_is_refused(trailer: bytes, code: str) -> None:
    with pytest.raises(ServiceError) as refused:
        opened(with_trailer(trailer), f"{SIGNED}-TRAILER", SEED_WITH_TRAILER, SECRET)
    assert refused.value.code == code


def unsigned(content: bytes, checksum: str) -> HttpRequest:
    body = b"%x\r\n%s\r\n0\r\nx-amz-checksum-crc32:%s\r\n\r\n" % (len(content), content, checksum.encode())
    return request(body, ("x-amz-trailer", "x-amz-checksum-crc32"), length=len(content))


def test_an_unsigned_payload_is_compared_with_the_checksum_in_its_trailer() -> None:
    right = base64.b64encode(zlib.crc32(b"hello").to_bytes(4, "big")).decode()
    assert opened(unsigned(b"hello", right), "STREAMING-UNSIGNED-PAYLOAD-TRAILER", SEED, SECRET).body == b"hello"
    with pytest.raises(ServiceError) as refused:
        opened(unsigned(b"hellO", right), "STREAMING-UNSIGNED-PAYLOAD-TRAILER", SEED, SECRET)
    assert refused.value.code == "BadDigest"


def test_a_body_that_is_not_what_was_signed_is_refused() -> None:
    digest = hashlib.sha256(b"signed").hexdigest()
    assert opened(HttpRequest("PUT", "/b/k", (), b"signed"), digest, SEED, SECRET).body == b"signed"
    with pytest.raises(ServiceError) as refused:
        opened(HttpRequest("PUT", "/b/k", (), b"sent"), digest, SEED, SECRET)
    assert refused.value.code == "XAmzContentSHA256Mismatch"


def test_what_stands_for_the_payload_must_be_said_once_and_be_a_word_of_aws() -> None:
    def declared(*values: str, form: SignatureForm = SignatureForm.HEADER) -> str:
        headers = tuple(("X-Amz-Content-Sha256", value) for value in values)
        return declared_payload(claim("", form), HttpRequest("PUT", "/b/k", headers), ())

    assert declared("UNSIGNED-PAYLOAD") == "UNSIGNED-PAYLOAD"
    assert declared(form=SignatureForm.QUERY) == "UNSIGNED-PAYLOAD"
    for values in ((), ("UNSIGNED-PAYLOAD", "UNSIGNED-PAYLOAD"), ("NONE",), ("A" * 64,)):
        with pytest.raises(ServiceError):
            declared(*values)
