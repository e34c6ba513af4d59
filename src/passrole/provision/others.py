"""What the statements of others do to a set-up: the ones that let more in, and the ones that take something away."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from passrole.policy.model import Effect, PrincipalEntry, PrincipalKind, Statement
from passrole.provision.changes import Mark, StatementLine
from passrole.provision.documents import parsed_statement
from passrole.recipes.desired import Json


def warnings_about_others(lines: Sequence[StatementLine], *, trust: bool) -> tuple[str, ...]:
    """Warnings for the lines that stay although passrole did not make them.

    A further Allow of a trust policy defeats the condition of the set-up's own: the role can be assumed by either.
    A Deny, in any document, beats what the set-up allows.
    """
    ours = [line.body for line in lines if line.mark in (Mark.ADDED, Mark.PRESENT)]
    others = [line.body for line in lines if line.mark is Mark.OTHERS]
    return tuple(text for body in others for text in _warnings(body, ours, trust=trust))


def _warnings(body: Json, ours: Sequence[Json], *, trust: bool) -> Iterable[str]:
    name = _shown(body)
    statement = parsed_statement(body)
    if statement is None:
        yield f"a statement that passrole did not make, and does not understand, stays: {name}"
    elif statement.effect is Effect.DENY:
        yield f"a Deny that passrole did not make stays, and beats what this set-up allows: {name}"
    elif trust:
        yield from _trust_warnings(statement, [parsed for parsed in map(parsed_statement, ours) if parsed], name)


def _trust_warnings(statement: Statement, own: Sequence[Statement], name: str) -> Iterable[str]:
    """Whoever may assume the role gets what the set-up grants it."""
    conditional = bool(statement.conditions)
    if _is_everyone(statement):
        condition = " who meets its condition" if conditional else ""
        yield f"a statement that passrole did not make lets every AWS principal{condition} assume the role: {name}"
    elif any(each.conditions and _share_a_principal(statement, each) for each in own):
        condition = "on another condition than the one" if conditional else "without the condition"
        yield (
            f"a statement that passrole did not make lets the same principal assume the role {condition} "
            f"that this set-up sets: {name}"
        )
    elif who := [f"`{e.value.text}`" for e in _entries(statement) if e.kind is not PrincipalKind.SERVICE]:
        yield (
            f"a statement that passrole did not make lets {', '.join(who)} assume the role, too, with all that this "
            f"set-up grants it: {name}"
        )


def _is_everyone(statement: Statement) -> bool:
    principals = statement.principals
    return principals is not None and (
        # NotPrincipal with Allow lets in everyone but a few.
        principals.negated
        or any(entry.value.text == "*" and entry.kind in _EVERYONE_KINDS for entry in principals.entries)
    )


_EVERYONE_KINDS = (PrincipalKind.EVERYONE, PrincipalKind.AWS)


def _share_a_principal(first: Statement, second: Statement) -> bool:
    return not _principals(first).isdisjoint(_principals(second))


def _principals(statement: Statement) -> frozenset[tuple[PrincipalKind, str]]:
    return frozenset((entry.kind, entry.value.text.lower()) for entry in _entries(statement))


def _entries(statement: Statement) -> tuple[PrincipalEntry, ...]:
    return statement.principals.entries if statement.principals else ()


def _shown(body: Json) -> str:
    return f"`{json.dumps(body)}`"
