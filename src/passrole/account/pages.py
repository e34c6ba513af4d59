"""Pages of a list: MaxItems, opaque markers, and the order that makes a marker stay true while the list changes."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from passrole.account.params import Params, Result
from passrole.account.service_error import validation_error

DEFAULT_MAX_ITEMS = 100
MOST_OF_A_MARKER = 320
"""AWS's model takes no longer ones; a tag's key in another script, or a path, may be longer."""
_KEY, _DIGEST = b"1", b"2"
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class PageRequest:
    """`after` is the sort key of the last item of the page before; None for the first page.

    `after_digest` stands for a key that is too long for a marker: only `rest_of` can go on from it.
    """

    after: str | None
    max_items: int
    after_digest: bytes | None = None

    @property
    def limit(self) -> int:
        """How many items to fetch: one more than are shown tells whether there are more."""
        return self.max_items + 1


def page_request(params: Params) -> PageRequest:
    """Raises ValidationError for a marker that this account never gave."""
    marker, max_items = params.optional_text("Marker"), params.number("MaxItems") or DEFAULT_MAX_ITEMS
    if marker is None:
        return PageRequest(None, max_items)
    kind, rest = _decoded(marker)
    if kind == _DIGEST:
        return PageRequest(None, max_items, rest)
    try:
        return PageRequest(rest.decode("utf-8"), max_items)
    except UnicodeDecodeError as error:
        raise validation_error("Invalid Marker.") from error


def page(
    request: PageRequest,
    member: str,
    items: Sequence[Item],
    *,
    sort_key: Callable[[Item], str],
    shape: Callable[[Item], object] = lambda item: item,
) -> Result:
    """An answer with one page of `items`, which are sorted by `sort_key` and begin after `request.after`."""
    shown = items[: request.max_items]
    result: Result = {member: [shape(item) for item in shown], "IsTruncated": len(items) > len(shown)}
    if len(items) > len(shown):
        result["Marker"] = marker_after(sort_key(shown[-1]))
    return result


def rest_of(request: PageRequest, items: Sequence[Item], *, sort_key: Callable[[Item], str]) -> list[Item]:
    """Sort a list that is at hand as a whole and leave out what earlier pages showed."""
    ordered = sorted(items, key=sort_key)
    if request.after_digest is not None:
        places = [place for place, item in enumerate(ordered, 1) if _digest(sort_key(item)) == request.after_digest]
        if not places:
            # What the page before ended with has gone since, and nothing tells where it stood.
            raise validation_error("Invalid Marker.")
        return ordered[places[0] :]
    return ordered if request.after is None else [item for item in ordered if sort_key(item) > request.after]


def marker_after(sort_key: str) -> str:
    """The marker of a page whose last item has this sort key."""
    marker = base64.urlsafe_b64encode(_KEY + sort_key.encode("utf-8")).decode("ascii")
    if len(marker) > MOST_OF_A_MARKER:
        return base64.urlsafe_b64encode(_DIGEST + _digest(sort_key)).decode("ascii")
    return marker


def _decoded(marker: str) -> tuple[bytes, bytes]:
    try:
        raw = base64.b64decode(marker.encode("ascii"), altchars=b"-_", validate=True)
    except (UnicodeError, binascii.Error) as error:
        raise validation_error("Invalid Marker.") from error
    if raw[:1] not in (_KEY, _DIGEST):
        raise validation_error("Invalid Marker.")
    return raw[:1], raw[1:]


def _digest(sort_key: str) -> bytes:
    return hashlib.sha256(sort_key.encode("utf-8")).digest()
