"""moto in this process: its handlers are called directly, past its server, its routing by host and its global switches.

moto is not thread-safe, and its services call each other: one call at a time, under one lock. Its state is in memory,
one for the process, and gone when the process ends.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from passrole.errors import ConfigurationError
from passrole.server.gateway.backend import ForwardedCall
from passrole.server.gateway.moto_adapted import adapted, check_environment, in_moto, messages_awaited
from passrole.server.gateway.moto_answers import ACCOUNT_HEADER, headers_of, response_of
from passrole.server.gateway.moto_clients import KEY, moto_client
from passrole.server.gateway.moto_failures import Place, failed, not_implemented
from passrole.server.gateway.moto_handlers import handlers_of
from passrole.server.gateway.moto_reset import forget_account, forget_everything
from passrole.server.gateway.moto_s3 import moto_tells_apart, with_acl_of_its_own
from passrole.server.gateway.operation_names import only_reads
from passrole.server.gateway.stored_versions import StoredVersions
from passrole.server.message import HttpResponse

if TYPE_CHECKING:
    from botocore.client import BaseClient

MOTO_MISSING: Final = "pip install 'passrole[gateway]'"
_POLL_SECONDS: Final = 0.05


class _Moto:
    """What all backends of the process share, as they share moto's state."""

    lock: Final = threading.RLock()
    stored: Final = StoredVersions()


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
        # Not moto's: a client's models take long to read.
        self._making = threading.Lock()

    def answer(self, call: ForwardedCall) -> HttpResponse:
        """Raises ServiceError (NotImplemented) for what moto does not have."""
        body = call.body if isinstance(call.body, bytes) else b"".join(call.body)
        place = Place(call.service, call.operation, call.region, call.account_id, call.endpoint_url)
        until: float | None = None
        while True:
            status, headers, content = self._call(place, call.method, call.path, call.headers, body)
            seconds = messages_awaited()
            if not seconds:
                return response_of(status, headers, content)
            # Long polling, without the lock: the message that is waited for must be able to come in.
            now = time.monotonic()
            until = now + seconds if until is None else until
            if now >= until:
                return response_of(status, headers, content)
            time.sleep(min(_POLL_SECONDS, until - now))

    def client(self, service: str, *, region: str, account_id: str) -> BaseClient:
        key = (service, region, account_id)
        found = self._clients.get(key)
        if found is None:
            with self._making:
                found = self._clients.get(key) or moto_client(self._call, *key)
                self._clients[key] = found
        return found

    def state_version(self, service: str, operation: str) -> int:
        return _moto.stored.of_reading(service, operation)

    def writes(self) -> int:
        """Rises with every call that may have changed what is stored."""
        return _moto.stored.writes

    def warm_up(self) -> None:
        """Import what the first call would wait for."""
        adapted()
        # What is asked for most is not to wait behind another service's import either.
        handlers_of("s3", "us-east-1")

    def reset(self, account_id: str | None = None) -> None:
        """Forget all that is stored, or all of one account."""
        adapted()
        with _moto.lock, in_moto():
            if account_id is None:
                forget_everything()
            else:
                forget_account(account_id)
            _moto.stored.forgot()

    def _call(
        self,
        place: Place,
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
        host, handlers = handlers_of(place.service, place.region)
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
            ACCOUNT_HEADER: place.account_id,
            # moto looks here whether a request is signed, and for the Region where the host tells none.
            "Authorization": f"AWS4-HMAC-SHA256 Credential={KEY}/20260101/{place.region}/{place.service}/aws4_request",
        }
        if place.service == "s3":
            sent = dict(with_acl_of_its_own(place.operation, sent))
        request = Request.from_primitives(method, f"{base}{path}", sent, body)
        with _moto.lock, in_moto() as reached:
            try:
                status, answered, content = handler(request, request.raw_url, request.headers)
            except HTTPException as error:
                # moto's way to answer with an error.
                status, answered, content = error.code, dict(error.get_headers()), error.get_body()
            except NotImplementedError as error:
                raise not_implemented(place) from error
            except Exception as error:
                raise failed(place, error) from error
            finally:
                note = _moto.stored.did_read if only_reads(place.operation) else _moto.stored.wrote
                note(place.service, place.operation, reached)
        return (
            int(status),
            headers_of(answered),
            content.encode() if isinstance(content, str) else bytes(content or b""),
        )


def moto_missing() -> ConfigurationError:
    return ConfigurationError("moto, which carries calls out, is not installed", help=MOTO_MISSING)
