"""The head of an HTTP answer as bytes."""

from __future__ import annotations

import time
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from typing import Final

from passrole.server.message import HttpResponse

_PHRASES: Final = {status.value: status.phrase for status in HTTPStatus}


def answer_head(response: HttpResponse, *, keep: bool, is_http_1_0: bool = False) -> bytes:
    """Up to the empty line, with it. `keep` says whether the connection goes on."""
    lines = [_start(response.status, int(time.time()))]
    lines += [f"{name}: {value}\r\n" for name, value in response.headers]
    length = response.length
    if length is not None:
        lines.append(f"Content-Length: {length}\r\n")
    if not keep:
        lines.append("Connection: close\r\n")
    elif is_http_1_0:
        lines.append("Connection: keep-alive\r\n")
    lines.append("\r\n")
    return "".join(lines).encode("latin-1")


@lru_cache(maxsize=16)
def _start(status: int, second: int) -> str:
    date = formatdate(second, usegmt=True)
    return f"HTTP/1.1 {status} {_PHRASES.get(status, '')}\r\nServer: passrole\r\nDate: {date}\r\n"
