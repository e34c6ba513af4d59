"""What moto must not do here: decide by policies of its own, start containers, or call any address."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Final

from passrole.errors import ConfigurationError
from passrole.server.gateway.moto_buckets import make_buckets_private
from passrole.server.gateway.moto_deliveries import judge_deliveries
from passrole.server.gateway.moto_pollers import judge_pollers

_SWITCHES: Final = ("INITIAL_NO_AUTH_ACTION_COUNT", "MOTO_ACCOUNT_ID", "TEST_SERVER_MODE", "TEST_PROXY_MODE")
"""Settings of moto that would let it refuse calls, or mistake the account, behind the gateway's back."""
_LEAVING: Final = frozenset({"socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.posix_spawn"})


class _Inside(threading.local):
    depth = 0
    awaited_seconds = 0
    reached: set[str]


_inside = _Inside()


class OutboundRefused(OSError):
    """moto tried to reach an address: an HTTP subscription of SNS, an API integration, a Docker daemon."""


def check_environment() -> None:
    """Raises ConfigurationError for settings of moto under which it would not do as it is told."""
    found = [name for name in _SWITCHES if os.environ.get(name)]
    if found:
        raise ConfigurationError(
            f"the environment variable `{found[0]}` changes whose calls moto carries out",
            help=f"start without it: env -u {found[0]} passrole serve",
        )


def messages_awaited() -> int:
    """How long the last call of this thread would wait for a message, in seconds; asked once a call."""
    seconds, _inside.awaited_seconds = _inside.awaited_seconds, 0
    return seconds


@contextmanager
def in_moto() -> Iterator[set[str]]:
    """While a thread is in here nothing that it does may leave the process.

    The set is of the services whose state has been looked up, by moto's names: it grows as the block goes on.
    """
    # What is read to judge a delivery, in the midst of a call, is looked up for that reading alone.
    outside = _inside.reached if _inside.depth else set()
    _inside.reached = set()
    _inside.depth += 1
    try:
        yield _inside.reached
    finally:
        _inside.depth -= 1
        _inside.reached = outside


_adapting: Final = threading.Lock()


def adapted() -> None:
    """Import moto and adapt it, once a process. What is changed applies to calls of the gateway, and to no others."""
    with _adapting:
        _adapt()


@cache
def _adapt() -> None:
    sys.addaudithook(_refuse_to_leave)
    from moto.awslambda.utils import get_backend as _  # noqa: F401
    from moto.core.config import default_user_config
    from moto.iam import models as iam
    from moto.iam.access_control import PermissionResult
    from moto.s3 import models
    from moto.s3.responses import S3Response
    from moto.sqs.models import SQSBackend

    # Functions and jobs are not run: that would take a Docker daemon.
    default_user_config["lambda"] = {"use_docker": False}
    default_user_config["batch"] = {"use_docker": False}
    # moto reads bucket policies without principals and conditions, and would deny what the engine has allowed.
    theirs = models.FakeBucket.get_permission

    def get_permission(bucket: Any, action: str, resource: str) -> Any:
        return PermissionResult.PERMITTED if _inside.depth else theirs(bucket, action, resource)

    models.FakeBucket.get_permission = get_permission  # type: ignore[method-assign,assignment]  # its only way

    # It would look into its IAM with every call, for keys of callers that it has none of.
    mark = iam.mark_account_as_visited

    def mark_account_as_visited(*named: Any, **more: Any) -> None:
        if not _inside.depth:
            mark(*named, **more)

    iam.mark_account_as_visited = mark_account_as_visited

    # What came up in parts has no ACL in moto, which fails when it is asked for it; at AWS it is private.
    def get_object_acl(_backend: Any, key: Any) -> Any:
        return key.acl or models.get_canned_acl("private")

    models.S3Backend.get_object_acl = get_object_acl  # type: ignore[method-assign,assignment]  # its only way
    # A list that is in the body moto does not read: it would give the object the list of its bucket.
    their_put = S3Response.put_object_acl

    def put_object_acl(response: Any) -> Any:
        if not _inside.depth or response._acl_from_headers(response.headers) is not None:
            return their_put(response)
        acl = response._acl_from_body()
        answered = their_put(response)
        response.backend.put_object_acl(response.bucket_name, response.parse_key_name(), acl)
        return answered

    S3Response.put_object_acl = put_object_acl  # type: ignore[method-assign,assignment]  # its only way
    for name in ("complete_multipart_upload", "upload_part", "upload_part_copy"):
        setattr(models.S3Backend, name, _looking_for_the_upload(getattr(models.S3Backend, name)))
    # It would hold the lock while it waits, and look all the time.
    receive = SQSBackend.receive_message

    def receive_message(
        queues: Any, queue_name: str, count: int, wait_seconds_timeout: int, *rest: Any, **named: Any
    ) -> Any:
        if not _inside.depth:
            return receive(queues, queue_name, count, wait_seconds_timeout, *rest, **named)
        found = receive(queues, queue_name, count, 0, *rest, **named)
        _inside.awaited_seconds = 0 if found else wait_seconds_timeout
        return found

    SQSBackend.receive_message = receive_message  # type: ignore[method-assign,assignment]  # its only way
    make_buckets_private()
    judge_deliveries()
    judge_pollers()
    _let_go_of_what_was_made()
    _note_what_is_looked_up()


def _note_what_is_looked_up() -> None:
    from moto.core.base_backend import BackendDict

    look_up = BackendDict.__getitem__

    def look_up_and_note(backends: Any, account_id: str) -> Any:
        if _inside.depth:
            _inside.reached.add(backends.service_name)
        return look_up(backends, account_id)

    BackendDict.__getitem__ = look_up_and_note  # type: ignore[method-assign]  # its only way


def _let_go_of_what_was_made() -> None:
    """moto keeps all that it ever made, for a page of its server; here nobody looks at that, and memory would fill."""
    from moto.core.common_models import BaseModel
    from moto.s3.models import FakeKey

    make, dispose = BaseModel.__new__, FakeKey.dispose

    def new(cls: Any, *given: Any, **named: Any) -> Any:
        if not _inside.depth:
            return make(cls, *given, **named)
        made: Any = super(BaseModel, cls).__new__(cls)
        if issubclass(cls, FakeKey):
            made._is_let_go = True
        return made

    def dispose_quietly(key: Any, garbage: bool = False) -> None:
        # moto warns of objects that nobody has closed; nobody is to close these.
        dispose(key, garbage and not getattr(key, "_is_let_go", False))

    BaseModel.__new__ = staticmethod(new)  # type: ignore[method-assign]  # its only way
    FakeKey.dispose = dispose_quietly  # type: ignore[method-assign,assignment]  # its only way


def _looking_for_the_upload(theirs: Callable[..., Any]) -> Callable[..., Any]:
    """moto fails where an upload is not there, and S3 says so."""
    from moto.s3.exceptions import NoSuchUpload

    def ours(buckets: Any, bucket_name: str, multipart_id: str, *rest: Any, **named: Any) -> Any:
        if multipart_id not in buckets.get_bucket(bucket_name).multiparts:
            raise NoSuchUpload(upload_id=multipart_id)
        return theirs(buckets, bucket_name, multipart_id, *rest, **named)

    return ours


def _refuse_to_leave(event: str, arguments: tuple[object, ...]) -> None:
    if event in _LEAVING and _inside.depth:
        raise OutboundRefused(f"nothing leaves this process: {event}")
