"""The one thread that answers calls: order, atomicity and what was acknowledged, with many clients at once."""

from __future__ import annotations

import errno
import json
import logging
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from http.client import HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import OperationalError

from passrole.account import credential_report, write_batch
from passrole.account.service_error import ServiceError
from passrole.account.simulation.simulator import Simulated, Simulator
from passrole.server.http import ServedAccount, serving
from passrole.server.http_reader import RequestReader
from passrole.server.simple_request import MAX_BYTES, Taken, Unfinished, simple_request

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[ServedAccount]:
    with serving(tmp_path / "account.db") as served:
        yield served


def signed(served: ServedAccount, action: str, **parameters: str) -> bytes:
    """The bytes of a request."""
    environment = served.environment()
    body = urlencode({"Action": action, "Version": "2010-05-08", **parameters})
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    request = AWSRequest("POST", f"{served.endpoint_url}/", data=body, headers=headers)
    SigV4Auth(Credentials(environment.access_key_id, environment.secret_access_key), "iam", "us-east-1").add_auth(
        request
    )
    lines = [f"{name}: {value}" for name, value in request.headers.items()]
    host = urlsplit(served.endpoint_url).netloc
    return "\r\n".join(["POST / HTTP/1.1", f"Host: {host}", *lines, f"Content-Length: {len(body)}", "", body]).encode()


@contextmanager
def connected(served: ServedAccount, *, receives: int | None = None) -> Iterator[socket.socket]:
    port = urlsplit(served.endpoint_url).port
    assert port is not None
    with socket.socket() as connection:
        if receives is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receives)
        connection.settimeout(60)
        connection.connect(("127.0.0.1", port))
        yield connection


def read_answer(connection: socket.socket) -> tuple[int, bytes]:
    answer = HTTPResponse(connection, method="POST")
    answer.begin()
    return answer.status, answer.read()


def read_answers(connection: socket.socket, number: int) -> list[tuple[int, bytes]]:
    """Those that come one behind the other: `read_answer` would take what comes after its own along."""
    found = []
    with connection.makefile("rb") as stream:
        for _ in range(number):
            status, length = int(stream.readline().split()[1]), 0
            while (line := stream.readline()) != b"\r\n":
                if line.lower().startswith(b"content-length:"):
                    length = int(line.partition(b":")[2])
            found.append((status, stream.read(length)))
    return found


def call(served: ServedAccount, action: str, **parameters: str) -> int:
    with connected(served) as connection:
        connection.sendall(signed(served, action, **parameters))
        return read_answer(connection)[0]


def roles_on_disk(served: ServedAccount) -> set[str]:
    with closing(sqlite3.connect(served.store.path)) as connection:
        return {row[0] for row in connection.execute("SELECT name FROM entities WHERE kind = 'role'")}


def test_each_answered_write_of_many_clients_is_on_disk(served: ServedAccount) -> None:
    def client(number: int) -> None:
        with connected(served) as connection:
            for place in range(12):
                name = f"r-{number}-{place}"
                connection.sendall(signed(served, "CreateRole", RoleName=name, AssumeRolePolicyDocument=TRUST))
                assert read_answer(connection)[0] == 200
                assert name in roles_on_disk(served)
                connection.sendall(signed(served, "GetRole", RoleName=name))
                assert read_answer(connection)[0] == 200

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(client, range(8)))
    assert len(roles_on_disk(served)) == 96


def test_of_clients_that_want_one_name_one_gets_it(served: ServedAccount) -> None:
    def create(number: int) -> list[int]:
        with connected(served) as connection:
            found = []
            for place in range(6):
                wanted = {"RoleName": f"wanted-{place}", "AssumeRolePolicyDocument": TRUST}
                connection.sendall(signed(served, "CreateRole", **wanted))
                found.append(read_answer(connection)[0])
            return found

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(create, range(8)))
    for place in range(6):
        assert sorted(found[place] for found in answers) == [200] + [409] * 7


def test_what_one_client_sends_ahead_is_done_and_answered_in_its_order(served: ServedAccount) -> None:
    """A read that came behind a write must see it, also while another client keeps the desk busy."""
    role = {"RoleName": "Ahead"}
    requests = [
        signed(served, "CreateRole", AssumeRolePolicyDocument=TRUST, **role),
        signed(served, "GetRole", **role),
        signed(served, "DeleteRole", **role),
        signed(served, "GetRole", **role),
    ]
    with connected(served), connected(served) as connection:
        connection.sendall(b"".join(requests) * 3)
        statuses = [status for status, _ in read_answers(connection, 12)]
    assert statuses == [200, 200, 200, 404] * 3


def test_reads_are_answered_while_another_process_writes(served: ServedAccount) -> None:
    assert call(served, "ListRoles") == 200
    with (
        closing(sqlite3.connect(served.store.path, isolation_level=None)) as other,
        connected(served) as writer,
        connected(served) as gone,
    ):
        other.execute("BEGIN IMMEDIATE")
        writer.sendall(signed(served, "CreateRole", RoleName="Waits", AssumeRolePolicyDocument=TRUST))
        gone.sendall(signed(served, "CreateRole", RoleName="Gone", AssumeRolePolicyDocument=TRUST))
        gone.close()
        for _ in range(5):
            assert call(served, "ListRoles") == 200
        # It comes while the write before it waits, and is for after it.
        writer.sendall(signed(served, "GetRole", RoleName="Waits"))
        time.sleep(0.2)
        assert roles_on_disk(served) == set()
        other.execute("ROLLBACK")
        (created, first), (found, second) = read_answers(writer, 2)
        assert (created, b"<CreateRoleResult>" in first) == (200, True)
        assert (found, b"<GetRoleResult>" in second) == (200, True)
        assert "Waits" in roles_on_disk(served)


@pytest.mark.parametrize("others", [0, 2])
def test_a_write_that_the_disk_does_not_take_is_not_acknowledged(
    served: ServedAccount, others: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_connection: object) -> None:
        raise OperationalError("COMMIT", None, sqlite3.OperationalError("database or disk is full"))

    assert call(served, "ListRoles") == 200
    with connected(served) as connection, ThreadPoolExecutor(1) as pool:
        idle = [pool.submit(connected(served).__enter__).result() for _ in range(others)]
        with monkeypatch.context() as patched, caplog.at_level(logging.ERROR):
            patched.setattr(write_batch, "commit", refuse)
            connection.sendall(signed(served, "CreateRole", RoleName="Lost", AssumeRolePolicyDocument=TRUST))
            status, body = read_answer(connection)
        assert (status, b"ServiceFailure" in body) == (500, True)
        assert any("could not be written" in record.message for record in caplog.records)
        assert roles_on_disk(served) == set()
        connection.sendall(signed(served, "CreateRole", RoleName="Lost", AssumeRolePolicyDocument=TRUST))
        assert read_answer(connection)[0] == 200
        for one in idle:
            one.close()
    codes = [event.get("errorCode") for event in served.store.decisions.events(limit=2)]
    assert codes == [None, "InternalFailure"]


def test_a_client_that_does_not_read_keeps_nobody_waiting(served: ServedAccount) -> None:
    asked = signed(
        served, "GetAccountAuthorizationDetails", **{"Filter.member.1": "AWSManagedPolicy", "MaxItems": "1000"}
    )
    with connected(served, receives=4096) as slow, connected(served) as other:
        slow.sendall(asked)
        other.sendall(signed(served, "ListRoles"))
        assert read_answer(other)[0] == 200
        time.sleep(0.2)
        other.sendall(signed(served, "ListRoles"))
        assert read_answer(other)[0] == 200
        status, body = read_answer(slow)
        assert (status, body.endswith(b"</GetAccountAuthorizationDetailsResponse>")) == (200, True)
        slow.sendall(signed(served, "ListRoles"))
        assert read_answer(slow)[0] == 200


def test_a_body_may_come_after_its_header_and_in_pieces(served: ServedAccount) -> None:
    raw = signed(served, "CreateRole", RoleName="Pieces", AssumeRolePolicyDocument=TRUST, Description="d" * 900)
    start = raw.index(b"\r\n\r\n") + 4
    with connected(served) as connection:
        for piece in (raw[:start], raw[start : start + 100], raw[start + 100 :]):
            connection.sendall(piece)
            time.sleep(0.05)
        assert read_answer(connection)[0] == 200


PLAIN = [
    *(b"POST / HTTP/1.1", b"GET /?Action=x HTTP/1.1", b"GET / HTTP/1.0", b"PUT / HTTP/1.1", b"GET /k HTTP/1.1"),
]
FIELDS = [
    *(b"Host: localhost", b"content-length: 3", b"Content-Length: 0", b"Content-Length: +3", b"Content-Length:4"),
    *(b"Connection: keep-alive", b"Connection: close", b"Expect: 100-continue", b"Transfer-Encoding: chunked"),
    *(b"X-A:  two  words \t", b"X : no", b"X: a\x00b", b"X-B: \xc3\xa9", b"X-C: \xff", b" folded", b"", b"a\nb: c"),
]


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(PLAIN),
    st.lists(st.sampled_from(FIELDS) | st.binary(max_size=12), max_size=5),
    st.binary(max_size=8),
)
def test_what_is_read_as_plain_is_what_the_strict_reader_reads(line: bytes, fields: list[bytes], rest: bytes) -> None:
    raw = b"\r\n".join([line, *fields]) + b"\r\n\r\n" + rest
    found = simple_request(raw, "192.0.2.1")
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(raw)
        theirs.shutdown(socket.SHUT_WR)
        reader = RequestReader(ours)
        try:
            head = reader.head()
            length = 0 if head is None else head.body_length()
            body = reader.body(length)
        except ServiceError:
            # What is no request, or ends in its body.
            assert found is None or isinstance(found, Unfinished)
            return
    if not isinstance(found, Taken):
        return
    assert head is not None
    request = found.request
    assert (request.method, request.target, request.headers, request.body) == (
        head.method,
        head.target,
        head.fields,
        body,
    )
    assert head.keeps_connection
    assert not head.is_http_1_0
    assert raw[found.bytes :] == bytes(reader._received)


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab", Taken),
        (b"GET /?a=b HTTP/1.1\r\nHost: a\r\n\r\n", Taken),
        (b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\na", Unfinished),
        (b"POST / HTTP/1.1\r\nContent-Length: 2\r\n", type(None)),
        (b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % MAX_BYTES, type(None)),
        (b"POST / HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nab", type(None)),
        (b"POST / HTTP/1.1\nContent-Length: 2\n\nab", type(None)),
        (b"\r\nGET / HTTP/1.1\r\n\r\n", type(None)),
        (b"HEAD / HTTP/1.1\r\n\r\n", type(None)),
    ],
)
def test_only_plain_and_whole_requests_are_taken(raw: bytes, found: type) -> None:
    assert isinstance(simple_request(raw, "192.0.2.1"), found)


def test_a_connection_that_cannot_be_taken_keeps_nobody_waiting(
    served: ServedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_descriptor_is_free(_: socket.socket) -> tuple[socket.socket, object]:
        raise OSError(errno.EMFILE, "Too many open files")

    request = signed(served, "ListRoles")
    with connected(served) as here:
        here.sendall(request)
        assert read_answer(here)[0] == 200
        with monkeypatch.context() as patched:
            patched.setattr(socket.socket, "accept", no_descriptor_is_free)
            with connected(served) as late:
                late.sendall(request)
                began = time.monotonic()
                for _ in range(80):
                    here.sendall(request)
                    assert read_answer(here)[0] == 200
                assert time.monotonic() - began < 2
                patched.undo()
                assert read_answer(late)[0] == 200


def test_a_call_that_takes_long_keeps_nobody_waiting(served: ServedAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two of a simulation's evaluations others are answered."""
    evaluate = Simulator.simulate

    def slowly(simulator: Simulator, action: str, resource: str) -> Simulated:
        time.sleep(0.05)
        return evaluate(simulator, action, resource)

    monkeypatch.setattr(Simulator, "simulate", slowly)
    document = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
    actions = {f"ActionNames.member.{place}": f"s3:Get{place}" for place in range(1, 61)}
    simulation = {"PolicyInputList.member.1": document, **actions}
    with connected(served) as long, connected(served) as other:
        long.sendall(signed(served, "SimulateCustomPolicy", **simulation))
        began = time.monotonic()
        for place in range(5):
            other.sendall(signed(served, "CreateRole", RoleName=f"r{place}", AssumeRolePolicyDocument=TRUST))
            assert read_answer(other)[0] == 200
            other.sendall(signed(served, "GetRole", RoleName=f"r{place}"))
            assert read_answer(other)[0] == 200
        took = time.monotonic() - began
        status, answer = read_answer(long)
    assert (status, answer.count(b"<EvalActionName>")) == (200, 60)
    assert took < 2 < time.monotonic() - began


def test_the_credential_report_of_many_users_keeps_nobody_waiting(
    served: ServedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = credential_report._line

    def slowly(*about: Any) -> tuple[str, ...]:
        time.sleep(0.05)
        return line(*about)

    for place in range(60):
        assert call(served, "CreateUser", UserName=f"u{place}") == 200
    monkeypatch.setattr(credential_report, "_line", slowly)
    with connected(served) as long, connected(served) as other:
        long.sendall(signed(served, "GenerateCredentialReport"))
        began = time.monotonic()
        for place in range(5):
            other.sendall(signed(served, "GetUser", UserName=f"u{place}"))
            assert read_answer(other)[0] == 200
        took = time.monotonic() - began
        assert read_answer(long)[0] == 200
    assert took < 2 < time.monotonic() - began


def test_where_the_system_has_no_thread_left_plain_calls_are_answered(
    served: ServedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each connection that is not for the desk takes one, and a container may have but a hundred."""

    def none_left(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with connected(served) as first:
        first.sendall(signed(served, "ListRoles"))
        assert read_answer(first)[0] == 200
        monkeypatch.setattr(threading.Thread, "start", none_left)
        with connected(served) as unusual, connected(served) as second, closing(_other_writer(served)) as writer:
            unusual.sendall(b"HEAD / HTTP/1.1\r\n")
            assert unusual.recv(1) == b""
            for here, name in ((first, "a"), (second, "b")):
                here.sendall(signed(served, "CreateRole", RoleName=name, AssumeRolePolicyDocument=TRUST))
                assert read_answer(here)[0] == 200
            writer.execute("BEGIN IMMEDIATE")
            for here, name in ((first, "c"), (second, "d")):
                here.sendall(signed(served, "CreateRole", RoleName=name, AssumeRolePolicyDocument=TRUST))
            time.sleep(0.2)
            writer.execute("COMMIT")
            assert read_answer(first)[0] == read_answer(second)[0] == 200
    assert roles_on_disk(served) == {"a", "b", "c", "d"}


def test_no_connection_is_served_by_a_server_that_has_stopped(tmp_path: Path) -> None:
    """Not one that has a thread of its own either: it would go on writing to the file."""
    with serving(tmp_path / "account.db") as stopped:
        unusual = signed(stopped, "CreateUser", UserName="late").replace(b"\r\n\r\n", b"\r\nExpect: nothing\r\n\r\n")
        first = signed(stopped, "ListRoles").replace(b"\r\n\r\n", b"\r\nExpect: nothing\r\n\r\n")
        connection = socket.create_connection(stopped.server.server_address)
        connection.settimeout(60)
        connection.sendall(first)
        assert read_answer(connection)[0] == 200
    with connection, suppress(ConnectionError):
        connection.sendall(unusual)
        assert connection.recv(1) == b""
    with closing(sqlite3.connect(stopped.store.path)) as file:
        assert file.execute("SELECT count(*) FROM entities WHERE name = 'late'").fetchone() == (0,)


def _other_writer(served: ServedAccount) -> sqlite3.Connection:
    return sqlite3.connect(served.store.path, isolation_level=None)
