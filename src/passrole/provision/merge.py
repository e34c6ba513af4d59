"""Joining the statements that set-ups want with a document that may hold others': nothing of others is lost.

Statements are compared by meaning (policy.normal), so order, Sids and spelling of case are no difference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from passrole.provision.changes import Mark, StatementLine
from passrole.provision.documents import (
    CURRENT_VERSION,
    Meaning,
    Meanings,
    has_variable,
    read_document,
    statements_of,
)
from passrole.provision.record import OwnedStatement
from passrole.provision.wanted import WantedStatement
from passrole.recipes.desired import Json


@dataclass(frozen=True, slots=True)
class MergeRules:
    """`labels` are the set-ups being planned: what they put here earlier and no longer want goes.

    `exclusive` drops what nobody of passrole made. `claim_present`: passrole made the entity, so wanted statements
    that are there already count as its own.
    """

    labels: frozenset[str]
    partition: str
    exclusive: bool = False
    claim_present: bool = False


@dataclass(frozen=True, slots=True)
class Merged:
    """`after` is None when no statement is left; it is `before` itself when nothing changes.

    `owned` is what passrole owns of `after`. `conflict` says why the two cannot stand in one document; then
    `after` is `before`.
    """

    before: Json
    after: Json
    lines: tuple[StatementLine, ...] = ()
    owned: tuple[OwnedStatement, ...] = ()
    conflict: str | None = None

    @property
    def changed(self) -> bool:
        return self.after is not self.before

    def bodies(self, mark: Mark) -> tuple[Json, ...]:
        return tuple(line.body for line in self.lines if line.mark is mark)


@dataclass(slots=True)
class _Want:
    statement: WantedStatement
    set_ups: list[str]
    """More than one when several set-ups want a statement of the same meaning."""


def merge(
    existing: str | None, wanted: Sequence[WantedStatement], owned: Sequence[OwnedStatement], rules: MergeRules
) -> Merged:
    """What the document `existing` (None: there is none) becomes when exactly `wanted` is asked of it."""
    before = read_document(existing)
    if isinstance(before, str):
        return Merged(existing, existing, conflict=before)
    version = before.get("Version") if before else CURRENT_VERSION
    old_meaning = Meanings(version == CURRENT_VERSION, rules.partition)
    new_meaning = Meanings(True, rules.partition)
    wants = _by_meaning(wanted, new_meaning)
    known = {old_meaning.of(dict(each.body)): each for each in owned}

    lines: list[StatementLine] = []
    after_owned: list[OwnedStatement] = []
    present: set[Meaning] = set()
    for body in statements_of(before):
        meaning = old_meaning.of(body)
        ours = known.get(meaning)
        recorded = ours.set_ups if ours else ()
        # IAM and people may spell a statement anew (an account id becomes its root ARN): the journal keeps its own.
        own_body = ours.body if ours else body
        rest = tuple(label for label in recorded if label not in rules.labels)
        want = wants.get(meaning)
        if want is not None:
            lines.append(StatementLine(Mark.PRESENT, body, want.statement.reason, tuple(want.set_ups)))
            if recorded or rules.claim_present:
                after_owned.append(_owned(own_body, rest, want))
        elif rest:
            lines.append(StatementLine(Mark.PRESENT, body, "", rest))
            after_owned.append(_owned(own_body, rest))
        elif recorded or rules.exclusive:
            lines.append(StatementLine(Mark.REMOVED, body, "", recorded))
        else:
            lines.append(StatementLine(Mark.OTHERS, body))
        present.add(meaning)
    taken = {_sid(line.body) for line in lines if line.mark is not Mark.REMOVED}
    for meaning, want in wants.items():
        if meaning not in present:
            added = _with_unique_sid(dict(want.statement.body), taken)
            lines.append(StatementLine(Mark.ADDED, added, want.statement.reason, tuple(want.set_ups)))
            after_owned.append(_owned(added, (), want))
    merged = Merged(before, before, tuple(lines), _distinct(after_owned))
    if not any(line.mark in (Mark.ADDED, Mark.REMOVED) for line in lines):
        return merged
    return _rewritten(merged, before)


def _rewritten(merged: Merged, before: dict[str, Json] | None) -> Merged:
    kept = [line for line in merged.lines if line.mark is not Mark.REMOVED]
    if not kept:
        return Merged(merged.before, None, merged.lines)
    old = [line for line in kept if line.mark is not Mark.ADDED]
    added = [line for line in kept if line.mark is Mark.ADDED]
    document: dict[str, Json] = dict(before or {})
    # Only from version 2012-10-17 on is `${…}` a variable, so raising the version may change others' statements.
    if document.get("Version") != CURRENT_VERSION and not any(has_variable(line.body) for line in old):
        document = {"Version": CURRENT_VERSION, **{key: value for key, value in document.items() if key != "Version"}}
    elif document.get("Version") != CURRENT_VERSION and any(has_variable(line.body) for line in added):
        conflict = (
            f"the document has version {document.get('Version', '2008-10-17')}, in which `${{…}}` is plain text, "
            "and others' statements in it hold `${…}`: no version suits both"
        )
        return Merged(merged.before, merged.before, merged.lines, merged.owned, conflict)
    document["Statement"] = [line.body for line in kept]
    return Merged(merged.before, document, merged.lines, merged.owned)


def _by_meaning(wanted: Sequence[WantedStatement], meanings: Meanings) -> dict[Meaning, _Want]:
    wants: dict[Meaning, _Want] = {}
    for statement in wanted:
        want = wants.setdefault(meanings.of(dict(statement.body)), _Want(statement, []))
        if statement.set_up not in want.set_ups:
            want.set_ups.append(statement.set_up)
    return wants


def _owned(body: Json | Mapping[str, Json], rest: tuple[str, ...], want: _Want | None = None) -> OwnedStatement:
    assert isinstance(body, Mapping), "a statement is a JSON object"
    return OwnedStatement(dict(body), tuple(sorted({*rest, *(want.set_ups if want else ())})))


def _distinct(owned: list[OwnedStatement]) -> tuple[OwnedStatement, ...]:
    """A document may repeat a statement; the journal need not."""
    return tuple(each for number, each in enumerate(owned) if each not in owned[:number])


def _with_unique_sid(body: dict[str, Json], taken: set[str | None]) -> dict[str, Json]:
    """IAM refuses two statements with one Sid; a Sid means nothing, so the newcomer loses its own.

    The Sid that the statement keeps is added to `taken`.
    """
    sid = _sid(body)
    if sid is not None and sid in taken:
        return {key: value for key, value in body.items() if key != "Sid"}
    taken.add(sid)
    return body


def _sid(body: Json) -> str | None:
    sid = body.get("Sid") if isinstance(body, dict) else None
    return sid if isinstance(sid, str) else None
