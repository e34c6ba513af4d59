"""Large objects through the gateway, before a backend that streams: speed beside the backend's own, and memory.

    python bench/gateway_large.py             # 1 GB down, 1 GB up
    python bench/gateway_large.py --bytes 5000000000

The backend is a stub in a process of its own, which answers GET with as many bytes as the object has and forgets what
it is PUT. The server runs in a process of its own as well; its peak memory is printed.
"""

from __future__ import annotations

import argparse
import http.client
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from results import Heading, Result, Row, print_table

from passrole.account.store import AccountStore

ROUNDS = 3
BLOCK = bytes(1024 * 1024)
BUCKETS = (
    b'<ListAllMyBucketsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Owner><ID>me</ID></Owner><Buckets><Bucket>'
    b"<Name>large</Name><CreationDate>2026-01-01T00:00:00.000Z</CreationDate></Bucket></Buckets></ListAllMyBucketsResult>"
)
ACL = (
    b'<AccessControlPolicy xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Owner><ID>me</ID></Owner>'
    b"<AccessControlList></AccessControlList></AccessControlPolicy>"
)
ABSENT = {
    "policy": "NoSuchBucketPolicy",
    "publicAccessBlock": "NoSuchPublicAccessBlockConfiguration",
    "encryption": "ServerSideEncryptionConfigurationNotFoundError",
    "ownershipControls": "OwnershipControlsNotFoundError",
    "tagging": "NoSuchTagSet",
}


class Stub(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    object_bytes = 0

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = parts.query.partition("=")[0]
        if parts.path == "/":
            self._answer(200, BUCKETS)
        elif query == "acl":
            self._answer(200, ACL)
        elif query in ABSENT:
            self._answer(404, f"<Error><Code>{ABSENT[query]}</Code><Message>none</Message></Error>".encode())
        elif parts.path == "/large/k" and not query:
            self._head(200, self.object_bytes)
            left = self.object_bytes
            while left:
                left -= self.connection.send(BLOCK[: min(left, len(BLOCK))])
        else:
            self._answer(404, b"<Error><Code>NoSuchThing</Code><Message>none</Message></Error>")

    def do_HEAD(self) -> None:
        self._head(200, self.object_bytes)

    def do_PUT(self) -> None:
        left = int(self.headers["Content-Length"])
        while left:
            left -= len(self.rfile.read(min(left, len(BLOCK))))
        self._answer(200, b"")

    def _answer(self, status: int, body: bytes) -> None:
        self._head(status, len(body))
        self.wfile.write(body)

    def _head(self, status: int, length: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing to print."""


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@contextmanager
def process(command: list[str], port: int) -> Iterator[subprocess.Popen[bytes]]:
    started = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        while started.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield started
    finally:
        started.terminate()
        started.wait()


def transfer(method: str, port: int, headers: dict[str, str], sent_bytes: int) -> tuple[int, float]:
    """The bytes of the answer, and the seconds that it took."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    began = time.perf_counter()
    blocks = (BLOCK[: min(len(BLOCK), sent_bytes - start)] for start in range(0, sent_bytes, len(BLOCK)))
    connection.request(method, "/large/k", body=blocks if sent_bytes else None, headers=headers)
    answer = connection.getresponse()
    taken, buffer = 0, bytearray(len(BLOCK))
    while got := answer.readinto(buffer):
        taken += got
    assert answer.status == 200, (answer.status, bytes(buffer[:500]))
    return taken, time.perf_counter() - began


def signed(method: str, port: int, key: str, secret: str, sent_bytes: int) -> dict[str, str]:
    from botocore.auth import S3SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    request = AWSRequest(method, f"http://127.0.0.1:{port}/large/k")
    signer = S3SigV4Auth(Credentials(key, secret), "s3", "us-east-1")
    signer.payload = lambda request: "UNSIGNED-PAYLOAD"
    signer.add_auth(request)
    found = {name: str(value) for name, value in request.headers.items()}
    return {**found, "Content-Length": str(sent_bytes)} if sent_bytes else found


def peak_megabytes(pid: int) -> float:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1]) / 1000


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def large(size: int) -> Iterator[Row]:
    """Each way several times, of which the fastest counts."""
    yield Heading(f"an object of {size / 1e6:.0f} MB, before a backend that streams")
    backend_port, port = free_port(), free_port()
    stub = [sys.executable, __file__, "--stub", str(backend_port), "--bytes", str(size)]
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "a.db")
        serve = [sys.executable, "-m", "passrole", "serve", "--account-file", file, "--port", str(port)]
        with (
            process(stub, backend_port),
            process([*serve, "--backend", f"http://127.0.0.1:{backend_port}"], port) as server,
        ):
            store = AccountStore.open(Path(file))
            administrator = store.administrator()
            store.close()
            keys = (administrator.access_key_id, administrator.secret)
            for method, what, sent, wanted in (("GET", "download", 0, 0.8), ("PUT", "upload", size, None)):
                plain = {"Content-Length": str(sent)} if sent else {}
                alone, through = [], []
                began = cpu_seconds(server.pid)
                for _ in range(ROUNDS):
                    alone.append(transfer(method, backend_port, dict(plain), sent)[1])
                    through.append(transfer(method, port, signed(method, port, *keys, sent), sent)[1])
                cpu = (cpu_seconds(server.pid) - began) / ROUNDS / size * 1e9
                speed = size / 1e6
                yield Result(f"{what}, the backend alone", speed / min(alone), "MB/s")
                note = f"{cpu:.2f} s of its CPU for each GB"
                yield Result(f"{what}, through the gateway", speed / min(through), "MB/s", note=note)
                share = min(alone) / min(through)
                yield Result(f"{what}, of the backend's own speed", share, "times", wanted, at_least=True)
            yield Result("memory of the server at its peak", peak_megabytes(server.pid), "MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--bytes", type=int, default=1_000_000_000)
    parser.add_argument("--stub", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.stub:
        Stub.object_bytes = given.bytes
        ThreadingHTTPServer(("127.0.0.1", given.stub), Stub).serve_forever()
    print_table(large(given.bytes))


if __name__ == "__main__":
    main()
