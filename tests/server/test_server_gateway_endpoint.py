"""Another endpoint as the backend: moto's own server, in a process of its own, as MinIO or an emulator would be."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import pytest
from botocore.exceptions import ClientError
from tests.server.gateway_served import GatewayServed, allow

from passrole.errors import UsageError
from passrole.server.gateway.backend_credentials import backend_credentials
from passrole.server.gateway.endpoint_backend import EndpointBackend
from passrole.server.gateway.opening import GatewayOptions
from passrole.server.http import serving


@pytest.fixture(scope="module")
def moto_url() -> Iterator[str]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"{url}/moto-api/data.json", timeout=5).read()
                break
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait()


@pytest.fixture(scope="module")
def served(moto_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayServed]:
    path = tmp_path_factory.mktemp("endpoint") / "account.db"
    with serving(path, gateway=GatewayOptions(backend=moto_url)) as found:
        yield GatewayServed(found)


def code_of(call: Any) -> str:
    with pytest.raises(ClientError) as refused:
        call()
    return str(refused.value.response["Error"]["Code"])


def test_what_is_allowed_is_carried_out_there_and_what_is_not_never_reaches_it(served: GatewayServed) -> None:
    s3 = served.client("s3")
    s3.create_bucket(Bucket="there")
    s3.put_object(Bucket="there", Key="a/ü +?", Body=b"hello", Metadata={"m": "1"})
    found = s3.get_object(Bucket="there", Key="a/ü +?")
    assert (found["Body"].read(), found["Metadata"]) == (b"hello", {"m": "1"})
    assert s3.head_object(Bucket="there", Key="a/ü +?")["ContentLength"] == 5
    reader = served.client("s3", served.user("reader", allow("s3:GetObject", "arn:aws:s3:::there/a/*")))
    assert reader.get_object(Bucket="there", Key="a/ü +?")["Body"].read() == b"hello"
    assert code_of(lambda: reader.delete_object(Bucket="there", Key="a/ü +?")) == "AccessDenied"
    assert s3.head_object(Bucket="there", Key="a/ü +?")["ContentLength"] == 5
    assert code_of(lambda: s3.get_object(Bucket="there", Key="none")) == "NoSuchKey"


def test_other_protocols_reach_it_too(served: GatewayServed) -> None:
    served.client("sns").create_topic(Name="t")
    assert len(served.client("sns").list_topics()["Topics"]) == 1
    served.client("dynamodb").list_tables()
    served.client("ec2").describe_vpcs()
    served.client("lambda").list_functions()


def test_a_large_object_comes_back_in_pieces(served: GatewayServed) -> None:
    content = bytes(range(256)) * 40_000
    s3 = served.client("s3")
    s3.create_bucket(Bucket="pieces")
    s3.put_object(Bucket="pieces", Key="k", Body=content)
    for _ in range(3):
        assert s3.get_object(Bucket="pieces", Key="k")["Body"].read() == content


class Redirecting(BaseHTTPRequestHandler):
    seen: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.seen.append(self.path)
        self.send_response(307)
        self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing to print."""


def test_a_redirect_is_passed_on_and_not_followed(tmp_path: Path) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Redirecting) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        from passrole.server.gateway.backend import ForwardedCall

        call = ForwardedCall("s3", "GetObject", "us-east-1", "111122223333", "aws", "GET", "/b/k", ())
        answer = EndpointBackend(url).answer(call)
        assert answer.status == 307
        assert Redirecting.seen == ["/b/k"]
        server.shutdown()


class TwoLengths(BaseHTTPRequestHandler):
    """RFC 9112, 6.3: where both are there, the Transfer-Encoding says how long the body is."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2000000")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"5\r\nhello\r\n0\r\n\r\n")

    def log_message(self, *_: object) -> None:
        """Nothing to print."""


def test_a_body_in_chunks_is_not_measured_by_a_length_beside_them() -> None:
    from passrole.server.gateway.backend import ForwardedCall

    with ThreadingHTTPServer(("127.0.0.1", 0), TwoLengths) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        call = ForwardedCall("s3", "GetObject", "us-east-1", "111122223333", "aws", "GET", "/b/k", ())
        answer = EndpointBackend(f"http://127.0.0.1:{server.server_port}").answer(call)
        assert answer.announced_length is None
        assert answer.stream is not None
        assert b"".join(answer.stream) == b"hello"
        server.shutdown()


def test_a_backend_that_is_not_there_is_told_as_such(tmp_path: Path) -> None:
    with serving(tmp_path / "account.db", gateway=GatewayOptions(backend="http://127.0.0.1:1")) as found:
        client = GatewayServed(found).client("sns")
        assert code_of(lambda: client.list_topics()) == "ServiceUnavailable"


@pytest.mark.parametrize(
    "url", ["127.0.0.1:9000", "ftp://h", "http://h/path", "http://h?x=1", "http://user:pass@h", "http://"]
)
def test_what_is_no_endpoint_is_refused(url: str) -> None:
    with pytest.raises(UsageError):
        EndpointBackend(url)


def test_the_backends_credentials_are_two() -> None:
    assert backend_credentials({}) is None
    found = backend_credentials({"PASSROLE_BACKEND_ACCESS_KEY_ID": "k", "PASSROLE_BACKEND_SECRET_ACCESS_KEY": "s"})
    assert found is not None
    assert (found.access_key_id, found.secret_access_key) == ("k", "s")
    assert "s" not in repr(found).replace("access_key_id", "").replace("BackendCredentials", "")
    with pytest.raises(UsageError):
        backend_credentials({"PASSROLE_BACKEND_ACCESS_KEY_ID": "k"})
