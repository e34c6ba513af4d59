"""What two policies do beside others: an Allow adds to what others allow, and a Deny takes from it.

By itself a policy whose Deny meets no Allow of its own says the same without it. Beside a policy that allows
everything it does not. So the Denies of two policies are compared there, too.
"""

from __future__ import annotations

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
from passrole.prover.compare import Actions, Comparison, compare, layers_side
from passrole.prover.texts import DEFAULT_STEPS


def denies_compared(
    old: AttachedPolicy,
    new: AttachedPolicy,
    *,
    actions: Actions = Actions.KNOWN,
    witnesses: int = 3,
    steps: int = DEFAULT_STEPS,
) -> Comparison | None:
    """How the two compare beside a policy that allows everything; None where their Denies say the same.

    What is gained there is what the old one denies and the new one does not.
    """
    if _denies(old.policy) == _denies(new.policy):
        return None
    sides = [layers_side(((_beside_everything(each),),)) for each in (old, new)]
    return compare(sides[0], sides[1], actions=actions, witnesses=witnesses, steps=steps)


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
