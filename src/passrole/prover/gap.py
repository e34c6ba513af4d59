"""What one policy lacks of another, statement by statement: the statements that would close the gap."""

from __future__ import annotations

from dataclasses import replace

from passrole.engine.stack import AttachedPolicy
from passrole.policy.model import Effect, Policy, PolicyType, Statement
from passrole.policy.normal import StatementNormalForm, statement_normal_form
from passrole.prover.compare import compare, policy_side
from passrole.prover.texts import DEFAULT_STEPS


def missing_statements(
    policy: AttachedPolicy, wanted: AttachedPolicy, steps: int = DEFAULT_STEPS
) -> tuple[Statement, ...]:
    """The Allow statements of `wanted` that allow something, beside its own Denies, that `policy` does not.

    A statement about which this is not decided is among them. After them come the Denies of `wanted` that `policy` does
    not state: added without these, the Allows could allow what neither policy does.
    """
    if policy.type in (PolicyType.RESOURCE, PolicyType.TRUST):
        raise ValueError("statements that name principals are compared as whole policies")
    denies = tuple(each for each in wanted.policy.statements if each.effect is Effect.DENY)
    have = policy_side(policy.policy, policy.type, policy.name)
    missing: list[Statement] = []
    for statement in wanted.policy.statements:
        if statement.effect is Effect.DENY:
            continue
        alone: Policy = replace(wanted.policy, statements=(statement, *denies))
        if compare(have, policy_side(alone, wanted.type, wanted.name), witnesses=1, steps=steps).may_gain:
            missing.append(statement)
    if missing:
        stated = _denies(policy.policy)
        variables = wanted.policy.has_policy_variables
        missing += [each for each in denies if (statement_normal_form(each), variables) not in stated]
    return tuple(missing)


def _denies(policy: Policy) -> set[tuple[StatementNormalForm, bool]]:
    denies = (each for each in policy.statements if each.effect is Effect.DENY)
    return {(statement_normal_form(each), policy.has_policy_variables) for each in denies}
