"""One question of a comparison: which requests does one side allow and the other does not?

First among the requests that AWS could receive, for a witness. If there is none, over all texts: mostly there is
none either, and the answer rests on no list of actions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

from passrole.engine.evaluate import evaluate_each
from passrole.prover import satisfiability, text_solver
from passrole.prover.action_groups import Part
from passrole.prover.contest import Contest, Match
from passrole.prover.points import Point
from passrole.prover.sides import Side
from passrole.prover.space import Space
from passrole.prover.texts import TooHardError
from passrole.prover.witness import Witness, is_denied, plainer, request_of, surrounded

KNOWN_ACTIONS = "an action is one that AWS lists or a policy names, and is about the resources that AWS lists for it"

WITH_A_SOLVER = "; with a solver it may be found out: pip install 'passrole[solver]'"

SURE, POSSIBLE = False, True
MOST_DEFAULTS = 4


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


def more_than(match: Match, new: Side, old: Side, witnesses: int) -> Found:
    """What `new` allows and `old` does not. Never raises."""
    try:
        return _more_than(match, new, old, witnesses)
    except TooHardError as error:
        return _given_up(error)


def _given_up(error: TooHardError) -> Found:
    more = "" if satisfiability.has_solver() and text_solver.has_solver() else WITH_A_SOLVER
    return Found(undecided_because=(f"{error.message}{more}",))


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
    anything, known = contest.anything, contest.known
    if known is None:
        return _witnessed(contest, new, old, anything, witnesses, ())
    found = _witnessed(contest, new, old, known, witnesses, (KNOWN_ACTIONS,))
    if found.assumptions and next(differences(contest, new, old, anything, POSSIBLE), None) is None:
        return _none(anything, ())
    return found


def _whatever(contest: Contest, new: Side, old: Side) -> tuple[str, ...] | None:
    """The assumptions under which there is no difference whatever the variables stand for; None without a proof."""
    for space, assumptions in ((contest.anything, ()), (contest.known, (KNOWN_ACTIONS,))):
        if space is not None and next(differences(contest, new, old, space, POSSIBLE), None) is None:
            return None if space.lacking else assumptions
    return None


def _witnessed(
    contest: Contest, new: Side, old: Side, space: Space, witnesses: int, assumptions: tuple[str, ...]
) -> Found:
    """Differences as witnesses; where there are none for sure, whether there may be some."""
    found: list[Witness] = []
    unconfirmed: list[str] = []
    for sure in differences(contest, new, old, space, SURE):
        usual = plainer(sure.resource)
        witness = _asked(replace(sure, resource=usual), space, old, new)
        if usual != sure.resource and not _is_borne_out(witness):
            witness = _asked(sure, space, old, new)
        if _is_borne_out(witness):
            found.append(witness)
        else:
            reasons = (*witness.old.undecided_because, *witness.new.undecided_because)
            why = f": {reasons[0]}" if reasons else ""
            unconfirmed.append(f"the engine does not confirm {sure.action} on {sure.resource}{why}")
        if len(found) >= witnesses or len(unconfirmed) > 10:
            break
    if found:
        return Found(tuple(found))
    if unconfirmed:
        return Found(undecided_because=tuple(unconfirmed[:1]))
    # Where nothing was in doubt the same search would find the same.
    point = None if space.is_certain else next(differences(contest, new, old, space, POSSIBLE), None)
    if point is None:
        return _none(space, assumptions)
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


def differences(contest: Contest, new: Side, old: Side, space: Space, how: bool) -> Iterator[Point]:
    """Points that `new` allows and `old` does not: for sure (SURE), or so that the engine may answer so (POSSIBLE).

    Each comes from another pair of statements, the nearest first; raises TooHardError.
    """
    one, other = contest.prepared[new], contest.prepared[old]
    # A statement in doubt leaves the engine undecided. For sure allowed is what no Deny may hit, and for sure denied
    # what no Allow may.
    denied: list[Part] = [(told.view, not how) for told in one.denies]
    same_denies = {told.form for told in one.denies}
    # Whatever a Deny that plainly says as much means where it is in doubt, it means it of the other's requests, too.
    lost = (contest.narrowed(told, one.denies) for told in other.denies if told.form not in same_denies)
    lost_denies = [told for told in lost if told is not None]
    layers = [
        (layer, {told.form for told in layer}, [*denied, *((told.view, not how) for told in layer)])
        for layer in other.allows
    ]
    for boxes in product(*one.allows):
        for layer, forms, covers in layers:
            if any(told.form in forms for told in boxes):
                continue
            narrowed = contest.narrowed(boxes[0], layer) if len(boxes) == 1 else boxes[0]
            if narrowed is not None:
                yield from space.find([(told.view, how) for told in (narrowed, *boxes[1:])], covers)
        for deny in lost_denies:
            yield from space.find([*((told.view, how) for told in boxes), (deny.view, how)], denied)


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
        return _given_up(error)


def _asked(point: Point, space: Space, old: Side, new: Side) -> Witness:
    """What the engine says of a point on both sides."""
    request = request_of(replace(point, keys={**space.bindings, **point.keys}), space.spelling)
    backed = point.caller is None or point.caller.backed
    stacks = (surrounded(side.stack, request, type=side.type, backed=backed) for side in (old, new))
    before, after = evaluate_each(request, stacks)
    return Witness(request, before, after)
