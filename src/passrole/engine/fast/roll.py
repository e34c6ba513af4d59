"""Many principals who ask the same: each distinct statement is asked once, whoever holds it.

Of requests that differ in their principals and in little else, a statement says the same wherever what it looks at is
the same. So a principal is a list of statements here, and its decision one that is kept for those of the list that
apply. Whom this does not fit (the root user, whoever a resource's policy may name) is asked by its compiled stack.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

from passrole.engine.decision import Decision
from passrole.engine.fast.circumstance import circumstance_key
from passrole.engine.fast.fellows import Fellows, Member, RequestOf, kind_of_member, who_see_the_same
from passrole.engine.fast.plan import has_traits, traits_of
from passrole.engine.fast.policy import FastPolicy, FastStatement
from passrole.engine.fast.roll_statements import APPLIES, RollStatements, Unknown
from passrole.engine.fast.taken import REQUESTS_MAY_SAY_MORE
from passrole.engine.truth import Doubt

KEPT_ACTIONS = 64
KEPT_DECISIONS = 65_536
"""Of one roll."""


@dataclass(frozen=True, slots=True)
class _Named:
    """What members hold that names one action."""

    statements: RollStatements
    held: tuple[tuple[int, ...] | None, ...]
    """For each member the numbers of its statements; None for one who is asked by its stack."""
    kept: dict[Hashable, dict[Hashable, Decision]] = field(default_factory=dict)
    """Decisions, by what else they rest on and by the statements that apply."""


class Roll:
    """Safe to share between threads: what two of them find missing at once is only made twice."""

    def __init__(self, members: Sequence[Member]) -> None:
        self._members = members
        self._policies: list[FastPolicy] = []
        self._attached: list[tuple[int, ...] | None] = []
        """For each member the numbers of its policies, as they are attached to it."""
        self._fellows: dict[Hashable, Fellows] = {}
        self._named: dict[str, _Named] = {}
        self._kept = 0
        numbers: dict[Hashable, int] = {}
        for place, member in enumerate(members):
            kind = kind_of_member(member)
            if kind is None:
                self._attached.append(None)
                continue
            self._fellows.setdefault(kind, Fellows(kind)).add(place, member)
            mine = []
            for layer, attached, policy in member.stack.policies or ():
                number = numbers.setdefault((layer, attached.type, attached.name, id(policy)), len(numbers))
                if number == len(self._policies):
                    self._policies.append(policy)
                mine.append(number)
            self._attached.append(tuple(mine))

    def decide(self, request_of: RequestOf) -> list[Decision]:
        """For each member, in their order, what `evaluate` answers.

        The requests are to differ in their principals, contexts and absent keys only, and in the latter two only for
        members who are not alike.
        """
        found: list[Decision | None] = [None] * len(self._members)
        if self._fellows and not REQUESTS_MAY_SAY_MORE:
            self._decide(request_of, found)
        return [
            self._members[place].stack.decide(request_of(place)) if decision is None else decision
            for place, decision in enumerate(found)
        ]

    def _decide(self, request_of: RequestOf, found: list[Decision | None]) -> None:
        """Leaves out those who are to be asked by their stacks."""
        any_request = request_of(0)
        action, resource = any_request.action, any_request.resource
        if "*" in action or "?" in action:
            # A question of its own, which `evaluate` answers.
            return
        named = self._named_by(action)
        about = named.statements.about(resource)
        keys = named.statements.keys(about)
        traits = traits_of(resource) if has_traits(action.lower()) else ()
        for fellows in self._fellows.values():
            for request, seen, places in who_see_the_same(self._members, fellows, request_of, keys):
                doubts = frozenset(item for item in seen.implied.items() if isinstance(item[1], Doubt))
                rests_on = (fellows.kind, circumstance_key(request), traits, doubts)
                kept = named.kept.setdefault(rests_on, {})
                said: dict[int, Unknown | bool | None] = {}
                for place in places:
                    held = named.held[place]
                    if held is None:
                        continue
                    mine: list[Hashable] = []
                    for number in held:
                        how = about[number]
                        if how == APPLIES:
                            mine.append(number)
                        elif how:
                            if number not in said:
                                said[number] = named.statements.unknown(number, resource, about, seen)
                            unknown = said[number]
                            if unknown is None:
                                break
                            if unknown is not False:
                                mine.append((number, unknown) if unknown else number)
                    else:
                        key = tuple(mine)
                        decision = kept.get(key)
                        if decision is None:
                            decision = kept[key] = self._members[place].stack.decide(request_of(place))
                            self._note_kept()
                        found[place] = decision

    def _named_by(self, action: str) -> _Named:
        found = self._named.get(action)
        if found is None:
            if len(self._named) >= KEPT_ACTIONS:
                self._named.clear()
            found = self._named[action] = self._naming(action.lower())
        return found

    def _naming(self, action: str) -> _Named:
        statements: list[FastStatement] = []
        of_policy: list[tuple[int, ...] | None] = []
        for policy in self._policies:
            numbers = []
            opaque = False
            for place in policy.statements_naming(action):
                statement = policy.statement(place)
                opaque = opaque or statement.resources.opaque
                numbers.append(len(statements))
                statements.append(statement)
            of_policy.append(None if opaque else tuple(numbers))
        return _Named(RollStatements(statements), tuple(_held(attached, of_policy) for attached in self._attached))

    def _note_kept(self) -> None:
        """One more decision is kept. Where there are too many, all starts over."""
        self._kept += 1
        if self._kept > KEPT_DECISIONS:
            self._kept = 0
            for named in self._named.values():
                named.kept.clear()


def _held(attached: tuple[int, ...] | None, of_policy: Sequence[tuple[int, ...] | None]) -> tuple[int, ...] | None:
    if attached is None:
        return None
    found: list[int] = []
    for number in attached:
        numbers = of_policy[number]
        if numbers is None:
            return None
        found += numbers
    return tuple(found)
