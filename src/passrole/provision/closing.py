"""A policy with statements of another added, as one document that IAM takes and that means both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from passrole.policy.model import Policy, Statement
from passrole.policy.normal import mentions_variable


def closed_policy(own: Policy, gap: Sequence[Statement], origin: Policy) -> Policy | None:
    """`own` with the statements `gap` of `origin`; None where no version of the policy language suits both.

    A statement loses a Sid that is taken: "The Sid value must be unique within a JSON policy".
    <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html>
    """
    version = own.version
    if own.has_policy_variables is not origin.has_policy_variables and mentions_variable(gap):
        if mentions_variable(own.statements):
            return None
        version = origin.version
    taken = {each.sid for each in own.statements}
    added: list[Statement] = []
    for statement in gap:
        added.append(replace(statement, sid=None) if statement.sid in taken else statement)
        taken.add(statement.sid)
    return replace(own, version=version, statements=(*own.statements, *added))
