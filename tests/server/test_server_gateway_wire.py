"""Requests that no SDK would send, or that one sends in another way: presigned, virtual-hosted, anonymous, altered."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from tests.server.gateway_served import REGION, GatewayServed, Keys, allow, gateway

import passrole.server.desk

BUCKET = "wire-bucket"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayServed]:
    with gateway(tmp_path_factory.mktemp("wire")) as found:
        s3 = found.client("s3")
        s3.create_bucket(Bucket=BUCKET)
        s3.put_object(Bucket=BUCKET, Key="folder/k", Body=b"hello")
        yield found


def send(
    served: GatewayServed, method: str, target: str, headers: Mapping[str, str] | None = None, body: bytes = b""
) -> tuple[int, bytes]:
    parts = urlsplit(served.url)
    assert parts.hostname is not None
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=20)
    try:
        connection.putrequest(method, target, skip_host="Host" in (headers or {}), skip_accept_encoding=True)
        for name, value in (headers or {}).items():
            connection.putheader(name, value)
        if body:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body or None)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def signed(
    served: GatewayServed,
    method: str,
    path: str,
    *,
    host: str | None = None,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    service: str = "s3",
    keys: Keys | None = None,
) -> dict[str, str]:
    """The headers of a request, signed by botocore."""
    found = keys or served.admin
    netloc = host or urlsplit(served.url).netloc
    request = AWSRequest(method, f"http://{netloc}{path}", headers=dict(headers or {}), data=body)
    auth = S3SigV4Auth if service == "s3" else SigV4Auth
    auth(Credentials(found.id, found.secret), service, REGION).add_auth(request)
    return {**{name: str(value) for name, value in request.headers.items()}, "Host": netloc}


def test_a_presigned_request_is_good_as_it_was_made_and_no_other(served: GatewayServed) -> None:
    s3 = served.client("s3", signature_version="s3v4")
    url = urlsplit(s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "folder/k"}, ExpiresIn=600))
    target = f"{url.path}?{url.query}"
    assert send(served, "GET", target) == (200, b"hello")
    assert send(served, "GET", target.replace("folder/k", "folder/j"))[0] == 403
    assert send(served, "GET", target.replace("Expires=600", "Expires=601"))[0] == 403
    assert send(served, "PUT", target, body=b"other")[0] == 403
    assert send(served, "GET", f"{target}&versionId=null")[0] == 403
    assert send(served, "GET", target) == (200, b"hello")


def test_a_signature_of_version_2_is_told_to_be_none(served: GatewayServed) -> None:
    target = f"/{BUCKET}/folder/k?AWSAccessKeyId={served.admin.id}&Signature=abc%3D&Expires=99999999999"
    for path, headers in ((target, {}), (f"/{BUCKET}/folder/k", {"Authorization": f"AWS {served.admin.id}:abc="})):
        status, body = send(served, "GET", path, headers)
        assert (status, b"Please use AWS4-HMAC-SHA256" in body) == (400, True), body


def test_a_presigned_upload_is_taken(served: GatewayServed) -> None:
    s3 = served.client("s3", signature_version="s3v4")
    url = urlsplit(s3.generate_presigned_url("put_object", Params={"Bucket": BUCKET, "Key": "up"}, ExpiresIn=60))
    assert send(served, "PUT", f"{url.path}?{url.query}", body=b"sent up")[0] == 200
    assert s3.get_object(Bucket=BUCKET, Key="up")["Body"].read() == b"sent up"


def test_an_upload_that_has_ended_is_said_not_to_be_there(served: GatewayServed) -> None:
    # "The specified multipart upload does not exist. ... the multipart upload might have been aborted or completed."
    # <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html>
    s3 = served.client("s3")
    upload = {"Bucket": BUCKET, "Key": "ended", "UploadId": ""}
    upload["UploadId"] = s3.create_multipart_upload(Bucket=BUCKET, Key="ended")["UploadId"]
    parts = [{"PartNumber": 1, "ETag": s3.upload_part(**upload, PartNumber=1, Body=b"x")["ETag"]}]
    s3.abort_multipart_upload(**upload)
    for ask in (
        lambda: s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts}),
        lambda: s3.upload_part(**upload, PartNumber=2, Body=b"y"),
        lambda: s3.upload_part_copy(**upload, PartNumber=2, CopySource=f"{BUCKET}/folder/k"),
    ):
        with pytest.raises(ClientError) as refused:
            ask()
        assert refused.value.response["Error"]["Code"] == "NoSuchUpload"


def test_a_presigned_request_lasts_for_as_long_as_it_says(
    served: GatewayServed, monkeypatch: pytest.MonkeyPatch
) -> None:
    s3 = served.client("s3", signature_version="s3v4")
    url = urlsplit(
        s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "folder/k"}, ExpiresIn=7200)
    )
    target = f"{url.path}?{url.query}"

    class Later(datetime):
        hours = 0.0

        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime.now(UTC) + timedelta(hours=cls.hours)

    monkeypatch.setattr(passrole.server.desk, "datetime", Later)
    Later.hours = 1.9
    assert send(served, "GET", target)[0] == 200
    Later.hours = 2.1
    status, body = send(served, "GET", target)
    # Amazon S3 API Reference, "Authenticating requests: using query parameters".
    assert status == 403
    assert b"<Message>Request has expired</Message>" in body


@pytest.mark.parametrize(
    "host", [f"{BUCKET}.localhost:4566", f"{BUCKET}.s3.localhost:4566", f"{BUCKET}.s3.us-east-1.localhost"]
)
def test_a_bucket_may_stand_in_the_host(served: GatewayServed, host: str) -> None:
    assert send(served, "GET", "/folder/k", signed(served, "GET", "/folder/k", host=host)) == (200, b"hello")
    status, body = send(served, "GET", "/?list-type=2", signed(served, "GET", "/?list-type=2", host=host))
    assert status == 200
    assert b"<Key>folder/k</Key>" in body


@pytest.mark.parametrize("host", [f"{BUCKET}.s3.amazonaws.com", "evil.example", f"{BUCKET}.localhost.evil.example"])
def test_other_hosts_are_refused(served: GatewayServed, host: str) -> None:
    status, body = send(served, "GET", "/folder/k", signed(served, "GET", "/folder/k", host=host))
    assert status == 403
    assert b"Host header" in body


def test_nobody_gets_what_is_not_public_and_everybody_what_is(served: GatewayServed) -> None:
    assert send(served, "GET", f"/{BUCKET}/folder/k")[0] == 403
    assert send(served, "GET", f"/{BUCKET}?list-type=2")[0] == 403
    s3 = served.client("s3")
    s3.create_bucket(Bucket="open-bucket")
    s3.put_object(Bucket="open-bucket", Key="k", Body=b"for all")
    s3.put_public_access_block(
        Bucket="open-bucket",
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": False,
            "IgnorePublicAcls": False,
            "BlockPublicPolicy": False,
            "RestrictPublicBuckets": False,
        },
    )
    statement = {"Principal": "*", **allow("s3:GetObject", "arn:aws:s3:::open-bucket/*")}
    s3.put_bucket_policy(Bucket="open-bucket", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    assert send(served, "GET", "/open-bucket/k") == (200, b"for all")
    assert send(served, "GET", "/k", {"Host": "open-bucket.localhost"}) == (200, b"for all")
    assert send(served, "GET", "/open-bucket?list-type=2")[0] == 403
    assert send(served, "PUT", "/open-bucket/k", body=b"mine")[0] == 403
    assert send(served, "DELETE", "/open-bucket/k")[0] == 403


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        (f"/{BUCKET}?website&unheard-of", {}),
        (f"/{BUCKET}?unheard-of", {}),
        (f"/{BUCKET}/folder/k?versionId=1&versionId=2", {}),
        (f"/{BUCKET}/folder/k", {"x-amz-unheard-of": "1"}),
        (f"/{BUCKET}/folder/k?partNumber=abc", {}),
        (f"/{BUCKET}/%ff", {}),
    ],
)
def test_what_the_model_does_not_know_is_refused(served: GatewayServed, path: str, headers: dict[str, str]) -> None:
    status, body = send(served, "GET", path, signed(served, "GET", path, headers=headers))
    assert status == 400, body


def test_a_header_that_is_added_on_the_way_is_refused(served: GatewayServed) -> None:
    headers = signed(served, "PUT", f"/{BUCKET}/added", body=b"x")
    status, _ = send(served, "PUT", f"/{BUCKET}/added", {**headers, "x-amz-acl": "public-read"}, b"x")
    assert status == 403


def test_what_is_called_must_be_in_the_signature_of_every_service(served: GatewayServed) -> None:
    headers = signed(
        served, "POST", "/", headers={"Content-Type": "application/x-amz-json-1.1"}, body=b"{}", service="kms"
    )
    status, answer = send(served, "POST", "/", {**headers, "X-Amz-Target": "TrentService.CreateKey"}, b"{}")
    assert (status, b"not signed" in answer) == (400, True), answer


def test_no_header_of_a_client_says_whose_account_it_is(served: GatewayServed) -> None:
    store = served.served.store
    store.add_account("444455556666")
    other = store.administrator("444455556666")
    served.client("sqs", Keys(other.access_key_id, other.secret)).create_queue(QueueName="of-the-other")
    body = b"{}"
    headers = {
        "X-Amz-Target": "AmazonSQS.ListQueues",
        "Content-Type": "application/x-amz-json-1.0",
        "x-moto-account-id": "444455556666",
    }
    status, answer = send(
        served, "POST", "/", signed(served, "POST", "/", headers=headers, body=body, service="sqs"), body
    )
    assert status == 200
    assert b"of-the-other" not in answer


def test_no_path_reaches_the_switches_of_moto(served: GatewayServed) -> None:
    assert send(served, "POST", "/moto-api/reset")[0] in {403, 405}
    s3 = served.client("s3")
    s3.create_bucket(Bucket="moto-api")
    s3.put_object(Bucket="moto-api", Key="reset", Body=b"an object")
    assert send(served, "GET", "/moto-api/reset", signed(served, "GET", "/moto-api/reset")) == (200, b"an object")
    assert s3.get_object(Bucket=BUCKET, Key="folder/k")["Body"].read() == b"hello"


def test_bytes_that_are_no_text_are_answered(served: GatewayServed) -> None:
    parts = urlsplit(served.url)
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{served.admin.id}/{now[:8]}/us-east-1/sqs/aws4_request"
    head = (
        f" HTTP/1.1\r\nHost: localhost\r\nX-Amz-Date: {now}\r\nContent-Type: application/x-www-form-urlencoded"
        f"\r\nAuthorization: AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature=x\r\n"
        f"Content-Length: 36\r\nConnection: close\r\n\r\nAction=ListQueues&Version=2012-11-05&"
    ).encode()
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=20) as connection:
        connection.sendall(b"POST /\xff/\xfe" + head)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 4"), answer


def test_json_that_two_parsers_read_differently_is_refused(served: GatewayServed) -> None:
    target = {"X-Amz-Target": "AmazonSQS.CreateQueue", "Content-Type": "application/x-amz-json-1.0"}
    for body in (b'{"QueueName":"one","QueueName":"two"}', b'{"QueueName":NaN}', b'{"Unheard":"of"}', b"[" * 100_000):
        headers = signed(served, "POST", "/", headers=target, body=body, service="sqs")
        status, answer = send(served, "POST", "/", headers, body)
        assert (status, json.loads(answer)["__type"]) == (400, "SerializationException")


@pytest.mark.parametrize("depth", [100, 300, 400])
def test_an_item_that_is_too_deep_is_refused(served: GatewayServed, depth: int) -> None:
    body = b'{"TableName":"t","Item":{"a":' + b'{"M":{"a":' * depth + b'{"S":"x"}' + b"}}" * depth + b"}}"
    target = {"X-Amz-Target": "DynamoDB_20120810.PutItem", "Content-Type": "application/x-amz-json-1.0"}
    headers = signed(served, "POST", "/", headers=target, body=body, service="dynamodb")
    status, answer = send(served, "POST", "/", headers, body)
    assert (status, json.loads(answer)["__type"]) == (400, "SerializationException")


def test_xml_with_a_document_type_is_refused(served: GatewayServed) -> None:
    body = b'<!DOCTYPE t [<!ENTITY a "aaaa">]><Tagging><TagSet><Tag><Key>&a;</Key><Value>v</Value></Tag></TagSet></Tagging>'
    path = f"/{BUCKET}?tagging"
    status, answer = send(served, "PUT", path, signed(served, "PUT", path, body=body), body)
    assert (status, b"document type" in answer) == (400, True)


def test_a_large_body_of_a_stranger_is_refused_before_it_is_read(served: GatewayServed) -> None:
    length = {"Content-Length": str(100 * 1024 * 1024)}
    for keys, code in ((Keys(served.admin.id, "x" * 40), b"SignatureDoesNotMatch"), (None, b"AccessDenied")):
        headers = {} if keys is None else signed(served, "PUT", f"/{BUCKET}/large", keys=keys)
        status, answer = send(served, "PUT", f"/{BUCKET}/large", {**headers, **length})
        assert (status, code in answer) == (403, True)


def test_a_large_body_is_compared_with_what_was_signed(served: GatewayServed) -> None:
    content = bytes(range(256)) * 40_000
    headers = signed(served, "PUT", f"/{BUCKET}/large", body=content)
    assert send(served, "PUT", f"/{BUCKET}/large", headers, content)[0] == 200
    changed = b"x" + content[1:]
    status, answer = send(served, "PUT", f"/{BUCKET}/large", headers, changed)
    assert (status, b"XAmzContentSHA256Mismatch" in answer) == (400, True)
    assert served.client("s3").get_object(Bucket=BUCKET, Key="large")["Body"].read() == content


def chunked(*pieces: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + end


def send_chunked(served: GatewayServed, key: str, raw: bytes, **more: str) -> tuple[int, bytes]:
    """A streamed upload as the SDK for JavaScript sends it: a transfer coding, and no length."""
    path = f"/{BUCKET}/{key}"
    headers = signed(served, "PUT", path, body=b"hello world")
    parts = urlsplit(served.url)
    lines = [f"PUT {path} HTTP/1.1", *(f"{name}: {value}" for name, value in {**headers, **more}.items())]
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=20) as connection:
        connection.sendall(("\r\n".join(lines) + "\r\nTransfer-Encoding: chunked\r\n\r\n").encode() + raw)
        connection.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    return int(answer.split(b" ", 2)[1]), answer


def test_a_body_in_transfer_chunks_is_taken(served: GatewayServed) -> None:
    assert send_chunked(served, "chunks", chunked(b"hello ", b"world"))[0] == 200
    assert served.client("s3").get_object(Bucket=BUCKET, Key="chunks")["Body"].read() == b"hello world"


@pytest.mark.parametrize(
    "raw",
    [
        chunked(b"hello ", b"world", end=b""),
        chunked(b"hello ", b"world", end=b"0\r\nx-amz-acl: public-read\r\n\r\n"),
        b"b;ext=1\r\nhello world\r\n0\r\n\r\n",
        b"a\r\nhello world\r\n0\r\n\r\n",
        b"-b\r\nhello world\r\n0\r\n\r\n",
        b"ffffffffffff\r\nhello world\r\n0\r\n\r\n",
        chunked(b"hello ", b"World"),
    ],
)
def test_transfer_chunks_that_are_not_well_formed_or_not_what_was_signed_are_refused(
    served: GatewayServed, raw: bytes
) -> None:
    assert send_chunked(served, "broken", raw)[0] == 400
    with pytest.raises(ClientError):
        served.client("s3").head_object(Bucket=BUCKET, Key="broken")


def test_a_body_with_two_lengths_is_refused(served: GatewayServed) -> None:
    length = {"Content-Length": "11"}
    assert send_chunked(served, "twice", chunked(b"hello ", b"world"), **length)[0] == 400


def test_a_body_over_the_limit_is_refused_before_it_is_read(served: GatewayServed) -> None:
    headers = signed(served, "PUT", f"/{BUCKET}/huge")
    status, answer = send(served, "PUT", f"/{BUCKET}/huge", {**headers, "Content-Length": str(6 * 1024**3)})
    assert (status, b"<Code>EntityTooLarge</Code>" in answer) == (400, True)
