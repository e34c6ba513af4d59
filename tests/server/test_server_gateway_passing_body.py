"""A body that passes from a backend to a client: as it was, by either way, and told when it is not whole."""

from __future__ import annotations

import errno
import http.client
import os
import socket
import threading

import pytest

from passrole.server.gateway import kernel_pipe, passing_body
from passrole.server.gateway.passing_body import PassingBody

CONTENT = os.urandom(3_000_001)


@pytest.fixture(params=["spliced", "copied", "splice refused at the source", "splice refused at the target"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """How bytes go over; a kernel may know `splice` and refuse it for some kinds of files."""
    if request.param == "copied":
        monkeypatch.setattr(passing_body, "is_there", lambda: False)
    elif not kernel_pipe.is_there():
        pytest.skip("this system has no splice")
    if request.param.startswith("splice refused"):
        real, refuses_first = os.splice, request.param.endswith("source")
        calls = []

        def splice(source: int, target: int, count: int) -> int:
            calls.append(count)
            if refuses_first or len(calls) % 2 == 0:
                raise OSError(errno.EINVAL, "refused")
            return real(source, target, count)

        monkeypatch.setattr(os, "splice", splice)
    return str(request.param)


class Passed:
    """A backend that answers `raw`, and a client that is sent its body."""

    def __init__(self, raw: bytes, *, length: int | None, closes: bool = False) -> None:
        self.ends: list[str] = []
        backend, self._there = socket.socketpair()
        backend.settimeout(5)
        threading.Thread(target=self._answer, args=(raw, closes), daemon=True).start()
        connection = http.client.HTTPConnection("backend")
        connection.sock = backend
        connection.request("GET", "/")
        answer = connection.getresponse()
        self.body = PassingBody(
            answer,
            backend,
            length,
            whole=lambda: self.ends.append("whole"),
            broken=lambda: self.ends.append("broken"),
        )
        self.client, self._theirs = socket.socketpair()
        self.client.settimeout(5)
        self.got = bytearray()

    def _answer(self, raw: bytes, closes: bool) -> None:
        self._there.recv(65536)
        self._there.sendall(raw)
        if closes:
            self._there.close()

    def send(self) -> bytes:
        """What the client gets. Raises what `send_to` raises."""
        taker = threading.Thread(target=self._take)
        taker.start()
        try:
            self.body.send_to(self.client)
        finally:
            self.client.close()
            taker.join()
        return bytes(self.got)

    def _take(self) -> None:
        while piece := self._theirs.recv(65536):
            self.got += piece


def answer_of(content: bytes, *, length: int) -> bytes:
    return f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n".encode() + content


@pytest.mark.parametrize("size", [0, 1, 4000, 100_000, len(CONTENT)])
def test_a_body_of_known_length_comes_as_it_was(way: str, size: int) -> None:
    passed = Passed(answer_of(CONTENT[:size], length=size), length=size)
    assert passed.send() == CONTENT[:size]
    assert passed.ends == ["whole"]


def test_what_follows_the_body_is_not_of_it(way: str) -> None:
    passed = Passed(answer_of(CONTENT + b"HTTP/1.1 200 OK\r\n", length=len(CONTENT)), length=len(CONTENT))
    assert passed.send() == CONTENT
    assert passed.ends == ["whole"]


def test_a_body_in_chunks_comes_without_them(way: str) -> None:
    chunks = b"".join(
        b"%x\r\n%b\r\n" % (len(part), part) for part in (CONTENT[:10], CONTENT[10:1_000_000], CONTENT[1_000_000:])
    )
    raw = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"
    passed = Passed(raw, length=None)
    assert passed.send() == CONTENT
    assert passed.ends == ["whole"]


@pytest.mark.parametrize("size", [0, 10, 2_000_000])
def test_a_body_that_ends_too_early_is_told(way: str, size: int) -> None:
    passed = Passed(answer_of(CONTENT[:size], length=len(CONTENT)), length=len(CONTENT), closes=True)
    with pytest.raises(ConnectionError):
        passed.send()
    assert bytes(passed.got) == CONTENT[:size]
    assert passed.ends == ["broken"]


def test_a_client_that_takes_nothing_is_let_go(way: str) -> None:
    passed = Passed(answer_of(CONTENT, length=len(CONTENT)), length=len(CONTENT))
    passed.client.settimeout(0.2)
    with pytest.raises(TimeoutError):
        passed.body.send_to(passed.client)
    assert passed.ends == ["broken"]


def test_a_backend_that_stands_still_is_let_go(way: str) -> None:
    passed = Passed(answer_of(CONTENT[:-1], length=len(CONTENT)), length=len(CONTENT))
    passed.body._connection.settimeout(0.2)
    with pytest.raises(TimeoutError):
        passed.send()
    assert passed.ends == ["broken"]


def test_it_can_be_read_in_pieces() -> None:
    passed = Passed(answer_of(CONTENT, length=len(CONTENT)), length=len(CONTENT))
    assert b"".join(bytes(piece) for piece in passed.body) == CONTENT
    assert passed.ends == ["whole"]


def test_it_can_be_closed_unread() -> None:
    passed = Passed(answer_of(CONTENT, length=len(CONTENT)), length=len(CONTENT))
    passed.body.close()
    passed.body.close()
    assert passed.ends == ["broken"]
