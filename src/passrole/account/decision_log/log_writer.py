"""Recorded calls to rows, a batch in one transaction; the oldest rows go when there are too many."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from passrole.account.decision_log.event import cloudtrail_event
from passrole.account.decision_log.failed_authentication import (
    KEPT_FAILURES,
    FailedAuthentication,
    failure_event,
)
from passrole.account.decision_log.log_tables import documents, events, failures, stack_documents, stacks, uses
from passrole.account.decision_log.recorded_call import RecordedCall, message_digest
from passrole.account.decision_log.saved_question import SavedStack, request_value
from passrole.account.prepared import Prepared
from passrole.engine.identity import Identity
from passrole.engine.stack import PolicyStack

KEPT_EVENTS = 20_000
_KEPT_STACKS = 256
# What every batch needs.
_ADD_EVENT = Prepared(
    insert(events), values=("event_id", "request_id", "denied", "message_digest", "event", "questions")
)
_NEWEST = Prepared(select(func.max(events.c.number).label("number")))
_ASK_AGAIN = Prepared(update(stacks).where(stacks.c.id == bindparam("stack")).values(last_event=bindparam("now")))
_USE_AGAIN = Prepared(
    update(uses)
    .where(uses.c.entity_id == bindparam("of_entity"), uses.c.action == bindparam("of_action"))
    .values(used_at=bindparam("used_at"), region=bindparam("region"))
)


class LogWriter:
    """Used by one thread at a time."""

    def __init__(self, kept_events: int = KEPT_EVENTS) -> None:
        self._kept_events = kept_events
        self._saved: dict[Identity[PolicyStack], SavedStack] = {}
        self._written = 0

    def write(self, connection: Connection, calls: Sequence[RecordedCall]) -> None:
        saved: dict[str, SavedStack] = {}
        rows = []
        for call in calls:
            questions = []
            for each in call.decided:
                stack = self._save(each.stack)
                saved[stack.id] = stack
                questions.append({"request": request_value(each.request), "stack": stack.id})
            digest = None if call.authorization_message is None else message_digest(call.authorization_message)
            rows.append(
                {
                    "event_id": call.event_id,
                    "request_id": call.request_id,
                    "denied": call.denied,
                    "message_digest": digest,
                    "event": json.dumps(cloudtrail_event(call)),
                    "questions": json.dumps(questions),
                }
            )
        _ADD_EVENT.write_many(connection, rows)
        row = _NEWEST.first(connection, {})
        assert row is not None, "an aggregate has one row"
        newest: int = row.number
        _add_stacks(connection, saved, newest)
        _note_uses(connection, calls)
        self._written += len(rows)
        if self._written > self._kept_events // 10:
            self._written = 0
            _forget(connection, newest - self._kept_events)

    def _save(self, stack: PolicyStack) -> SavedStack:
        key = Identity(stack)
        found = self._saved.get(key)
        if found is None:
            found = SavedStack(stack)
            if len(self._saved) >= _KEPT_STACKS:
                self._saved.clear()
            self._saved[key] = found
        return found


def write_failures(connection: Connection, failed: Sequence[FailedAuthentication]) -> None:
    """The newest `KEPT_FAILURES` stay."""
    rows = [
        {"event_id": each.event_id, "request_id": each.request_id, "event": json.dumps(failure_event(each))}
        for each in failed
    ]
    connection.execute(insert(failures), rows)
    newest = connection.execute(select(func.max(failures.c.number))).scalar_one()
    connection.execute(delete(failures).where(failures.c.number <= newest - KEPT_FAILURES))


def _add_stacks(connection: Connection, saved: dict[str, SavedStack], newest: int) -> None:
    new = [stack for stack in saved.values() if not _ASK_AGAIN.write(connection, {"stack": stack.id, "now": newest})]
    if not new:
        return
    texts = {digest: text for stack in new for digest, text in stack.documents.items()}
    known = set(connection.execute(select(documents.c.id).where(documents.c.id.in_(texts))).scalars())
    missing = [{"id": digest, "text": text} for digest, text in texts.items() if digest not in known]
    if missing:
        connection.execute(insert(documents), missing)
    rows = [{"id": stack.id, "layers": stack.text, "last_event": newest} for stack in new]
    connection.execute(insert(stacks), rows)
    pairs = [{"stack_id": stack.id, "document_id": digest} for stack in new for digest in stack.documents]
    if pairs:
        connection.execute(insert(stack_documents), pairs)


def _note_uses(connection: Connection, calls: Sequence[RecordedCall]) -> None:
    """A denied attempt counts as well: "all attempts to access an AWS API, not just the successful attempts".

    Source: IAM User Guide, "Refine permissions in AWS using last accessed information"
    <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html>
    """
    last = {
        (call.caller.entity.id, f"{call.service}:{call.operation}"): (call.now, call.region)
        for call in calls
        if call.caller.entity is not None
    }
    for (entity_id, action), (used_at, region) in last.items():
        use = {"of_entity": entity_id, "of_action": action, "used_at": used_at, "region": region}
        if not _USE_AGAIN.write(connection, use):
            values = {"entity_id": entity_id, "action": action, "used_at": used_at, "region": region}
            connection.execute(insert(uses).values(values))


def _forget(connection: Connection, last: int) -> None:
    """Delete the events up to the number `last`, then the stacks and documents that no other event asked."""
    connection.execute(delete(events).where(events.c.number <= last))
    connection.execute(delete(stacks).where(stacks.c.last_event <= last))
    connection.execute(delete(stack_documents).where(stack_documents.c.stack_id.not_in(select(stacks.c.id))))
    connection.execute(delete(documents).where(documents.c.id.not_in(select(stack_documents.c.document_id))))
