"""Two sets of policies compared by meaning: what the new one allows and the old one does not, and the other way round.

Either answer can be trusted: for a yes every request was considered, and for a no there is a request, about which the
engine was asked. Where neither is to be had the answer is undecided and says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from passrole.engine.stack import AttachedPolicy
from passrole.policy.model import Policy, PolicyType
from passrole.prover.contest import Match
from passrole.prover.direction import Found, more_than, overlap
from passrole.prover.sides import INTERFACE_ENDPOINT, RCP_FULL_AWS_ACCESS, Side, may_name_callers_of_gateway
from passrole.prover.texts import DEFAULT_STEPS, Effort, SecondsLeft
from passrole.prover.witness import Witness


class Relation(Enum):
    """Of the new to the old."""

    EQUIVALENT = "equivalent"
    BROADER = "broader"
    NARROWER = "narrower"
    INCOMPARABLE = "incomparable"
    DISJOINT = "disjoint"
    UNDECIDED = "undecided"


class Certainty(Enum):
    EXACT = "exact"
    ASSUMING = "exact under assumptions"
    UNDECIDED = "undecided"


class Actions(Enum):
    """The actions that a comparison ranges over."""

    KNOWN = "known"
    """Those that AWS lists, each on the resources that AWS lists for it, and what the policies name besides."""
    ANY = "any"
    """All texts of the form `service:Name`, on every text of the form of an ARN."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """`gained` are requests that only the new side allows, `lost` those that only the old side allows."""

    relation: Relation
    certainty: Certainty
    gained: tuple[Witness, ...]
    lost: tuple[Witness, ...]
    assumptions: tuple[str, ...]
    """What the answer rests on; empty where it holds for all requests whatever."""
    undecided_because: tuple[str, ...]
    common: Witness | None = None
    """A request that both allow, where neither holds the other."""

    @property
    def is_exactly_equivalent(self) -> bool:
        """Whether no request whatever tells the two apart, also of actions that AWS does not list yet."""
        return self.relation is Relation.EQUIVALENT and self.certainty is Certainty.EXACT

    @property
    def may_gain(self) -> bool:
        """Whether the new side allows more, for sure or possibly."""
        return bool(self.gained) or self.relation is Relation.UNDECIDED


def policy_side(policy: Policy, type: PolicyType = PolicyType.IDENTITY, name: str = "policy") -> Side:  # noqa: A002
    """One policy by itself, with everything else as favourable as can be.

    A resource control policy stands beside RCPFullAWSAccess, which "can't be detached".
    """
    attached = AttachedPolicy(type, name, policy)
    return layers_side(((RCP_FULL_AWS_ACCESS, attached) if type is PolicyType.RCP else (attached,),))


def layers_side(layers: Sequence[Sequence[AttachedPolicy]]) -> Side:
    """Layers that must all allow: identity-based policies, a boundary, a session policy, levels of SCPs."""
    return Side(tuple(tuple(layer) for layer in layers))


def compare(
    old: Side,
    new: Side,
    *,
    actions: Actions = Actions.KNOWN,
    witnesses: int = 3,
    steps: int = DEFAULT_STEPS,
    seconds_left: SecondsLeft | None = None,
) -> Comparison:
    """The relation of the new side to the old, with at most so many witnesses each way. Never raises.

    `steps` and `seconds_left` limit the search; what is not found out by then is undecided.
    """
    effort = Effort(steps, seconds_left)
    match = Match(old, new, effort, known_actions=actions is Actions.KNOWN)
    gained = more_than(match, new, old, witnesses)
    lost = more_than(match, old, new, witnesses).swapped()
    reasons = tuple(dict.fromkeys((*gained.undecided_because, *lost.undecided_because)))
    common: Found | None = None
    if gained.undecided or lost.undecided:
        relation = Relation.UNDECIDED
    elif gained.witnesses and lost.witnesses:
        common = overlap(Match(old, new, effort, known_actions=match.known_actions, common=True))
        relation = Relation.INCOMPARABLE if common.witnesses or common.undecided else Relation.DISJOINT
    else:
        relation = {
            (False, False): Relation.EQUIVALENT,
            (True, False): Relation.BROADER,
            (False, True): Relation.NARROWER,
        }[bool(gained.witnesses), bool(lost.witnesses)]
    sources = [found for found in (gained, lost, common) if found is not None]
    supposed = [text for found in sources for text in found.assumptions]
    if relation is not Relation.UNDECIDED and any(map(may_name_callers_of_gateway, (old, new))):
        supposed.append(INTERFACE_ENDPOINT)
    assumptions = tuple(dict.fromkeys(supposed))
    certainty = Certainty.ASSUMING if assumptions else Certainty.EXACT
    if relation is Relation.UNDECIDED:
        certainty = Certainty.UNDECIDED
    return Comparison(
        relation,
        certainty,
        gained.witnesses,
        lost.witnesses,
        assumptions,
        reasons,
        common.witnesses[0] if common and common.witnesses else None,
    )
