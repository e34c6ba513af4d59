"""On which resources to ask what a principal may do: one example for each resource pattern that an Allow names.

A pattern such as `arn:aws:s3:::reports/*` stands for many resources; the engine decides about one. The example is made
of the pattern, with `x` for a wildcard; for `*` alone it is made of the ARN format that AWS publishes for the action.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from passrole.account.snapshot import AccountSnapshot
from passrole.catalog.actions import get_action, get_resource_type
from passrole.engine.compiled import CompiledStatement, compiled
from passrole.engine.context import Context
from passrole.engine.decision import StatementRef
from passrole.engine.glob import glob_match
from passrole.engine.request import Principal, Request
from passrole.engine.stack import Layer, PolicyStack, Unknown
from passrole.engine.truth import Doubt
from passrole.engine.variables import Template, fill_in
from passrole.policy.model import Effect

_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Reach:
    """The resources that one pattern of an Allow covers. `granted_by` is None for the root user, who needs no Allow."""

    pattern: str
    """As the policy has it, with policy variables filled in; `all but A, B` for NotResource."""
    example: str
    """A resource within it: the one that is asked about."""
    granted_by: StatementRef | None = None
    limits: tuple[StatementRef, ...] = ()
    """Every Deny that names the action and may deny it on other resources of this reach."""


def reaches_of(snapshot: AccountSnapshot, principal: Principal, stack: PolicyStack, action: str) -> Iterator[Reach]:
    """The reaches of the principal's own policies; one of everything where they are not known."""
    everything = example_of(action, snapshot.account_id, snapshot.partition)
    if isinstance(stack.identity, Unknown) or not stack.identity.policies:
        if isinstance(stack.identity, Unknown) or principal.arn.endswith(":root"):
            yield Reach("*", everything)
        return
    limits = tuple(ref for ref, statement in _naming(stack, action) if statement.effect is Effect.DENY)
    context = Context(Request(principal, action, everything))
    seen: set[tuple[str, StatementRef]] = set()
    for ref, statement in _naming_in(stack.identity, action):
        if statement.effect is Effect.ALLOW:
            for pattern, example in _patterns(statement, context, everything):
                if _fits(action, example) and (pattern, ref) not in seen:
                    seen.add((pattern, ref))
                    yield Reach(pattern, example, ref, limits)


def example_of(action: str, account_id: str, partition: str) -> str:
    """An ARN of the kind that AWS publishes for the action; `*` for an action without a resource type."""
    arn = _format_of(action.lower()).replace("\0partition", partition)
    parts = arn.split(":", 5)
    if len(parts) == 6 and parts[4]:
        # Whatever the placeholder is called that stands where the account does.
        parts[4] = account_id
    return ":".join(parts)


@lru_cache(maxsize=32_768)
def _format_of(action: str) -> str:
    entry = get_action(action)
    formats = [
        (not resource.required, len(kind.arn_format), kind.arn_format)
        for resource in (entry.resources if entry else ())
        if (kind := get_resource_type(action.partition(":")[0], resource.name)) is not None
    ]
    # Of several kinds the one that must be there, then the plainest: an object rather than one of an access point.
    return _PLACEHOLDER.sub(_sample, min(formats)[2]) if formats else "*"


def _sample(found: re.Match[str]) -> str:
    names = {"Partition": "\0partition", "Region": "us-east-1"}
    return names.get(found[1], "x")


def _naming(stack: PolicyStack, action: str) -> Iterator[tuple[StatementRef, CompiledStatement]]:
    for layer in (*stack.scps, stack.identity, stack.boundary, stack.session):
        if layer is not None:
            yield from _naming_in(layer, action)


def _naming_in(layer: Layer, action: str) -> Iterator[tuple[StatementRef, CompiledStatement]]:
    """The statements about the action."""
    for attached in () if isinstance(layer, Unknown) else layer.policies:
        for statement in compiled(attached.policy).statements:
            if statement.actions.take(action.lower()) is not statement.statement.actions.negated:
                yield StatementRef(attached, statement.index), statement


def _patterns(statement: CompiledStatement, context: Context, everything: str) -> Iterator[tuple[str, str]]:
    element = statement.statement.resources
    if element is None or statement.resources is None:
        return
    if element.negated:
        yield f"all but {', '.join(value.text for value in element.patterns)}", everything
        return
    for prepared in statement.resources:
        text = prepared.value.text
        if isinstance(prepared.matcher, Template):
            filled = fill_in(prepared.matcher, context)
            if filled is None or isinstance(filled, Doubt):
                yield text, re.sub(r"\$\{[^}]*\}", "x", text).replace("*", "x").replace("?", "x")
                continue
            text = "".join(piece if isinstance(piece, str) else piece.value for piece in filled)
        yield text, everything if glob_match(text, everything) else text.replace("*", "x").replace("?", "x")


def _fits(action: str, example: str) -> bool:
    """Whether AWS would ask about such a resource. Of S3 it is known that a bucket is no object and the reverse."""
    if not action.lower().startswith("s3:") or not example.startswith("arn:") or ":s3:::" not in example:
        return True
    entry = get_action(action)
    kinds = {resource.name for resource in entry.resources} if entry else set()
    if "bucket" in kinds and "object" not in kinds:
        return "/" not in example
    return "bucket" in kinds or "object" not in kinds or "/" in example
