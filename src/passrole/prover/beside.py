"""What two policies do beside others: an Allow adds to what others allow, and a Deny takes from it.

By itself a policy whose Deny meets no Allow of its own says the same without it. Beside a policy that allows
everything it does not. So the Denies of two policies are compared there, too.
"""

from __future__ import annotations

from dataclasses import dataclass

from passrole.engine.stack import AttachedPolicy
from passrole.engine.statements import NAMING_PRINCIPALS
from passrole.policy.model import (
    ActionElement,
    Effect,
    Policy,
    PolicyType,
    PrincipalElement,
    PrincipalEntry,
    PrincipalKind,
    ResourceElement,
    Statement,
    Value,
)
from passrole.policy.normal import statement_normal_form
from passrole.prover.compare import Actions, Comparison, Relation, compare, layers_side, policy_side
from passrole.prover.texts import DEFAULT_STEPS, SecondsLeft


@dataclass(frozen=True, slots=True)
class WholeComparison:
    """`denies` is how the two compare beside a policy that allows everything; None where that adds nothing."""

    itself: Comparison
    denies: Comparison | None

    @property
    def equivalent(self) -> bool:
        return self.itself.relation is Relation.EQUIVALENT and self.denies is None

    @property
    def undecided(self) -> bool:
        """Whether nothing is known to differ, and something may."""
        compared = [self.itself, *((self.denies,) if self.denies else ())]
        if any(each.gained or each.lost for each in compared):
            return False
        return any(each.relation is Relation.UNDECIDED for each in compared)


def compare_wholly(
    old: AttachedPolicy,
    new: AttachedPolicy,
    *,
    actions: Actions = Actions.KNOWN,
    witnesses: int = 3,
    steps: int = DEFAULT_STEPS,
    seconds_left: SecondsLeft | None = None,
) -> WholeComparison:
    """Two policies by themselves, and beside others where that shows more."""
    sides = [policy_side(each.policy, each.type, each.name) for each in (old, new)]
    itself = compare(sides[0], sides[1], actions=actions, witnesses=witnesses, steps=steps, seconds_left=seconds_left)
    denies = denies_compared(old, new, actions=actions, witnesses=witnesses, steps=steps, seconds_left=seconds_left)
    return WholeComparison(itself, denies if denies is not None and _adds(denies, itself) else None)


def _adds(denies: Comparison, itself: Comparison) -> bool:
    if denies.relation is Relation.UNDECIDED:
        return itself.relation is not Relation.UNDECIDED
    return bool((denies.gained and not itself.gained) or (denies.lost and not itself.lost))


def denies_compared(
    old: AttachedPolicy,
    new: AttachedPolicy,
    *,
    actions: Actions = Actions.KNOWN,
    witnesses: int = 3,
    steps: int = DEFAULT_STEPS,
    seconds_left: SecondsLeft | None = None,
) -> Comparison | None:
    """How the two compare beside a policy that allows everything; None where their Denies say the same.

    What is gained there is what the old one denies and the new one does not.
    """
    if _denies(old.policy) == _denies(new.policy):
        return None
    sides = [layers_side(((_beside_everything(each),),)) for each in (old, new)]
    return compare(sides[0], sides[1], actions=actions, witnesses=witnesses, steps=steps, seconds_left=seconds_left)


def _denies(policy: Policy) -> tuple[object, bool]:
    denies = [each for each in policy.statements if each.effect is Effect.DENY]
    return frozenset(map(statement_normal_form, denies)), policy.has_policy_variables and bool(denies)


def _beside_everything(attached: AttachedPolicy) -> AttachedPolicy:
    everyone = PrincipalElement(False, (PrincipalEntry(PrincipalKind.EVERYONE, Value("*")),))
    everything = Statement(
        Effect.ALLOW,
        ActionElement(False, (Value("*"),)),
        None if attached.type is PolicyType.TRUST else ResourceElement(False, (Value("*"),)),
        everyone if attached.type in NAMING_PRINCIPALS else None,
    )
    policy = attached.policy
    denies = tuple(each for each in policy.statements if each.effect is Effect.DENY)
    return AttachedPolicy(
        attached.type, attached.name, Policy((*denies, everything), policy.version, policy.id, policy.source)
    )
