"""A call as the log gives it back: its event, and its questions decided anew from the policies of their time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import cast

from sqlalchemy import Connection, Row, select

from passrole.account.decided import Decided
from passrole.account.decision_log.log_tables import documents, stacks
from passrole.account.decision_log.saved_question import request_from, stack_from
from passrole.engine.evaluate import evaluate
from passrole.engine.stack import PolicyStack


class Answered(Enum):
    """What became of a call, as far as permissions go."""

    ALLOWED = "allowed"
    """Policies allow it. It may have failed for another reason."""
    DENIED = "denied"
    LET_THROUGH = "let-through"
    """Denied or not decided, and carried out all the same."""
    REFUSED = "refused"
    """Before anything was decided: the call was not understood, or nobody could tell what it asks."""
    NOT_AUTHENTICATED = "not-authenticated"


@dataclass(frozen=True, slots=True)
class LoggedCall:
    """An event, and what the call asked of the engine, decided anew from the policies of its time.

    `number` rises with every call of a log. `denied`: one of its questions at least was not answered with yes, or it
    could not be told what they are.
    """

    event: Mapping[str, object]
    denied: bool
    decided: tuple[Decided, ...]
    number: int = 0

    @property
    def event_id(self) -> str:
        return str(self.event["eventID"])

    @property
    def request_id(self) -> str:
        return str(self.event["requestID"])

    @property
    def operation(self) -> str:
        """As an action is written: `iam:GetRole`. A service's events may name it otherwise than its actions do."""
        name = f":{self.event['eventName']}"
        asked = (each.request.action for each in self.decided)
        return next((action for action in asked if action.endswith(name)), operation_of(self.event))

    @property
    def caller(self) -> str:
        """See `caller_of`."""
        return caller_of(self.event)

    @property
    def caller_account(self) -> str | None:
        """None for anonymous callers and services."""
        identity = _mapping(self.event["userIdentity"])
        return str(identity["accountId"]) if "arn" in identity else None

    @property
    def answered(self) -> Answered:
        if self.not_authenticated is not None:
            return Answered.NOT_AUTHENTICATED
        if self.refused:
            return Answered.DENIED if self.unmapped is None else Answered.REFUSED
        if not self.denied and not self.decided and "errorCode" in self.event and self.enforcement != "off":
            return Answered.REFUSED
        if self.denied and self.enforcement == "enforce" and self.unmapped is None:
            return Answered.DENIED  # Some entry of a batch, and not all of it.
        return Answered.LET_THROUGH if self.denied or self.enforcement == "off" else Answered.ALLOWED

    @property
    def not_authenticated(self) -> str | None:
        """Why it could not be told who made the request; None where it could."""
        return _text(_mapping(self.event["additionalEventData"]).get("passroleNotAuthenticated"))

    @property
    def enforcement(self) -> str | None:
        """`enforce`, `soft` or `off`; None of a call to IAM or STS that was enforced."""
        return _text(_mapping(self.event["additionalEventData"]).get("passroleEnforcement"))

    @property
    def unmapped(self) -> str | None:
        """Why it could not be told what the call asks of IAM; None where it could."""
        return _text(_mapping(self.event["additionalEventData"]).get("passroleUnmapped"))

    @property
    def unsafe_credentials(self) -> bool:
        """Whether it was signed with credentials that everybody knows."""
        return bool(_mapping(self.event["additionalEventData"]).get("passroleUnsafeTestCredentials"))

    @property
    def refused(self) -> bool:
        """Whether the caller was told that it is denied. A denied call may have been let through all the same."""
        return self.denied and self.enforcement not in ("soft", "off") and self.event.get("errorCode") == "AccessDenied"


def operation_of(event: Mapping[str, object]) -> str:
    """The service alone for a request that came to no operation."""
    service = str(event["eventSource"]).partition(".")[0]
    return service if event["eventName"] is None else f"{service}:{event['eventName']}"


def caller_of(event: Mapping[str, object]) -> str:
    """The caller's ARN; a service by its name, `anonymous`, or `unknown` for who was not authenticated."""
    identity = _mapping(event["userIdentity"])
    if identity["type"] == "AWSAccount":
        return "anonymous"
    return str(identity.get("arn") or identity.get("invokedBy") or "unknown")


def _mapping(value: object) -> Mapping[str, object]:
    assert isinstance(value, Mapping), value
    return value


def _text(value: object) -> str | None:
    return None if value is None else str(value)


class CallReader:
    """Rows of the events to calls. The stacks of many calls are the same, so that each is read once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._stacks: dict[str, PolicyStack] = {}

    def call_of(self, row: Row[tuple[object, ...]]) -> LoggedCall:
        decided = tuple(self._decided(question) for question in json.loads(row.questions))
        return LoggedCall(json.loads(row.event), row.denied, decided, row.number)

    def _decided(self, question: Mapping[str, object]) -> Decided:
        asked = request_from(cast("dict[str, object]", question["request"]))
        stack = self._stack(str(question["stack"]))
        return Decided(asked, evaluate(asked, stack), stack)

    def _stack(self, stack_id: str) -> PolicyStack:
        found = self._stacks.get(stack_id)
        if found is None:
            layers = self._connection.execute(select(stacks.c.layers).where(stacks.c.id == stack_id)).scalar_one()
            found = self._stacks[stack_id] = stack_from(layers, self._document)
        return found

    def _document(self, digest: str) -> str:
        text: str = self._connection.execute(select(documents.c.text).where(documents.c.id == digest)).scalar_one()
        return text
