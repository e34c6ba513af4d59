"""HTTP itself, over real sockets: connections kept and closed, bodies that come late or never, and bytes that are no HTTP.

What cannot be read gets AWS's error or a closed connection; never a 500, never a traceback.
"""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPResponse
from threading import Thread
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from passrole.account.service_error import ServiceError
from passrole.server import http_reader
from passrole.server.http import ServedAccount, serving
from passrole.server.http_reader import MAX_BODY_BYTES, RequestReader

FORM = "Content-Type: application/x-www-form-urlencoded"
LIST = b"Action=ListUsers&Version=2010-05-08"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedAccount]:
    with serving(tmp_path_factory.mktemp("served") / "account.db") as served:
        yield served


@pytest.fixture(autouse=True)
def nothing_goes_wrong(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """No test here may make the server log a fault of its own, or print one."""
    with caplog.at_level(logging.INFO):
        yield
    # Not `caplog.records`, which by now are those of the teardown.
    records = caplog.get_records("call")
    assert [record.message for record in records if record.levelno >= logging.WARNING] == []
    assert "Traceback" not in capfd.readouterr().err


@contextmanager
def connected(served: ServedAccount) -> Iterator[socket.socket]:
    port = urlsplit(served.endpoint_url).port
    assert port is not None
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        yield connection


def post(body: bytes = LIST, *headers: str, version: str = "1.1") -> bytes:
    lines = [f"POST / HTTP/{version}", "Host: 127.0.0.1", f"Content-Length: {len(body)}", FORM, *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def read_answer(connection: socket.socket, method: str = "POST") -> tuple[int, dict[str, str], bytes]:
    answer = HTTPResponse(connection, method=method)
    answer.begin()
    headers = {name.lower(): value for name, value in answer.getheaders()}
    return answer.status, headers, answer.read()


def code_of(body: bytes) -> str | None:
    return ElementTree.fromstring(body).findtext("{*}Error/{*}Code")


def is_closed(connection: socket.socket) -> bool:
    return connection.recv(1) == b""


def goes_on(connection: socket.socket) -> bool:
    connection.sendall(post())
    return read_answer(connection)[0] == 403


def test_a_connection_is_kept_until_the_client_asks_otherwise(served: ServedAccount) -> None:
    with connected(served) as connection:
        for _ in range(3):
            connection.sendall(post())
            status, headers, _body = read_answer(connection)
            assert (status, headers.get("connection")) == (403, None)
        connection.sendall(post(LIST, "Connection: Close"))
        assert read_answer(connection)[1]["connection"] == "close"
        assert is_closed(connection)


def test_http_1_0_closes_unless_it_asks_to_keep(served: ServedAccount) -> None:
    with connected(served) as connection:
        connection.sendall(post(LIST, "Connection: keep-alive", version="1.0"))
        assert read_answer(connection)[1]["connection"] == "keep-alive"
        connection.sendall(post(version="1.0"))
        status, headers, body = read_answer(connection)
        assert (status, headers["connection"], code_of(body)) == (403, "close", "MissingAuthenticationToken")
        assert is_closed(connection)


def test_requests_sent_ahead_are_answered_in_their_order(served: ServedAccount) -> None:
    actions = [b"ListUsers", b"Nope", b"ListRoles", b"AlsoNot"]
    with connected(served) as connection:
        connection.sendall(b"".join(post(b"Action=" + action + b"&Version=2010-05-08") for action in actions))
        with connection.makefile("rb") as stream:
            codes = []
            for _ in actions:
                while not (line := stream.readline()).lower().startswith(b"content-length:"):
                    assert line
                length = int(line.partition(b":")[2])
                while stream.readline() != b"\r\n":
                    pass
                codes.append(code_of(stream.read(length)))
    assert codes == ["MissingAuthenticationToken", "InvalidAction"] * 2


def test_a_request_may_come_byte_by_byte(served: ServedAccount) -> None:
    with connected(served) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in post(b"Action=Nope&Version=2010-05-08"):
            connection.sendall(bytes([byte]))
        assert code_of(read_answer(connection)[2]) == "InvalidAction"


@pytest.mark.parametrize("before", [b"\r\n", b"\n\n", b"\r\n\r\n\r\n"])
def test_empty_lines_before_a_request_are_passed_over(served: ServedAccount, before: bytes) -> None:
    with connected(served) as connection:
        connection.sendall(before + post() + before)
        assert read_answer(connection)[0] == 403
        assert goes_on(connection)


def test_who_waits_for_consent_is_told_to_go_on(served: ServedAccount) -> None:
    head, _, body = post(LIST, "Expect: 100-Continue").partition(b"\r\n\r\n")
    with connected(served) as connection:
        connection.sendall(head + b"\r\n\r\n")
        assert connection.recv(4096) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        assert code_of(read_answer(connection)[2]) == "MissingAuthenticationToken"
        assert goes_on(connection)


def test_who_waits_for_consent_with_too_large_a_body_gets_none(served: ServedAccount) -> None:
    head = f"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {MAX_BODY_BYTES + 1}\r\nExpect: 100-continue\r\n\r\n"
    with connected(served) as connection:
        connection.sendall(head.encode())
        with connection.makefile("rb") as stream:
            assert stream.readline().startswith(b"HTTP/1.1 413 ")


def test_a_body_of_ten_megabytes_that_is_sent_whole_gets_its_refusal(served: ServedAccount) -> None:
    """A close with unread bytes would be a reset, and the refusal be lost on its way."""
    with connected(served) as connection:
        connection.sendall(post(b"Action=ListUsers&PolicyDocument=" + b"a" * 10_000_000))
        status, _, body = read_answer(connection)
    assert (status, code_of(body)) == (413, "RequestEntityTooLargeException")


def test_head_has_the_length_of_an_answer_and_no_answer(served: ServedAccount) -> None:
    with connected(served) as connection:
        connection.sendall(b"HEAD /_passrole/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        status, headers, body = read_answer(connection, "HEAD")
        assert (status, body) == (200, b"")
        assert int(headers["content-length"]) > 0
        assert goes_on(connection)


REFUSED_HEADS = [
    b"GET /",
    b"GET / HTTP/1.1 now",
    b"GET  / HTTP/1.1",
    b" GET / HTTP/1.1",
    b"GET /a b HTTP/1.1",
    b"GET / http/1.1",
    b"GET / HTTP/2.0",
    b"PRI * HTTP/2.0",
    b"G\xc3\x8bT / HTTP/1.1",
    b"GET / HTTP/1.1\r\nHost : localhost",
    b"GET / HTTP/1.1\r\n Host: localhost",
    b"GET / HTTP/1.1\r\nHost: localhost\r\n continued",
    b"GET / HTTP/1.1\r\nHost",
    b"GET / HTTP/1.1\r\n: localhost",
    b"GET / HTTP/1.1\r\nX: a\x00b",
    b"GET / HTTP/1.1\r\nX: a\rb",
    b"GET / HTTP/1.1\r\nX\x7f: a",
    *(
        b"POST / HTTP/1.1\r\nContent-Length: " + length
        for length in (b"+5", b"5, 5", b"0x5", b"5.0", b"", b"\xd9\xa5", b"9" * 30, b"5\r\nContent-Length: 6")
    ),
    *(
        b"POST / HTTP/1.1\r\nTransfer-Encoding: " + coding
        for coding in (b"chunked", b"gzip, chunked", b"identity", b"\x0bchunked", b"chunked\r\nContent-Length: 5")
    ),
]


@pytest.mark.parametrize("head", REFUSED_HEADS)
def test_what_is_no_request_is_refused_and_the_connection_closed(served: ServedAccount, head: bytes) -> None:
    with connected(served) as connection:
        connection.sendall(head + b"\r\n\r\nffffffffffffffff\r\nzz\r\n\r\n")
        status, headers, body = read_answer(connection)
        assert (status, code_of(body)) == (400, "MalformedHttpRequestException")
        assert headers["connection"] == "close"
        connection.shutdown(socket.SHUT_WR)
        assert is_closed(connection)


@pytest.mark.parametrize("cut", [1, 5, 14, 16, 30, 80])
def test_a_request_that_ends_in_its_header_is_refused(served: ServedAccount, cut: int) -> None:
    with connected(served) as connection:
        connection.sendall(post()[:cut])
        connection.shutdown(socket.SHUT_WR)
        assert code_of(read_answer(connection)[2]) == "MalformedHttpRequestException"


def test_a_client_that_trickles_is_let_go_and_keeps_nobody_waiting(
    served: ServedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_reader, "IDLE_SECONDS", 0.5)
    began = time.monotonic()
    with connected(served) as slow, connected(served) as other:
        with pytest.raises(ConnectionError):  # noqa: PT012
            for byte in post() * 100:
                slow.sendall(bytes([byte]))
                time.sleep(0.05)
                if byte % 8 == 0:
                    assert goes_on(other)
        assert time.monotonic() - began < 8


LINES = [
    *(b"GET / HTTP/1.1", b"POST /?Action=x HTTP/1.0", b"Host: localhost", b"Content-Length: 3", b"abc", b"\r"),
    *(b"Transfer-Encoding: chunked", b"Expect: 100-continue", b"Connection: keep-alive", b"", b"\x00", b": "),
]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.binary(max_size=300),
        st.lists(
            st.sampled_from(LINES),
            max_size=12,
        ).map(b"\r\n".join),
    )
)
def test_no_bytes_make_a_fault(served: ServedAccount, raw: bytes) -> None:
    with connected(served) as connection:
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
        answers = b""
        while part := connection.recv(65536):
            answers += part
    assert b"HTTP/1.1 5" not in answers
    assert answers == b"" or answers.startswith(b"HTTP/1.1 ")


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,20}", fullmatch=True),
            st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=40),
        ),
        max_size=20,
    ),
    st.binary(max_size=2_000),
    st.integers(1, 700),
)
def test_what_was_sent_is_what_is_read(fields: list[tuple[str, str]], body: bytes, piece: int) -> None:
    """However the bytes are cut on their way, and whatever comes after them."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        lines = ["PUT /a?b=%20 HTTP/1.1", *(f"{name}: {value}" for name, value in fields), "", ""]
        raw = "\r\n".join(lines).encode() + body + b"GET /next HTTP/1.0\r\n\r\n"

        def send() -> None:
            for start in range(0, len(raw), piece):
                theirs.sendall(raw[start : start + piece])
            theirs.shutdown(socket.SHUT_WR)

        # Beside the reader: thousands of single bytes are more than a socket holds.
        sending = Thread(target=send)
        sending.start()
        reader = RequestReader(ours)
        head = reader.head()
        assert head is not None
        assert (head.method, head.target, head.is_http_1_0) == ("PUT", "/a?b=%20", False)
        assert head.fields == tuple((name, value.strip(" \t")) for name, value in fields)
        assert reader.body(len(body)) == body
        following = reader.head()
        assert following is not None
        assert (following.target, following.is_http_1_0) == ("/next", True)
        assert reader.head() is None
        sending.join()


def test_a_header_full_of_spaces_takes_no_time() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"GET / HTTP/1.1\r\nX: a" + b" \t" * 25_000 + b"\x00\r\n\r\n")
        began = time.process_time()
        with pytest.raises(ServiceError, match="not well formed"):
            RequestReader(ours).head()
        assert time.process_time() - began < 1


def test_a_client_that_goes_away_while_it_is_refused_is_no_fault(served: ServedAccount) -> None:
    """Its end of the connection may be gone before ours is shut down, which the system tells with an error of its own."""
    for _ in range(5):
        with connected(served) as connection:
            # The beginning of a second request, and then nothing.
            connection.sendall(post() + b"&")
            while b"</ErrorResponse>" not in connection.recv(65536):
                pass
    time.sleep(0.5)
    with connected(served) as connection:
        connection.sendall(post())
        assert read_answer(connection)[0] == 403
