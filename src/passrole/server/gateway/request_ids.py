"""The id of a request in the backend's answer: the one that the log has, so that `why` finds what a client shows."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from passrole.server.gateway.refusals import Shape, Spoken
from passrole.server.message import HttpResponse

_HEADERS: Final = frozenset({"x-amz-request-id", "x-amzn-requestid"})
_MOST_BYTES: Final = 1024 * 1024
"""Longer bodies are left as they are; the header tells the id as well."""
# Where each protocol has it, and nowhere else: a stored text may have an element of that name.
_IN_BODY: Final = {
    Shape.QUERY: re.compile(rb"(<ResponseMetadata>\s*<RequestId>|</Error>\s*<RequestId>)[^<]*"),
    Shape.EC2: re.compile(
        rb"(\A\s*(?:<\?xml[^>]*>)?\s*<\w+(?:\s[^>]*)?>\s*<requestId>|</Errors>\s*<RequestI[Dd]>"
        # At the end, as moto writes it.
        rb"|<requestId>(?=[^<]*</requestId>\s*</\w+Response>\s*\Z))[^<]*"
    ),
}
_IN_ERROR: Final = {
    Shape.REST_XML: re.compile(rb"(</Error>\s*<RequestId>)[^<]*"),
    Shape.S3: re.compile(rb"(<RequestI[Dd]>)[^<]*"),
}
"""Of services whose other answers can be a stored body."""


def with_request_id(answer: HttpResponse, spoken: Spoken, request_id: str) -> HttpResponse:
    """A body that is streamed stays as it is: that of an object."""
    name = "x-amz-request-id" if spoken.shape is Shape.S3 else "x-amzn-RequestId"
    kept = tuple(field for field in answer.headers if field[0].lower() not in _HEADERS)
    pattern = _IN_BODY.get(spoken.shape) or (_IN_ERROR.get(spoken.shape) if answer.status >= 400 else None)
    body = answer.body
    is_whole = answer.stream is None and answer.announced_length is None
    if pattern is not None and is_whole and len(body) <= _MOST_BYTES:
        body = pattern.sub(rb"\g<1>" + request_id.encode(), body, count=1)
    return replace(answer, headers=(*kept, (name, request_id)), body=body)
