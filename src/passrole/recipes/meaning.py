"""What the repairs of a recipe come to: which requests the corrected policies allow and those of AWS's page do not."""

from __future__ import annotations

from dataclasses import dataclass

from passrole.policy.parse import policy_from_value
from passrole.prover.compare import Comparison, compare, policy_side
from passrole.prover.sides import Side
from passrole.recipes.desired import RenderedPolicy
from passrole.recipes.difference import Difference


@dataclass(frozen=True, slots=True)
class PolicyMeaning:
    """A policy that both variants have, in other words; `comparison` is of the corrected one to the documented one."""

    policy_id: str
    comparison: Comparison


def policy_meanings(found: Difference) -> tuple[PolicyMeaning, ...]:
    """In the order of the corrected variant; policies that only one variant has are left out."""
    changed = {statement.policy_id for statement in found.statements}
    before = {policy.id: policy for policy in found.documented.policies}
    return tuple(
        PolicyMeaning(policy.id, compare(_side(before[policy.id]), _side(policy), witnesses=2))
        for policy in found.corrected.policies
        if policy.id in changed and policy.id in before and before[policy.id].type is policy.type
    )


def _side(rendered: RenderedPolicy) -> Side:
    return policy_side(policy_from_value(rendered.to_value(), rendered.id), rendered.type, rendered.id)
