"""A client that costs little: requests signed beforehand, and one thread that keeps many connections busy.

What an SDK spends on a call is more than a server may: with boto3 in between, servers look alike.
"""

from __future__ import annotations

import hashlib
import hmac
import selectors
import socket
import time
from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import quote, urlencode

REGION = "us-east-1"
_VERSIONS = {"iam": "2010-05-08", "sts": "2011-06-15"}


@dataclass(frozen=True, slots=True)
class Signer:
    """Makes the bytes of requests. A signature is good for 15 minutes from its making."""

    host: str
    access_key_id: str
    secret: str = field(repr=False)

    def call(self, service: str, action: str, parameters: Mapping[str, str]) -> bytes:
        named = {"Action": action, "Version": _VERSIONS[service], **parameters}
        body = urlencode(named, quote_via=quote).encode()
        now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        signed = f"content-type;host;x-amz-date\n{hashlib.sha256(body).hexdigest()}"
        kind = "application/x-www-form-urlencoded; charset=utf-8"
        canonical = f"POST\n/\n\ncontent-type:{kind}\nhost:{self.host}\nx-amz-date:{now}\n\n{signed}"
        scope = f"{now[:8]}/{REGION}/{service}/aws4_request"
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        key = _signing_key(self.secret, now[:8], service)
        signature = hmac.digest(key, f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{digest}".encode(), "sha256").hex()
        head = (
            f"POST / HTTP/1.1\r\nHost: {self.host}\r\nContent-Type: {kind}\r\nX-Amz-Date: {now}\r\n"
            f"Authorization: AWS4-HMAC-SHA256 Credential={self.access_key_id}/{scope}, "
            f"SignedHeaders=content-type;host;x-amz-date, Signature={signature}\r\n"
            f"User-Agent: passrole-bench\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


@cache
def _signing_key(secret: str, day: str, service: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (day, REGION, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


@dataclass(slots=True)
class Driven:
    """`statuses` counts the HTTP statuses; `answers`: the bodies, when asked for; `latencies` in seconds."""

    seconds: float
    statuses: Counter[int]
    latencies: list[float]
    answers: list[bytes]
    codes: Counter[str]
    """AWS's code of each answer that was not 200."""

    @property
    def calls(self) -> int:
        return sum(self.statuses.values())


class _Connection:
    """One client: it sends its next request when the answer to the last is whole."""

    def __init__(self, address: tuple[str, int], requests: Iterable[bytes]) -> None:
        self._address = address
        self._requests = iter(requests)
        self.socket: socket.socket | None = None
        self.got = bytearray()
        self.sent_at = 0.0

    def send_next(self) -> bool:
        request = next(self._requests, None)
        if request is None:
            return False
        if self.socket is None:
            self.socket = socket.create_connection(self._address, timeout=60)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.got.clear()
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)
        return True

    def read(self) -> tuple[int, bytes] | None:
        """An answer, when it is all there."""
        assert self.socket is not None
        part = self.socket.recv(1 << 20)
        self.got += part
        head_end = self.got.find(b"\r\n\r\n")
        if head_end < 0:
            if not part:
                raise ConnectionError("the server closed the connection without an answer")
            return None
        head = bytes(self.got[:head_end]).lower()
        start = head_end + 4
        if b"transfer-encoding: chunked" in head:
            whole = self.got.endswith(b"0\r\n\r\n")
        elif b"content-length:" in head:
            length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
            whole = len(self.got) >= start + length
        else:
            whole = not part
        if not whole:
            if not part:
                raise ConnectionError("the server closed the connection within an answer")
            return None
        if not part or b"connection: close" in head or head.startswith(b"http/1.0"):
            self.close()
        return int(head.split(b" ", 2)[1]), bytes(self.got[start:])

    def close(self) -> None:
        if self.socket is not None:
            self.socket.close()
            self.socket = None


def drive(port: int, clients: Sequence[Iterable[bytes]], *, keep_answers: bool = False) -> Driven:
    """Each client sends its requests one after the other, all clients at once."""
    driven = Driven(0.0, Counter(), [], [], Counter())
    connections = deque(_Connection(("127.0.0.1", port), requests) for requests in clients)
    with selectors.DefaultSelector() as selector:
        began = time.perf_counter()
        for connection in connections:
            if connection.send_next():
                assert connection.socket is not None
                selector.register(connection.socket, selectors.EVENT_READ, connection)
        while selector.get_map():
            for key, _ in selector.select():
                connection = key.data
                used = connection.socket
                answer = connection.read()
                if answer is None:
                    continue
                status, body = answer
                driven.latencies.append(time.perf_counter() - connection.sent_at)
                driven.statuses[status] += 1
                if status != 200:
                    driven.codes[_code(body)] += 1
                if keep_answers:
                    driven.answers.append(body)
                going_on = connection.send_next()
                if connection.socket is not used or not going_on:
                    selector.unregister(used)
                    if going_on:
                        selector.register(connection.socket, selectors.EVENT_READ, connection)
                    else:
                        connection.close()
        driven.seconds = time.perf_counter() - began
    return driven


def _code(body: bytes) -> str:
    return body.partition(b"<Code>")[2].partition(b"</Code>")[0].decode("utf-8", "replace") or "no code"
