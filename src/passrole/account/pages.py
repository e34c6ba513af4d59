"""Pages of a list: MaxItems, opaque markers, and the order that makes a marker stay true while the list changes."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from passrole.account.params import Params, Result
from passrole.account.service_error import validation_error

DEFAULT_MAX_ITEMS = 100
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class PageRequest:
    """`after` is the sort key of the last item of the page before; None for the first page."""

    after: str | None
    max_items: int

    @property
    def limit(self) -> int:
        """How many items to fetch: one more than are shown tells whether there are more."""
        return self.max_items + 1


def page_request(params: Params) -> PageRequest:
    """Raises ValidationError for a marker that this account never gave."""
    marker = params.optional_text("Marker")
    return PageRequest(None if marker is None else _decoded(marker), params.number("MaxItems") or DEFAULT_MAX_ITEMS)


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
        result["Marker"] = _encoded(sort_key(shown[-1]))
    return result


def rest_of(request: PageRequest, items: Sequence[Item], *, sort_key: Callable[[Item], str]) -> list[Item]:
    """Sort a list that is at hand as a whole and leave out what earlier pages showed."""
    ordered = sorted(items, key=sort_key)
    return ordered if request.after is None else [item for item in ordered if sort_key(item) > request.after]


def _encoded(sort_key: str) -> str:
    return base64.urlsafe_b64encode(b"1" + sort_key.encode("utf-8")).decode("ascii")


def _decoded(marker: str) -> str:
    try:
        raw = base64.b64decode(marker.encode("ascii"), altchars=b"-_", validate=True)
        text = raw.decode("utf-8")
    except (UnicodeError, binascii.Error) as error:
        raise validation_error("Invalid Marker.") from error
    if not text.startswith("1"):
        raise validation_error("Invalid Marker.")
    return text[1:]
