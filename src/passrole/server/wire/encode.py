"""An operation's output, or an error, becomes the XML that AWS sends, as botocore's model describes the output.

Protocol: <https://smithy.io/2.0/aws/protocols/aws-query-protocol.html>.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final, cast

from passrole.account.params import KeptShape
from passrole.server.wire.models import service_model

if TYPE_CHECKING:
    from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

    from passrole.account.service_error import ServiceError

# What no XML 1.0 document may hold, escaped or not: most control characters, lone surrogates, two non-characters.
_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES: Final = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\r", "&#xD;"))
_TO_ESCAPE: Final = re.compile("[&<>\r]")

Write = Callable[[list[str], object], None]


def escape(text: str) -> str:
    """Text for an XML element. A carriage return survives; a character that XML cannot hold becomes U+FFFD."""
    if not text.isprintable():
        text = _FORBIDDEN.sub("\ufffd", text)
    if _TO_ESCAPE.search(text):
        for character, escaped in _ESCAPES:
            text = text.replace(character, escaped)
    return text


def encode_output(model: OperationModel, output: Mapping[str, object], request_id: str) -> bytes:
    """The XML answer of an operation; `output` is shaped as boto3 returns it, save that policy documents are
    percent-encoded already, as IAM sends them.

    A value that the model does not have, or of the wrong type, is a bug of the operation (TypeError, KeyError).
    """
    name = model.name
    parts = [f'<{name}Response xmlns="{_namespace(model)}">']
    shape = model.output_shape
    if shape is not None:
        wrapper = str(shape.serialization["resultWrapper"])
        parts.append(f"<{wrapper}>")
        _structure(shape)(parts, output)
        parts.append(f"</{wrapper}>")
    elif output:
        raise KeyError(f"{name} has no output, and was given {sorted(output)}")
    parts.append(f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{name}Response>")
    return "".join(parts).encode()


def encode_error(error: ServiceError, service: str, request_id: str) -> bytes:
    """The XML of an error; the fault is the sender's for every status below 500.

    Its details stand beside Code and Message, where the clients that show more than these two find them.
    """
    fault = "Receiver" if error.http_status >= 500 else "Sender"
    namespace = service_model(service).metadata["xmlNamespace"]
    details = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in error.details.items())
    return (
        f'<ErrorResponse xmlns="{namespace}"><Error><Type>{fault}</Type><Code>{escape(error.code)}</Code>'
        f"<Message>{escape(error.message)}</Message>{details}</Error><RequestId>{request_id}</RequestId></ErrorResponse>"
    ).encode()


def encode_json_error(error: ServiceError) -> bytes:
    """The same for a client of a service that speaks JSON, which would not read XML."""
    return json.dumps({"__type": error.code, "message": error.message}).encode()


def _namespace(model: OperationModel) -> str:
    return str(model.service_model.metadata["xmlNamespace"])


@lru_cache(maxsize=8192)
def _element(name: str, shape: Shape) -> Write:
    """What writes a value of a shape as elements of this name. Made once: models are asked slowly."""
    flattened = shape.serialization.get("flattened")
    match shape.type_name:
        case "list" if flattened:
            member = cast("ListShape", shape).member
            return _items(shape, str(member.serialization.get("name", name)), member)
        case "map" if flattened:
            return _entries(name, cast("MapShape", shape))
        case "structure":
            return _enclosed(name, _structure(cast("StructureShape", shape)))
        case "list":
            member = cast("ListShape", shape).member
            return _enclosed(name, _items(shape, str(member.serialization.get("name", "member")), member))
        case "map":
            return _enclosed(name, _entries("entry", cast("MapShape", shape)))
        case _:
            return _simple(name, _text_of(shape))


def _simple(name: str, text_of: Callable[[object], str]) -> Write:
    start, end = f"<{name}>", f"</{name}>"
    return lambda parts, value: parts.append(start + text_of(value) + end)


def _enclosed(name: str, write_content: Write) -> Write:
    start, end = f"<{name}>", f"</{name}>"

    def write(parts: list[str], value: object) -> None:
        parts.append(start)
        write_content(parts, value)
        parts.append(end)

    return write


@lru_cache(maxsize=8192)
def _structure(shape: StructureShape) -> Write:
    # What writes a member is made when it is first needed: a shape may hold itself.
    writers: dict[str, Write] = {}
    members = {name: (str(member.serialization.get("name", name)), member) for name, member in shape.members.items()}

    def write(parts: list[str], value: object) -> None:
        given = _mapping(value, shape)
        if not given.keys() <= members.keys():
            raise KeyError(f"{shape.name} has no member {sorted(given.keys() - members.keys())}")
        for name in members:
            item = given.get(name)
            if item is not None:
                write_member = writers.get(name)
                if write_member is None:
                    write_member = writers[name] = _element(*members[name])
                write_member(parts, item)

    return write


def _items(shape: Shape, name: str, member: Shape) -> Write:
    def write(parts: list[str], value: object) -> None:
        write_item = _element(name, member)
        for item in _sequence(value, shape):
            if isinstance(item, KeptShape):
                parts.append(_kept(item, write_item))
            else:
                write_item(parts, item)

    return write


def _kept(item: KeptShape, write: Write) -> str:
    """What was written of it before; `write` is the same again for what stands in the same place."""
    kept = getattr(item, "written", None)
    if kept is None or kept[0] is not write:
        parts: list[str] = []
        write(parts, item)
        kept = item.written = (write, "".join(parts))
    return kept[1]


def _entries(name: str, shape: MapShape) -> Write:
    key_name = str(shape.key.serialization.get("name", "key"))
    value_name = str(shape.value.serialization.get("name", "value"))

    def write(parts: list[str], value: object) -> None:
        for key, item in _mapping(value, shape).items():
            parts.append(f"<{name}><{key_name}>{escape(key)}</{key_name}>")
            _element(value_name, shape.value)(parts, item)
            parts.append(f"</{name}>")

    return write


def _text_of(shape: Shape) -> Callable[[object], str]:
    """What makes the text of a value of a shape. Raises TypeError for one of another type."""

    def wrong(value: object) -> TypeError:
        return TypeError(f"a {type(value).__name__} is not a {shape.type_name} ({shape.name})")

    def string(value: object) -> str:
        if isinstance(value, str):
            return escape(value)
        raise wrong(value)

    def boolean(value: object) -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        raise wrong(value)

    def integer(value: object) -> str:
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        raise wrong(value)

    def timestamp(value: object) -> str:
        if isinstance(value, datetime) and value.tzinfo is not None:
            return _seconds(value)
        raise wrong(value)

    def blob(value: object) -> str:
        if isinstance(value, bytes):
            return base64.b64encode(value).decode()
        raise wrong(value)

    def unknown(value: object) -> str:
        raise wrong(value)

    kinds = {
        "string": string,
        "character": string,
        "boolean": boolean,
        "integer": integer,
        "long": integer,
        "timestamp": timestamp,
        "blob": blob,
    }
    return kinds.get(shape.type_name, unknown)


@lru_cache(maxsize=1024)
def _seconds(moment: datetime) -> str:
    """IAM and STS tell whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _mapping(value: object, shape: Shape) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise TypeError(f"a {type(value).__name__} is not a {shape.type_name} ({shape.name})")
    return value


def _sequence(value: object, shape: Shape) -> Sequence[object]:
    if not isinstance(value, list | tuple):
        raise TypeError(f"a {type(value).__name__} is not a list ({shape.name})")
    return value
