"""Single values from text, as headers, paths, query strings, forms and XML have them. What is of another
type is refused.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from passrole.server.gateway.undecodable import undecodable

if TYPE_CHECKING:
    from botocore.model import Shape

_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,19}")
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]{1,300}\.?[0-9]{0,300}|\.[0-9]{1,300})(?:[eE][+-]?[0-9]{1,3})?")
_BEYOND_NUMBERS: Final = {"Infinity": math.inf, "-Infinity": -math.inf, "NaN": math.nan}


def scalar(text: str, shape: Shape, timestamp_format: str) -> object:
    """`timestamp_format` is the protocol's at this place, for shapes that name none. Raises ServiceError."""
    match shape.type_name:
        case "string" | "character":
            return text
        case "boolean":
            return boolean(text)
        case "integer" | "long":
            if _INTEGER.fullmatch(text) is None:
                raise undecodable(f"{text[:64]!r} is not an integer")
            return int(text)
        case "float" | "double":
            return number(text)
        case "blob":
            return blob(text)
        case "timestamp":
            return timestamp(text, str(shape.serialization.get("timestampFormat", timestamp_format)))
        case type_name:
            raise undecodable(f"A {type_name} cannot stand here")


def boolean(text: str) -> bool:
    match text.lower():
        case "true":
            return True
        case "false":
            return False
        case _:
            raise undecodable(f"{text[:64]!r} is not a boolean")


def number(text: str) -> float:
    if text in _BEYOND_NUMBERS:
        return _BEYOND_NUMBERS[text]
    if _NUMBER.fullmatch(text) is None:
        raise undecodable(f"{text[:64]!r} is not a number")
    return float(text)


def blob(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise undecodable("A value is not valid Base64") from error


def timestamp(text: str, form: str) -> datetime:
    """In UTC. Each of the three forms is taken wherever a timestamp stands: SDKs differ, and no two mean two things."""
    try:
        if form.lower() != "unixtimestamp" or not _NUMBER.fullmatch(text):
            return _day(text)
    except (ValueError, TypeError, IndexError, OverflowError) as error:
        raise undecodable(f"{text[:64]!r} is not a timestamp") from error
    return moment(float(text))


def moment(seconds: float) -> datetime:
    """The time so many seconds after the start of 1970."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise undecodable("A timestamp is out of range") from error


def _day(text: str) -> datetime:
    if text[:1].isdigit():
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    return parsedate_to_datetime(text).astimezone(UTC)
