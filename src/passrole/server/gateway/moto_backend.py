"""moto in this process: its handlers are called directly, past its server, its routing by host and its global switches.

moto is not thread-safe, and its services call each other: one call at a time, under one lock. Its state is in memory,
one for the process, and gone when the process ends.
"""

from __future__ import annotations

import base64
import logging
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import urlsplit

from passrole.account.service_error import ServiceError
from passrole.errors import ConfigurationError
from passrole.server.gateway.backend import ForwardedCall
from passrole.server.gateway.moto_adapted import OutboundRefused, adapted, check_environment, in_moto, messages_awaited
from passrole.server.gateway.moto_reset import forget_account, forget_everything
from passrole.server.gateway.moto_s3 import moto_tells_apart
from passrole.server.gateway.operation_names import only_reads
from passrole.server.gateway.service_models import model_of
from passrole.server.isolated_session import isolated_session
from passrole.server.message import HttpResponse

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest, AWSResponse
    from botocore.client import BaseClient

MOTO_MISSING: Final = "pip install 'passrole[gateway]'"
_ACCOUNT_HEADER: Final = "x-moto-account-id"
# What is said of one connection, or by our own server.
_NOT_PASSED_ON: Final = frozenset({"connection", "date", "keep-alive", "server", "status"})
_NOT_PASSED_ON_EITHER: Final = frozenset({"transfer-encoding", _ACCOUNT_HEADER})

# Names nobody: whose account is meant stands in its own header.
_KEY: Final = "AKIAPASSROLEGATEWAY0"

_log: Final = logging.getLogger(__name__)
_POLL_SECONDS: Final = 0.05
_MOST_CHARACTERS: Final = 300

Handler = Callable[[Any, str, Any], tuple[Any, Mapping[str, Any], Any]]


class _Moto:
    """What all backends of the process share, as they share moto's state."""

    lock: Final = threading.RLock()
    version = 0


_moto: Final = _Moto()


def is_installed() -> bool:
    """Whether the extra `gateway` is there; moto is not imported for it."""
    from importlib.util import find_spec

    return find_spec("moto") is not None


class MotoBackend:
    """The state of the process's moto. It begins empty, unless another one is open already."""

    name: Final = "moto in this process"
    lasts: Final = False
    most_body_bytes: Final = 256 * 1024 * 1024
    """moto keeps it all in memory, some of it twice."""

    def __init__(self) -> None:
        check_environment()
        self._clients: dict[tuple[str, str, str], BaseClient] = {}

    def answer(self, call: ForwardedCall) -> HttpResponse:
        """Raises ServiceError (NotImplemented) for what moto does not have."""
        body = call.body if isinstance(call.body, bytes) else b"".join(call.body)
        place = _Place(call.service, call.operation, call.region, call.account_id, call.endpoint_url)
        until: float | None = None
        while True:
            status, headers, content = self._call(place, call.method, call.path, call.headers, body)
            seconds = messages_awaited()
            if not seconds:
                return _response(status, headers, content)
            # Long polling, without the lock: the message that is waited for must be able to come in.
            now = time.monotonic()
            until = now + seconds if until is None else until
            if now >= until:
                return _response(status, headers, content)
            time.sleep(min(_POLL_SECONDS, until - now))

    def client(self, service: str, *, region: str, account_id: str) -> BaseClient:
        with _moto.lock:
            key = (service, region, account_id)
            if key not in self._clients:
                self._clients[key] = self._create(*key)
            return self._clients[key]

    def state_version(self) -> int:
        return _moto.version

    def warm_up(self) -> None:
        """Import what the first call would wait for."""
        adapted()

    def reset(self, account_id: str | None = None) -> None:
        """Forget all that is stored, or all of one account."""
        adapted()
        with _moto.lock, in_moto():
            if account_id is None:
                forget_everything()
            else:
                forget_account(account_id)
            _moto.version += 1

    def _call(
        self,
        place: _Place,
        method: str,
        path: str,
        headers: Iterable[tuple[str, str]],
        body: bytes,
    ) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
        adapted()
        from moto.core.models import DEFAULT_ACCOUNT_ID
        from moto.core.request import Request
        from werkzeug.exceptions import HTTPException

        if place.service == "s3" and not moto_tells_apart(place.operation):
            raise not_implemented(place)
        host, handlers = _handlers(place.service, place.region)
        # S3 Control's hosts begin with the account, and moto reads it there.
        host = host.replace(f"{DEFAULT_ACCOUNT_ID}.", f"{place.account_id}.")
        handler = next(
            (each for pattern, each in handlers if pattern.match(f"https://{host}{path.partition('?')[0]}")), None
        )
        if handler is None:
            raise not_implemented(place)
        # A queue's address begins as the request's does.
        base = place.endpoint_url if place.service == "sqs" and place.endpoint_url else f"https://{host}"
        sent = dict(headers) | {
            "Host": urlsplit(base).netloc,
            _ACCOUNT_HEADER: place.account_id,
            # moto looks here whether a request is signed, and for the Region where the host tells none.
            "Authorization": f"AWS4-HMAC-SHA256 Credential={_KEY}/20260101/{place.region}/{place.service}/aws4_request",
        }
        request = Request.from_primitives(method, f"{base}{path}", sent, body)
        with _moto.lock, in_moto():
            try:
                status, answered, content = handler(request, request.raw_url, request.headers)
            except HTTPException as error:
                # moto's way to answer with an error.
                status, answered, content = error.code, dict(error.get_headers()), error.get_body()
            except NotImplementedError as error:
                raise not_implemented(place) from error
            except Exception as error:
                # Code of others, which fails in every way there is where it does not expect a request.
                _log_failure(place, error)
                if _is_outbound(error):
                    raise _failed(place, "it would have called another address") from error
                raise _failed(place, "it failed") from error
            finally:
                if not only_reads(place.operation):
                    _moto.version += 1
        return int(status), _headers(answered), content.encode() if isinstance(content, str) else bytes(content or b"")

    def _create(self, service: str, region: str, account_id: str) -> BaseClient:
        from botocore.config import Config

        client: BaseClient = isolated_session().create_client(
            service,
            region_name=region,
            aws_access_key_id=_KEY,
            aws_secret_access_key=_KEY,
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
            content = _bytes(body)
            place = _Place(service, event_name.rpartition(".")[2], region, account_id, "")
            status, headers, content = self._call(place, request.method, path, sent, content)
            return AWSResponse(request.url, status, dict(headers), _Raw(content))  # type: ignore[arg-type]  # what botocore reads of urllib3's

        # Every call is answered here, and none is sent: botocore sends nothing when a handler answers.
        event = f"before-send.{client.meta.service_model.service_id.hyphenize()}"
        client.meta.events.register_first(event, answer)  # type: ignore[arg-type]  # the stubs know no handler that answers
        return client


@dataclass(frozen=True, slots=True)
class _Place:
    """What of whose is called, and where the client is told that it is."""

    service: str
    operation: str
    region: str
    account_id: str
    endpoint_url: str


def _bytes(body: Any) -> bytes:
    """A prepared request's body; that of an upload is read to its end."""
    found = body.read() if hasattr(body, "read") else body
    return found.encode() if isinstance(found, str) else bytes(found or b"")


class _Raw:
    """The part of urllib3's response that botocore reads, also for bodies that it streams."""

    def __init__(self, body: bytes) -> None:
        from io import BytesIO

        self._file = BytesIO(body)

    def stream(self, **_: object) -> Iterable[bytes]:
        yield self._file.read()

    def read(self, amount: int | None = None, **_: object) -> bytes:
        return self._file.read(amount)

    def close(self) -> None:
        self._file.close()


def not_implemented(place: _Place) -> ServiceError:
    return ServiceError(
        "NotImplemented",
        f"The call was allowed, but moto, which carries out calls here, has no {place.service}:{place.operation}",
    )


def _failed(place: _Place, why: str) -> ServiceError:
    return ServiceError(
        "ServiceFailure",
        "The call was allowed, but moto, which carries out calls here, could not do "
        f"{place.service}:{place.operation}: {why}",
    )


def _log_failure(place: _Place, error: Exception) -> None:
    """One line, whatever the error's text holds; the traceback for who looks for it (`passrole serve --debug`)."""
    told = " ".join(f"{type(error).__name__}: {error}".split())[:_MOST_CHARACTERS]
    _log.warning(
        "moto failed in %s:%s: %s", place.service, place.operation, told, exc_info=_log.isEnabledFor(logging.DEBUG)
    )


def _is_outbound(error: BaseException | None) -> bool:
    """Whether it came of a connection that was refused, which the libraries between wrap in errors of their own."""
    while error is not None:
        if isinstance(error, OutboundRefused):
            return True
        error = error.__cause__ or error.__context__
    return False


def moto_missing() -> ConfigurationError:
    return ConfigurationError("moto, which carries calls out, is not installed", help=MOTO_MISSING)


@cache
def _handlers(service: str, region: str) -> tuple[str, tuple[tuple[re.Pattern[str], Handler], ...]]:
    """The host that moto expects for a service, and its handlers by URL. Raises ServiceError (NotImplemented)."""
    from moto import backends
    from moto.backend_index import backend_url_patterns
    from moto.core.base_backend import BackendDict
    from moto.core.models import DEFAULT_ACCOUNT_ID

    prefix = model_of(service).endpoint_prefix
    hosts = (f"{prefix}.{region}.amazonaws.com", f"{prefix}.amazonaws.com", f"{prefix}.{region}.api.aws")
    for host in (*hosts, f"{DEFAULT_ACCOUNT_ID}.{prefix}.{region}.amazonaws.com"):
        module = next((name for name, pattern in backend_url_patterns if pattern.match(f"https://{host}/")), None)
        if module is None:
            continue
        try:
            found = cast("Any", backends.get_backend)(module)
        except ImportError as error:
            raise ServiceError(
                "NotImplemented",
                f"The call was allowed, but for {service} moto, which carries out calls here, needs the package "
                f"{error.name}: pip install 'moto[all]'",
            ) from error
        if isinstance(found, BackendDict):
            regions = found[DEFAULT_ACCOUNT_ID]
            backend = regions["us-east-1"] if "us-east-1" in regions else regions["aws"]
        else:
            backend = found["global"]
        return host, tuple((re.compile(url), handler) for url, handler in backend.urls.items())
    raise ServiceError(
        "NotImplemented", f"The call was allowed, and moto, which carries out calls here, has no {service}"
    )


def _encoded(text: str) -> str:
    """As S3 shows metadata that is not ASCII (RFC 2047)."""
    return f"=?UTF-8?B?{base64.b64encode(text.encode('utf-8', 'replace')).decode()}?="


def _response(status: int, headers: tuple[tuple[str, str], ...], content: bytes) -> HttpResponse:
    """A length that moto tells is that of a body which a HEAD request does not get."""
    told = [int(value) for name, value in headers if name.lower() == "content-length" and value.isdigit()]
    kept = tuple(field for field in headers if field[0].lower() != "content-length")
    return HttpResponse(status, kept, content, told[0] if told and not content else None)


def _headers(answered: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    kept = []
    for name, value in answered.items():
        if name.lower() in _NOT_PASSED_ON or name.lower() in _NOT_PASSED_ON_EITHER or value is None:
            continue
        text = str(value)
        if "\r" in text or "\n" in text:
            # What a client stored must not become a header of its own.
            text = " ".join(text.split())
        kept.append((name, text if text.isascii() else _encoded(text)))
    return tuple(kept)
