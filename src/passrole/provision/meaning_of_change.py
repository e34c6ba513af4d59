"""What the rewriting of a document means: nothing, so that it is left as it is, or other access, told by a request.

A statement that is wanted may be covered by others that are there, in other words. Compared are the whole documents,
by the prover; what it does not decide is written.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from passrole.policy.model import PolicyType
from passrole.policy.parse import PolicySyntaxError, policy_from_value
from passrole.provision.changes import Mark
from passrole.provision.documents import CURRENT_VERSION, Meanings
from passrole.provision.merge import Merged
from passrole.provision.planning import Planning
from passrole.provision.record import OwnedStatement, Record

if TYPE_CHECKING:
    from passrole.engine.stack import AttachedPolicy
    from passrole.prover.compare import Comparison
    from passrole.prover.witness import Witness

SAME_MEANING = "its text differs from what is wanted, and means the same for every request: it stays"
STEPS = 100_000


def weighed(
    planning: Planning,
    merged: Merged,
    type: PolicyType,  # noqa: A002
    record: Record | None,
) -> tuple[Merged, tuple[str, ...]]:
    """The change, or none where it would not change what is allowed; and notes on what it does.

    `record` is the journal's of the document. A statement that goes because nobody wants it goes in any case, and
    with `--exclusive` all that others made.
    """
    if merged.conflict is not None or not merged.changed or merged.before is None or merged.after is None:
        return merged, ()
    documents = _documents(merged, type)
    if documents is None:
        return merged, ()
    from passrole.prover.beside import denies_compared
    from passrole.prover.compare import compare, layers_side

    old, new = documents
    comparison = compare(layers_side(((old,),)), layers_side(((new,),)), witnesses=1, steps=STEPS)
    denies = denies_compared(old, new, witnesses=1, steps=STEPS)
    if (
        not planning.exclusive
        and merged.bodies(Mark.ADDED)
        and comparison.is_exactly_equivalent
        and (denies is None or denies.is_exactly_equivalent)
    ):
        return _left(planning, merged, record), (SAME_MEANING,)
    return merged, (*_notes(comparison), *(_denied_notes(denies) if denies else ()))


def _documents(merged: Merged, type: PolicyType) -> tuple[AttachedPolicy, AttachedPolicy] | None:  # noqa: A002
    """Before and after; None where passrole does not understand one of them."""
    from passrole.engine.stack import AttachedPolicy

    assert isinstance(merged.before, dict), "a document that was read"
    assert isinstance(merged.after, dict), "a document that was made"
    try:
        old, new = policy_from_value(merged.before), policy_from_value(merged.after)
    except PolicySyntaxError:
        return None
    return AttachedPolicy(type, "before", old), AttachedPolicy(type, "after", new)


def _left(planning: Planning, merged: Merged, record: Record | None) -> Merged:
    """The document as it is. What passrole owns of it stays its own, also for those who rely on it from now on."""
    relying = {label for line in merged.lines if line.mark is Mark.ADDED for label in line.set_ups}
    lines = tuple(
        replace(line, mark=Mark.PRESENT) if line.mark is Mark.REMOVED else line
        for line in merged.lines
        if line.mark is not Mark.ADDED
    )
    before = merged.before
    assert isinstance(before, dict), "a document that was read"
    meanings = Meanings(before.get("Version") == CURRENT_VERSION, planning.partition)
    there = {meanings.of(line.body) for line in lines}
    recorded = record.statements if record else ()
    known = {meanings.of(dict(each.body)): each for each in (*recorded, *merged.owned)}
    owned = tuple(
        OwnedStatement(each.body, tuple(sorted({*each.set_ups, *relying})))
        for meaning, each in known.items()
        if meaning in there
    )
    return Merged(before, before, lines, owned)


def _notes(comparison: Comparison) -> Iterable[str]:
    if comparison.gained:
        yield f"broader: it newly allows {_told(comparison.gained[0])}"
    if comparison.lost:
        yield f"narrower: it no longer allows {_told(comparison.lost[0])}"


def _denied_notes(comparison: Comparison) -> Iterable[str]:
    """Beside other policies: what one of them may allow is no longer denied, or is from now on."""
    if comparison.gained:
        yield f"it no longer denies {_told(comparison.gained[0])}"
    if comparison.lost:
        yield f"it newly denies {_told(comparison.lost[0])}"


def _told(witness: Witness) -> str:
    from passrole.prover.witness import USER

    request = witness.request
    words = f"`{request.action}` on `{request.resource}`"
    if request.principal != USER:
        words += f" by {request.principal.arn}"
    context = [f"{key} = {_value(value)}" for key, value in sorted(request.context.items())]
    if context:
        words += f", with {', '.join(context)}"
    if request.absent_keys:
        words += f", without {', '.join(sorted(request.absent_keys))}"
    return words


def _value(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
