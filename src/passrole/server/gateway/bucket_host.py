"""The bucket that a Host header names: `bucket.localhost` and `bucket.s3.localhost`, with or without a Region."""

from __future__ import annotations

import ipaddress
import re
from typing import Final

_REGION: Final = r"[a-z]{2}(?:-[a-z]+)+-[0-9]+"
_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_SERVICE: Final = re.compile(rf"(?:^|\.)s3(?:[.-]{_REGION})?$")
_PORT: Final = re.compile(r":[0-9]+$")
_ENDS: Final = ("localhost",)


def bucket_of_host(host: str) -> str | None:
    """None for a host that names none, and for an address. An upper-case letter is in no bucket's name."""
    name = _PORT.sub("", host.strip())
    end = next((each for each in _ENDS if name.endswith(f".{each}")), None)
    if end is None or _is_address(name):
        return None
    bucket = _SERVICE.sub("", name.removesuffix(f".{end}"))
    return bucket if _BUCKET.fullmatch(bucket) else None


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
