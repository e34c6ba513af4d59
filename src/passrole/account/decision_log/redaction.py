"""Parameters and answers of calls as CloudTrail writes them: camel case, dates as text, and without secrets."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import cast

from passrole.account.aws_models import shared_loader

HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
"""CloudTrail's own word."""

_OURS = frozenset({"iam", "sts"})

_ALSO_SECRET = frozenset(
    {
        "AuthenticationCode1",
        "AuthenticationCode2",
        "ContextAssertion",
        "DecodedMessage",
        "EncodedMessage",
        "SessionToken",
        "TokenCode",
    }
)
"""Members that AWS's model does not mark as sensitive, and that would let a reader of the log do something."""

_SECRET_NAMES = re.compile(
    r"password|secret(?!id|list|arn)|plaintext|private_?key|access_?token|auth_?token|client_?token_?secret|credentials?$",
    re.IGNORECASE,
)
"""The same of services other than IAM and STS, by what a member's name says."""

_CONTENT = frozenset(
    {
        "AttributeUpdates",
        "Environment",
        "ExpressionAttributeValues",
        "Item",
        "Key",
        "KeyConditions",
        "Message",
        "MessageAttributes",
        "MessageBody",
        "MessageStructure",
        "Parameters",
        "QueryFilter",
        "RequestItems",
        "ScanFilter",
        "TransactItems",
        "UserData",
        "logEvents",
    }
)
"""Members that hold what is stored or sent, and not which thing is meant; of S3 the key is a name."""

Show = Callable[[object], object]


def parameters_of(service: str, operation: str, values: Mapping[str, object]) -> object:
    """The member `requestParameters`; None for a call without any."""
    return _shown(service, operation, "input", values) if values else None


def output_of(service: str, operation: str, values: Mapping[str, object] | None) -> object:
    """The member `responseElements`."""
    return _shown(service, operation, "output", values) if values else None


def _shown(service: str, operation: str, side: str, values: Mapping[str, object]) -> object:
    shape = cast("Mapping[str, str] | None", _model(service)["operations"][operation].get(side))
    return None if shape is None else _of_shape(service, shape["shape"])(values)


def event_source(service: str) -> str:
    """The name of a service in `eventSource`, without `.amazonaws.com`: `monitoring` for CloudWatch."""
    return service if service in _OURS else str(_model(service)["metadata"]["endpointPrefix"])


def _is_secret(service: str, name: str) -> bool:
    if name in _ALSO_SECRET:
        return True
    if service in _OURS:
        return False
    return _SECRET_NAMES.search(name) is not None or (name in _CONTENT and (service, name) != ("s3", "Key"))


@lru_cache(maxsize=4096)
def _of_shape(service: str, name: str) -> Show:
    """What makes the value that is shown. Made once: models are asked slowly."""
    shape = cast("Mapping[str, object]", _model(service)["shapes"][name])
    if shape.get("sensitive") or shape["type"] == "blob":
        return _hidden
    if shape["type"] == "map":
        return _map(service, cast("Mapping[str, str]", shape["value"])["shape"])
    if shape["type"] == "structure":
        return _structure(service, cast("Mapping[str, Mapping[str, str]]", shape["members"]))
    if shape["type"] == "list":
        return _list(service, cast("Mapping[str, str]", shape["member"])["shape"])
    return _plain


def _hidden(_value: object) -> object:
    return HIDDEN


def _map(service: str, values: str) -> Show:
    def show(value: object) -> object:
        if not isinstance(value, Mapping):
            return HIDDEN
        show_item = _of_shape(service, values)
        return {str(key): show_item(item) for key, item in value.items()}

    return show


def _structure(service: str, members: Mapping[str, Mapping[str, str]]) -> Show:
    shown = {
        name: (_written(service, name), _is_secret(service, name), member["shape"]) for name, member in members.items()
    }

    def show(value: object) -> object:
        if not isinstance(value, Mapping):
            return HIDDEN
        found: dict[str, object] = {}
        for name, item in value.items():
            # What no model tells of cannot be told to be no secret.
            if name in shown and item is not None:
                written, secret, shape = shown[name]
                found[written] = HIDDEN if secret else _of_shape(service, shape)(item)
        return found

    return show


def _written(service: str, name: str) -> str:
    if service == "s3" and name == "Bucket":
        # S3's events have the names of its own interface.
        return "bucketName"
    return name[:1].lower() + name[1:]


def _list(service: str, member: str) -> Show:
    def show(value: object) -> object:
        if not isinstance(value, (list, tuple)):
            return HIDDEN
        show_item = _of_shape(service, member)
        return [show_item(item) for item in value]

    return show


def _plain(value: object) -> object:
    if isinstance(value, (str, int, bool)):
        return value
    return _time(value) if isinstance(value, datetime) else str(value)


@lru_cache(maxsize=64)
def _time(value: datetime) -> str:
    hour = value.astimezone(UTC)
    return f"{hour:%b} {hour.day}, {hour.year} {hour.hour % 12 or 12}:{hour:%M:%S %p}"


@lru_cache(maxsize=64)
def _model(service: str) -> dict[str, dict[str, dict[str, object]]]:
    return cast("dict[str, dict[str, dict[str, object]]]", shared_loader().load_service_model(service, "service-2"))
