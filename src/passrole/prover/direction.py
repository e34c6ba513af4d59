"""One question of a comparison: which requests does one side allow and the other does not?

First among the requests that AWS could receive, for a witness. If there is none, over all texts: mostly there is
none either, and the answer rests on no list of actions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

from passrole.engine.evaluate import evaluate
from passrole.prover.sides import Prepared, Side, Told, prepare, variables_in
from passrole.prover.space import Part, Point, Space
from passrole.prover.texts import Effort, TooHardError
from passrole.prover.views import Bindings
from passrole.prover.witness import Witness, is_denied, request_of, surrounded

KNOWN_ACTIONS = "an action is one that AWS lists or a policy names, and is about the resources that AWS lists for it"

SURE, POSSIBLE = False, True


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
    """Two sides, taken apart once for both directions."""

    __slots__ = ("anything", "effort", "known", "one", "other", "prepared")

    def __init__(self, one: Side, other: Side, steps: int, *, known_actions: bool) -> None:
        self.one, self.other = one, other
        self.effort = Effort(steps)
        bindings: Bindings = {}
        self.prepared = {side: prepare(side, bindings) for side in (one, other)}
        views = tuple(view for prepared in self.prepared.values() for view in prepared.views())
        self.anything = Space(views, bindings, self.effort, known_actions=False)
        self.known = Space(views, bindings, self.effort, known_actions=True) if known_actions else None


def more_than(contest: Contest, new: Side, old: Side, witnesses: int) -> Found:
    """What `new` allows and `old` does not. Never raises."""
    try:
        return _more_than(contest, new, old, witnesses)
    except TooHardError as error:
        return Found(undecided_because=(error.message,))


def _more_than(contest: Contest, new: Side, old: Side, witnesses: int) -> Found:
    prepared_new, prepared_old = contest.prepared[new], contest.prepared[old]
    anything, known = contest.anything, contest.known
    if known is None:
        return _witnessed(new, old, prepared_new, prepared_old, anything, witnesses, ())
    found = _witnessed(new, old, prepared_new, prepared_old, known, witnesses, (KNOWN_ACTIONS,))
    if found.assumptions and next(differences(prepared_new, prepared_old, anything, POSSIBLE), None) is None:
        return _none(anything, ())
    return found


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
        request = request_of(point)
        decisions = [evaluate(request, surrounded(side.stack, request)) for side in (old, new)]
        witness = Witness(request, *decisions)
        if witness.new.allowed and is_denied(witness.old):
            found.append(witness)
        else:
            unconfirmed.append(f"the engine does not confirm {request.action} on {request.resource}")
        if len(found) >= witnesses or len(unconfirmed) > 10:
            break
    if found:
        return Found(tuple(found))
    if unconfirmed:
        return Found(undecided_because=tuple(unconfirmed[:1]))
    point = next(differences(prepared_new, prepared_old, space, POSSIBLE), None)
    if point is None:
        return _none(space, assumptions)
    request = request_of(point)
    doubts = [evaluate(request, surrounded(side.stack, request)).undecided_because for side in (old, new)]
    reasons = tuple(dict.fromkeys(reason for each in doubts for reason in each))
    return Found(undecided_because=reasons or (f"it depends on {request.action} on {request.resource}",))


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


def overlap(contest: Contest) -> Found:
    """A request that both sides allow. Never raises."""
    old, new = contest.one, contest.other
    space = contest.known or contest.anything
    try:
        one, other = contest.prepared[old], contest.prepared[new]
        denied: list[Part] = [(told.view, POSSIBLE) for told in (*one.denies, *other.denies)]
        for boxes in product(*one.allows, *other.allows):
            for point in space.find([(told.view, SURE) for told in boxes], denied):
                request = request_of(point)
                decisions = [evaluate(request, surrounded(side.stack, request)) for side in (old, new)]
                if all(decision.allowed for decision in decisions):
                    return Found((Witness(request, *decisions),))
        return Found()
    except TooHardError as error:
        return Found(undecided_because=(error.message,))
