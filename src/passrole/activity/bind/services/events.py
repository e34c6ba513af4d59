"""Amazon EventBridge: events are put to the bus that each entry names; the rest is bound by the same-name rule.

Sources: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html>,
<https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html>,
<https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html>.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.model import Asked, CannotBindError, Why
from passrole.activity.bind.named import whole
from passrole.activity.bind.rows import Row, Table
from passrole.engine.request import ContextValue

_CONDITIONS: Final = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html"


def _put_events(inquiry: Inquiry) -> Iterator[Asked]:
    if inquiry.text("EndpointId"):
        raise CannotBindError(Why.RESOURCE_NOT_NAMED, "the buses behind a global endpoint are not read")
    entries = inquiry.call.parameters.get("Entries")
    for entry in entries if isinstance(entries, (list, tuple)) else ():
        if not isinstance(entry, Mapping):
            continue
        keys: dict[str, ContextValue | None] = {
            "events:source": _text(entry, "Source"),
            "events:detail-type": _text(entry, "DetailType"),
        }
        yield inquiry.ask("events:PutEvents", _bus(inquiry, _text(entry, "EventBusName")), "event-bus", keys)


def _bus(inquiry: Inquiry, named: str | None) -> str:
    if named is not None and named.startswith("arn:"):
        return whole(inquiry, named, "events", "event-bus/")
    return inquiry.arn("events", f"event-bus/{named or 'default'}")


def _text(entry: Mapping[object, object], member: str) -> str | None:
    value = entry.get(member)
    return str(value) if value not in (None, "") else None


TABLE: Table = {"PutEvents": Row(_put_events, _CONDITIONS)}
