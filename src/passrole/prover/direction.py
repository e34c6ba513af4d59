"""One question of a comparison: which requests does one side allow and the other does not?

First over all requests, which needs no list of actions: mostly there are none, and that is an answer without
assumptions. Else among the requests that AWS could receive, for a witness.
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


def more_than(new: Side, old: Side, *, known_actions: bool, witnesses: int, steps: int) -> Found:
    """What `new` allows and `old` does not. Never raises."""
    effort = Effort(steps)
    try:
        return _more_than(new, old, known_actions, witnesses, effort)
    except TooHardError as error:
        return Found(undecided_because=(error.message,))


def _more_than(new: Side, old: Side, known_actions: bool, witnesses: int, effort: Effort) -> Found:
    bindings: Bindings = {}
    prepared_new, prepared_old = prepare(new, bindings), prepare(old, bindings)
    views = (*prepared_new.views(), *prepared_old.views())
    anything = Space(views, bindings, effort, known_actions=False)
    point = next(differences(prepared_new, prepared_old, anything, POSSIBLE), None)
    if point is None:
        return _none(anything, ())
    if not known_actions:
        return _witnessed(new, old, prepared_new, prepared_old, anything, witnesses, ())
    known = Space(views, bindings, effort, known_actions=True)
    return _witnessed(new, old, prepared_new, prepared_old, known, witnesses, (KNOWN_ACTIONS,))


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
            covers = [*denied, *((told.view, SURE) for told in layer)]
            yield from space.find([(told.view, SURE) for told in boxes], covers)
        for deny in lost_denies:
            yield from space.find([*((told.view, SURE) for told in boxes), (deny.view, how)], denied)


def _boxes(side: Prepared) -> Iterator[tuple[Told, ...]]:
    """An Allow of every layer: together they allow."""
    return product(*side.allows)


def overlap(old: Side, new: Side, *, known_actions: bool, steps: int) -> Found:
    """A request that both sides allow. Never raises."""
    try:
        bindings: Bindings = {}
        one, other = prepare(old, bindings), prepare(new, bindings)
        space = Space((*one.views(), *other.views()), bindings, Effort(steps), known_actions=known_actions)
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


