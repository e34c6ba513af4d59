"""What the gateway costs beside what it decides about: calls of one client to moto alone and through the gateway.

    python bench/gateway.py            # S3 GetObject and EC2 DescribeInstances
    python bench/gateway.py --calls 500

Both sides are called in this process, so that neither a socket nor another process counts. The time is CPU of the
calling thread; the bare side is what the gateway hands to moto. Printed are milliseconds, the median of all calls.
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from passrole.server.gateway.backend import ForwardedCall
from passrole.server.gateway.opening import GatewayOptions
from passrole.server.http import ServedAccount, serving
from passrole.server.message import HttpRequest

OBJECT_BYTES = 1000


class Bench:
    def __init__(self, served: ServedAccount) -> None:
        self._served = served
        self._front = served.server.front
        assert self._front.gateway is not None
        self._gateway = self._front.gateway

    def client(self, service: str) -> Any:
        from botocore.config import Config
        from botocore.session import Session

        environment = self._served.environment()
        return Session().create_client(
            service,
            endpoint_url=self._served.endpoint_url,
            region_name="us-east-1",
            aws_access_key_id=environment.access_key_id,
            aws_secret_access_key=environment.secret_access_key,
            config=Config(retries={"total_max_attempts": 1}),
        )

    def request_of(self, client: Any, method: str, parameters: Mapping[str, object]) -> HttpRequest:
        """The request that the client sends for a call, which is sent once."""
        sent: list[HttpRequest] = []

        def note(request: Any, **_: object) -> None:
            parts = urlsplit(request.url)
            target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
            fields = [(name, v.decode() if isinstance(v, bytes) else str(v)) for name, v in request.headers.items()]
            body = request.body.encode() if isinstance(request.body, str) else request.body or b""
            sent.append(HttpRequest(request.method, target, (("Host", parts.netloc), *fields), body))

        client.meta.events.register_first("before-send", note)
        getattr(client, method)(**parameters)
        return sent[-1]

    def compare(self, name: str, request: HttpRequest, calls: int) -> None:
        forwarded: list[ForwardedCall] = []
        backend = self._gateway.backend
        answer = backend.answer

        def through() -> None:
            found = self._front.answer(request, datetime.now(UTC), contextlib.nullcontext())
            assert found.status == 200, found

        # The call as the gateway writes it.
        backend.answer = lambda call: (forwarded.append(call), answer(call))[1]
        through()
        del backend.answer
        bare = _median(lambda: answer(forwarded[-1]), calls)
        whole = _median(through, calls)
        print(
            f"{name:24} moto alone {bare:6.2f} ms   through the gateway {whole:6.2f} ms   more {whole - bare:6.2f} ms"
        )


def _median(call: Callable[[], object], calls: int) -> float:
    for _ in range(20):
        call()
    times = []
    for _ in range(calls):
        began = time.thread_time()
        call()
        times.append(time.thread_time() - began)
    return statistics.median(times) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=300)
    calls = parser.parse_args().calls
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder) / "a.db", gateway=GatewayOptions()) as served:
        bench = Bench(served)
        s3, ec2 = bench.client("s3"), bench.client("ec2")
        s3.create_bucket(Bucket="bench-bucket")
        s3.put_object(Bucket="bench-bucket", Key="k", Body=b"x" * OBJECT_BYTES)
        bench.compare("s3:GetObject", bench.request_of(s3, "get_object", {"Bucket": "bench-bucket", "Key": "k"}), calls)
        bench.compare("ec2:DescribeInstances", bench.request_of(ec2, "describe_instances", {}), calls)


if __name__ == "__main__":
    main()
