"""One question of a comparison: which requests does one side allow and the other does not?

First among the requests that AWS could receive, for a witness. If there is none, over all texts: mostly there is
none either, and the answer rests on no list of actions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

from passrole.engine.evaluate import evaluate
from passrole.prover.assignments import assignments
from passrole.prover.sides import (
    Prepared,
    Services,
    Side,
    Stated,
    Told,
    prepare,
    services_of_differences,
    statements_about,
    variables_in,
)
from passrole.prover.space import Point, Space
from passrole.prover.subjects import Part
from passrole.prover.symbols import letters_for
from passrole.prover.texts import Effort, TooHardError
from passrole.prover.views import Bindings
from passrole.prover.witness import Witness, is_denied, plainer, request_of, surrounded

KNOWN_ACTIONS = "an action is one that AWS lists or a policy names, and is about the resources that AWS lists for it"

SURE, POSSIBLE = False, True
MOST_DEFAULTS = 4
COST_OF_A_STATEMENT = 400
"""Of taking it apart once more for other values of its variables, in steps of the search."""


@dataclass(frozen=True, slots=True)
class Found:
    """Requests that one side allows and the other does not; or none, for sure or under assumptions; or undecided."""

    witnesses: tuple[Witness, ...] = ()
    assumptions: tuple[str, ...] = ()
    undecided_because: tuple[str, ...] = ()

    @property
    def undecided(self) -> bool:
        return bool(self.undecided_because) and not self.witnesses

    def swapped(self) -> Found:
        """With old and new the other way round in the witnesses."""
        return replace(self, witnesses=tuple(Witness(one.request, one.new, one.old) for one in self.witnesses))


class Contest:
    """Two sides with values for the policy variables in them, taken apart once for both directions."""

    __slots__ = ("anything", "effort", "known", "prepared")

    def __init__(
        self,
        sides: tuple[Side, Side],
        bindings: Bindings,
        effort: Effort,
        *,
        services: Services,
        known_actions: bool,
        symbolic: bool = False,
    ) -> None:
        self.effort = effort
        self.prepared = {side: prepare(side, bindings, services) for side in sides}
        views = tuple(view for prepared in self.prepared.values() for view in prepared.views())
        effort.spend(COST_OF_A_STATEMENT * len(views))
        outsiders = any(side.outsiders for side in sides)
        self.anything = Space(views, bindings, effort, known_actions=False, symbolic=symbolic, outsiders=outsiders)
        self.known = (
            Space(views, bindings, effort, known_actions=True, symbolic=symbolic, outsiders=outsiders)
            if known_actions
            else None
        )


class Match:
    """All contests of two sides: one for each assignment of values to policy variables, made when it is asked for."""

    __slots__ = ("_contests", "_symbolic", "effort", "known_actions", "services", "sides", "variables", "with_default")

    def __init__(self, old: Side, new: Side, steps: int, *, known_actions: bool, common: bool = False) -> None:
        """`common`: it is about what the two have in common, so that no statement can be set aside."""
        self.sides = (old, new)
        self.effort = Effort(steps)
        self.known_actions = known_actions
        self.services = None if common else services_of_differences(old, new)
        self.variables = sorted(variables_in(self._statements()))
        self.with_default = variables_in(self._statements(), only_with_default=True) if self.variables else frozenset()
        self._contests: dict[int, Contest] = {}
        self._symbolic: list[Contest] = []

    def _statements(self) -> Iterator[Stated]:
        for side in self.sides:
            yield from statements_about(side, self.services)

    def _contest(self, bindings: Bindings, *, symbolic: bool = False) -> Contest:
        return Contest(
            self.sides,
            bindings,
            self.effort,
            services=self.services,
            known_actions=self.known_actions,
            symbolic=symbolic,
        )

    def contests(self) -> Iterator[Contest]:
        """Where no statement has a variable there is one, and it decides."""
        values = assignments(self.variables, self._statements()) if self.variables else iter(({},))
        for number, bindings in enumerate(values):
            if number not in self._contests:
                self._contests[number] = self._contest(bindings)
            yield self._contests[number]

    def symbolic(self) -> list[Contest]:
        """Together they stand for all values and for absent keys.

        A letter stands for an absent key too: what names it matches nothing then, and a text with the letter is in no
        box without it. But for a variable with a default: there the two cases are told apart.
        """
        if not self._symbolic:
            letters = letters_for(self.variables)
            split = sorted(self.with_default)
            for absent in product((False, True), repeat=len(split)):
                bindings = {**letters, **{key: None for key, no in zip(split, absent, strict=True) if no}}
                self._symbolic.append(self._contest(bindings, symbolic=True))
        return self._symbolic


def more_than(match: Match, new: Side, old: Side, witnesses: int) -> Found:
    """What `new` allows and `old` does not. Never raises."""
    try:
        return _more_than(match, new, old, witnesses)
    except TooHardError as error:
        return Found(undecided_because=(error.message,))


def _more_than(match: Match, new: Side, old: Side, witnesses: int) -> Found:
    contests = match.contests()
    found = _with_values(next(contests), new, old, witnesses)
    if not match.variables or found.witnesses:
        return found
    if len(match.with_default) <= MOST_DEFAULTS:
        proved = [_whatever(contest, new, old) for contest in match.symbolic()]
        if all(proof is not None for proof in proved):
            return Found(assumptions=tuple({text for proof in proved if proof for text in proof}))
    for contest in contests:
        found = _with_values(contest, new, old, witnesses)
        if found.witnesses:
            return found
    names = ", ".join(match.variables)
    return Found(undecided_because=(f"no difference was found, but not for every value of {names}",))


def _with_values(contest: Contest, new: Side, old: Side, witnesses: int) -> Found:
    prepared_new, prepared_old = contest.prepared[new], contest.prepared[old]
    anything, known = contest.anything, contest.known
    if known is None:
        return _witnessed(new, old, prepared_new, prepared_old, anything, witnesses, ())
    found = _witnessed(new, old, prepared_new, prepared_old, known, witnesses, (KNOWN_ACTIONS,))
    if found.assumptions and next(differences(prepared_new, prepared_old, anything, POSSIBLE), None) is None:
        return _none(anything, ())
    return found


def _whatever(contest: Contest, new: Side, old: Side) -> tuple[str, ...] | None:
    """The assumptions under which there is no difference whatever the variables stand for; None without a proof."""
    prepared_new, prepared_old = contest.prepared[new], contest.prepared[old]
    for space, assumptions in ((contest.anything, ()), (contest.known, (KNOWN_ACTIONS,))):
        if space is not None and next(differences(prepared_new, prepared_old, space, POSSIBLE), None) is None:
            return None if space.lacking else assumptions
    return None


def _witnessed(
    new: Side,
    old: Side,
    prepared_new: Prepared,
    prepared_old: Prepared,
    space: Space,
    witnesses: int,
    assumptions: tuple[str, ...],
) -> Found:
    """Differences as witnesses; where there are none for sure, whether there may be some."""
    found: list[Witness] = []
    unconfirmed: list[str] = []
    for point in differences(prepared_new, prepared_old, space, SURE):
        witness = _asked(point, space, old, new)
        if _is_borne_out(witness):
            usual = plainer(point.resource)
            other = _asked(replace(point, resource=usual), space, old, new) if usual != point.resource else witness
            found.append(other if _is_borne_out(other) else witness)
        else:
            unconfirmed.append(f"the engine does not confirm {point.action} on {point.resource}")
        if len(found) >= witnesses or len(unconfirmed) > 10:
            break
    if found:
        return Found(tuple(found))
    if unconfirmed:
        return Found(undecided_because=tuple(unconfirmed[:1]))
    doubtful = next(differences(prepared_new, prepared_old, space, POSSIBLE), None)
    if doubtful is None:
        return _none(space, assumptions)
    point = doubtful
    witness = _asked(point, space, old, new)
    reasons = tuple(dict.fromkeys((*witness.old.undecided_because, *witness.new.undecided_because)))
    return Found(undecided_because=reasons or (f"it depends on {point.action} on {point.resource}",))


def _is_borne_out(witness: Witness) -> bool:
    return witness.new.allowed and is_denied(witness.old)


def _none(space: Space, assumptions: tuple[str, ...]) -> Found:
    if space.lacking:
        reasons = (f"not every value of {key} was tried: {why}" for key, why in sorted(space.lacking.items()))
        return Found(undecided_because=tuple(reasons))
    return Found(assumptions=assumptions)


def differences(new: Prepared, old: Prepared, space: Space, how: bool) -> Iterator[Point]:
    """Points that `new` allows and `old` does not: for sure (SURE), or so that the engine may answer so (POSSIBLE).

    Each comes from another pair of statements, the nearest first; raises TooHardError.
    """
    # A Deny in doubt leaves the engine undecided. For sure allowed is what no Deny may hit.
    denied: list[Part] = [(told.view, not how) for told in new.denies]
    same_denies = {told.form for told in new.denies}
    lost_denies = [told for told in old.denies if told.form not in same_denies]
    for boxes in _boxes(new):
        for layer in old.allows:
            forms = {told.form for told in layer}
            if any(told.form in forms for told in boxes):
                continue
            narrowed = boxes[0].narrowed_by(layer) if len(boxes) == 1 else boxes[0]
            if narrowed is None:
                continue
            covers = [*denied, *((told.view, SURE) for told in layer)]
            yield from space.find([(told.view, SURE) for told in (narrowed, *boxes[1:])], covers)
        for deny in lost_denies:
            yield from space.find([*((told.view, SURE) for told in boxes), (deny.view, how)], denied)


def _boxes(side: Prepared) -> Iterator[tuple[Told, ...]]:
    """An Allow of every layer: together they allow."""
    return product(*side.allows)


def overlap(match: Match) -> Found:
    """A request that both sides allow. Never raises."""
    old, new = match.sides
    try:
        for contest in match.contests():
            space = contest.known or contest.anything
            one, other = contest.prepared[old], contest.prepared[new]
            denied: list[Part] = [(told.view, POSSIBLE) for told in (*one.denies, *other.denies)]
            for boxes in product(*one.allows, *other.allows):
                for point in space.find([(told.view, SURE) for told in boxes], denied):
                    witness = _asked(point, space, old, new)
                    if witness.old.allowed and witness.new.allowed:
                        return Found((witness,))
        return Found(undecided_because=("not every value of its variables was tried",) if match.variables else ())
    except TooHardError as error:
        return Found(undecided_because=(error.message,))


def _asked(point: Point, space: Space, old: Side, new: Side) -> Witness:
    """What the engine says of a point on both sides."""
    request = request_of(replace(point, keys={**space.bindings, **point.keys}), space.spelling)
    backed = point.caller is None or point.caller.backed
    before, after = (
        evaluate(request, surrounded(side.stack, request, type=side.type, backed=backed)) for side in (old, new)
    )
    return Witness(request, before, after)
