"""Members of a roll for whom the same statements mean the same decision, and who of them see the same."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field

from passrole.engine.fast.circumstance import implied_for
from passrole.engine.fast.compiled_stack import CompiledStack
from passrole.engine.fast.decision_pool import kind_of_caller
from passrole.engine.fast.roll_statements import Seen
from passrole.engine.fast.seen import is_plain, shape_of
from passrole.engine.principals import implied_context
from passrole.engine.request import ContextValue, Principal, Request
from passrole.engine.truth import Doubt

RequestOf = Callable[[int], Request]
"""From the place of a member to its request."""


@dataclass(frozen=True, slots=True)
class Member:
    principal: Principal
    stack: CompiledStack
    like: Hashable
    """Requests of members with an equal one differ in their principals alone."""


@dataclass(frozen=True, slots=True)
class Fellows:
    """Members of one kind, for whom the same statements mean the same decision."""

    kind: Hashable
    alike: dict[Hashable, list[int]] = field(default_factory=dict)
    """Places of members by `like`."""
    implied: dict[str, ContextValue | Doubt] = field(default_factory=dict)
    """What the first of them has under its implied keys."""
    varying: set[str] = field(default_factory=set)
    """The implied keys, in lower case, under which others have something else."""

    def add(self, place: int, member: Member) -> None:
        self.alike.setdefault(member.like, []).append(place)
        implied = implied_context(member.principal)
        if not self.implied:
            self.implied.update(implied)
        self.varying.update(
            key for key in self.implied.keys() | implied.keys() if self.implied.get(key) != implied.get(key)
        )


def kind_of_member(member: Member) -> Hashable | None:
    """What matters of a member beside its statements; None for one who is asked by its stack."""
    caller = kind_of_caller(member.principal)
    if caller is None or member.stack.policies is None or member.stack.kind is None:
        return None
    # The provider is among the implied keys of a session.
    return member.stack.kind, caller, member.principal.identity_provider


def who_see_the_same(
    members: Sequence[Member], fellows: Fellows, request_of: RequestOf, keys: frozenset[str]
) -> Iterator[tuple[Request, Seen, list[int]]]:
    """Those of a kind who have the same under these keys (in lower case), with the request of the first."""
    groups: dict[Hashable, list[int]] = {}
    own_keys = sorted(keys & fellows.varying)
    for alike in fellows.alike.values():
        request = request_of(alike[0])
        shape = shape_of(request.context)
        if shape is None:
            continue
        brought = tuple((key, request.context[shape[key]]) for key in sorted(keys) if key in shape)
        if not all(is_plain(value) for _, value in brought):
            continue
        if not own_keys:
            groups.setdefault((brought, (), request.absent_keys), []).extend(alike)
            continue
        for place in alike:
            implied = implied_context(members[place].principal)
            own = tuple(implied.get(key) for key in own_keys)
            groups.setdefault((brought, own, request.absent_keys), []).append(place)
    for places in groups.values():
        request = request_of(places[0])
        shape = shape_of(request.context) or {}
        unknown = {key.lower() for key in request.unknown_keys}
        known = {key: name for key, name in shape.items() if key not in unknown}
        yield request, Seen(known, request.context, implied_for(request, keys)), places
