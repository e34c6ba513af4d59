"""Clients of botocore whose calls moto answers in this process; none of them is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from passrole.server.gateway.moto_answers import Raw
from passrole.server.gateway.moto_failures import Place
from passrole.server.isolated_session import isolated_session

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest, AWSResponse
    from botocore.client import BaseClient

# Names nobody: whose account is meant stands in its own header.
KEY: Final = "AKIAPASSROLEGATEWAY0"

CarryOut = Callable[[Place, str, str, Iterable[tuple[str, str]], bytes], tuple[int, tuple[tuple[str, str], ...], bytes]]
"""Of a place the method, path, headers and body, to status, headers and body."""


def moto_client(carry_out: CarryOut, service: str, region: str, account_id: str) -> BaseClient:
    from botocore.config import Config

    client: BaseClient = isolated_session().create_client(
        service,
        region_name=region,
        aws_access_key_id=KEY,
        aws_secret_access_key=KEY,
        config=Config(
            retries={"total_max_attempts": 1, "mode": "standard"}, proxies={}, s3={"addressing_style": "path"}
        ),
    )

    def answer(request: AWSPreparedRequest, event_name: str, **_: object) -> AWSResponse:
        from botocore.awsrequest import AWSResponse

        parts = urlsplit(request.url)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        sent = [
            (name, value.decode() if isinstance(value, bytes) else str(value))
            for name, value in request.headers.items()
        ]
        body: Any = request.body
        content = bytes_of(body)
        place = Place(service, event_name.rpartition(".")[2], region, account_id, "")
        status, headers, content = carry_out(place, request.method, path, sent, content)
        return AWSResponse(request.url, status, dict(headers), Raw(content))  # type: ignore[arg-type]  # what botocore reads of urllib3's

    # Every call is answered here, and none is sent: botocore sends nothing when a handler answers.
    event = f"before-send.{client.meta.service_model.service_id.hyphenize()}"
    client.meta.events.register_first(event, answer)  # type: ignore[arg-type]  # the stubs know no handler that answers
    return client


def bytes_of(body: Any) -> bytes:
    """A prepared request's body; that of an upload is read to its end."""
    found = body.read() if hasattr(body, "read") else body
    return found.encode() if isinstance(found, str) else bytes(found or b"")
