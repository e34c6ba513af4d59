"""What the gateway costs beside what carries the calls out, in one table.

    python bench/gateway.py                  # calls, and large objects (bench/gateway_large.py)
    python bench/gateway.py --no-large --calls 500

Over the wire: the same signed requests, from the same client, go to moto's own server and to `passrole serve` with
moto in process, in turns; each is a process of its own. Then the same calls inside one process, where no socket counts:
CPU of the calling thread, beside what the gateway hands to moto.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from gateway_large import large
from raw_client import drive
from results import Heading, Result, Row, machine, print_table
from servers import Server, Skipped, moto_alone, ours

from passrole.server.gateway.backend import ForwardedCall
from passrole.server.gateway.opening import GatewayOptions
from passrole.server.http import ServedAccount, serving
from passrole.server.message import HttpRequest

OBJECT_BYTES: Final = 1000
BUCKET: Final = "bench-bucket"
ROUNDS: Final = 10
WANTED_MS: Final = 1.5


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    service: str
    method: str
    parameters: Mapping[str, object]


GET_OBJECT: Final = Call("s3:GetObject", "s3", "get_object", {"Bucket": BUCKET, "Key": "k"})
PUT_OBJECT: Final = Call("s3:PutObject", "s3", "put_object", {"Bucket": BUCKET, "Key": "other", "Body": b"y" * 100})
CALLS: Final = (GET_OBJECT, Call("ec2:DescribeInstances", "ec2", "describe_instances", {}))


class Client:
    """boto3's requests to one server: carried out, or shown."""

    def __init__(self, url: str, access_key_id: str, secret: str) -> None:
        self._settings = {
            "endpoint_url": url,
            "region_name": "us-east-1",
            "aws_access_key_id": access_key_id,
            "aws_secret_access_key": secret,
        }
        self._made: dict[str, Any] = {}

    def __call__(self, call: Call) -> Any:
        return getattr(self._of(call.service), call.method)(**call.parameters)

    def request_of(self, call: Call) -> HttpRequest:
        """The request that is sent for a call; it is sent once."""
        sent: list[HttpRequest] = []

        def note(request: Any, **_: object) -> None:
            parts = urlsplit(request.url)
            target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
            fields = [(name, v.decode() if isinstance(v, bytes) else str(v)) for name, v in request.headers.items()]
            body = request.body or b""
            if hasattr(body, "read"):
                read = body.read()
                body.seek(0)
                body = read
            body = body.encode() if isinstance(body, str) else body
            sent.append(HttpRequest(request.method, target, (("Host", parts.netloc), *fields), body))

        events = self._of(call.service).meta.events
        events.register_first("before-send", note)
        self(call)
        events.unregister("before-send", note)
        return sent[-1]

    def _of(self, service: str) -> Any:
        if service not in self._made:
            from botocore.config import Config
            from botocore.session import Session

            config = Config(
                retries={"total_max_attempts": 1},
                s3={"addressing_style": "path"},
                request_checksum_calculation="when_required",
            )
            self._made[service] = Session().create_client(service, config=config, **self._settings)
        return self._made[service]

    def fill(self) -> None:
        self(Call("", "s3", "create_bucket", {"Bucket": BUCKET}))
        self(Call("", "s3", "put_object", {"Bucket": BUCKET, "Key": "k", "Body": b"x" * OBJECT_BYTES}))


def wire(request: HttpRequest) -> bytes:
    fields = "".join(f"{name}: {value}\r\n" for name, value in request.headers)
    return f"{request.method} {request.target} HTTP/1.1\r\n{fields}\r\n".encode() + request.body


def of_server(server: Server) -> Client:
    return Client(f"http://127.0.0.1:{server.port}", server.signer.access_key_id, server.signer.secret)


def over_the_wire(scratch: Path, calls: int) -> Iterator[Row]:
    yield Heading("over the wire, one client, p50")
    with ExitStack() as stack:
        try:
            servers = [stack.enter_context(moto_alone()), stack.enter_context(ours(scratch, gateway=True))]
        except Skipped as reason:
            yield Heading(f"skipped: {reason}")
            return
        clients = [of_server(server) for server in servers]
        for client in clients:
            client.fill()
        for call in CALLS:
            requests = [wire(client.request_of(call)) for client in clients]
            times: list[list[float]] = [[], []]
            cpu = [0.0, 0.0]
            for number in range(ROUNDS + 1):
                for place, server in enumerate(servers):
                    before = server.cpu_seconds()
                    driven = drive(server.port, [[requests[place]] * (calls // ROUNDS)])
                    assert set(driven.statuses) == {200}, (server.name, driven.statuses, driven.codes)
                    if number:  # The first round warms up.
                        times[place] += driven.latencies
                        cpu[place] += server.cpu_seconds() - before
            alone, through = (statistics.median(each) * 1000 for each in times)
            each = [f"{found / len(times[place]) * 1000:.2f} ms CPU a call" for place, found in enumerate(cpu)]
            yield Result(f"{call.name}, moto's own server", alone, "ms", note=each[0])
            yield Result(f"{call.name}, passrole", through, "ms", note=each[1])
            yield Result(f"{call.name}, more than moto alone", through - alone, "ms", WANTED_MS)


def in_process(scratch: Path, calls: int) -> Iterator[Row]:
    yield Heading("in one process, CPU of the calling thread, p50: what is handed to moto, and the whole")
    options = GatewayOptions(warm_up=False)
    with serving(scratch / "in-process.db", gateway=options) as served:
        environment = served.environment()
        client = Client(served.endpoint_url, environment.access_key_id, environment.secret_access_key)
        client.fill()
        for call in CALLS:
            bare, whole = _inside(served, client.request_of(call), calls)
            yield Result(f"{call.name}, moto", bare, "ms")
            yield Result(f"{call.name}, more than moto", whole - bare, "ms", WANTED_MS)
        write = client.request_of(PUT_OBJECT)
        read = client.request_of(GET_OBJECT)
        answer = served.server.front.answer

        def after_a_write() -> float:
            answer(write, datetime.now(UTC), contextlib.nullcontext())
            began = time.thread_time()
            answer(read, datetime.now(UTC), contextlib.nullcontext())
            return time.thread_time() - began

        first = statistics.median(after_a_write() for _ in range(calls // 10)) * 1000
        yield Result("s3:GetObject right after a PutObject", first, "ms", note="the whole")


def _inside(served: ServedAccount, request: HttpRequest, calls: int) -> tuple[float, float]:
    front = served.server.front
    assert front.gateway is not None
    backend: Any = front.gateway.backend
    forwarded: list[ForwardedCall] = []
    answer = backend.answer

    def through() -> None:
        found = front.answer(request, datetime.now(UTC), contextlib.nullcontext())
        assert found.status == 200, found

    # The call as the gateway writes it.
    backend.answer = lambda call: (forwarded.append(call), answer(call))[1]
    through()
    del backend.answer
    return _median(lambda: answer(forwarded[-1]), calls), _median(through, calls)


def _median(call: Callable[[], object], calls: int) -> float:
    for _ in range(20):
        call()
    times = []
    for _ in range(calls):
        began = time.thread_time()
        call()
        times.append(time.thread_time() - began)
    return statistics.median(times) * 1000


def measured(given: argparse.Namespace) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        yield from over_the_wire(scratch, given.calls)
        yield from in_process(scratch, given.calls)
    if not given.no_large:
        yield from large(given.bytes)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--calls", type=int, default=1000, help="of each kind")
    parser.add_argument("--bytes", type=int, default=1_000_000_000, help="of the large object")
    parser.add_argument("--no-large", action="store_true")
    given = parser.parse_args()
    rows = []
    for row in measured(given):
        print(row.text if isinstance(row, Heading) else f"  {row.what}: {row.measured:.3g}", file=sys.stderr)
        rows.append(row)
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    print(f"{machine()}; load of the machine {load} on {os.cpu_count()} cores")
    print_table(rows)


if __name__ == "__main__":
    main()
