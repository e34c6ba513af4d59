"""Necessity: which granted statements and actions the rehearsed workflow needs, and which no step needs.

Relative to the workflow and nothing else: an action that no step uses may be needed by a call that the workflow does
not tell, which is why each recipe says why such an action stays.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from passrole.activity.rehearse import Question, Rehearsal, Verdict
from passrole.engine.evaluate import evaluate
from passrole.engine.stack import AttachedPolicy, Known, Layer, PolicyStack
from passrole.policy.model import Effect, Policy, Statement
from passrole.policy.normal import statement_normal_form
from passrole.policy.parse import policy_from_value
from passrole.recipes.desired import DesiredState, RenderedPolicy, RenderedStatement


@dataclass(frozen=True, slots=True)
class Need:
    """One granted thing and the step that breaks without it.

    `action` is None when the whole statement was dropped. `breaks` is the first step that fails without it,
    `WORKFLOW step N`; None when no step needs it, and `keep` then says why it stays (None: nobody says).
    """

    policy: str
    statement_number: int
    sid: str | None
    action: str | None
    breaks: str | None
    keep: str | None
    by_recipe: bool
    """Whether the recipe asks for this statement; what others put into the account is told apart."""


def needs(rehearsal: Rehearsal) -> tuple[Need, ...]:
    """Drop each Allow statement, then each of its actions, of every policy that the rehearsal consulted.

    AWS managed policies are taken as wholes, since nobody can edit them. Only steps that were allowed count.
    """
    allowed = [
        (name, result, question)
        for workflow in rehearsal.workflows
        for result in workflow.steps
        if result.verdict is Verdict.ALLOWED
        for name in (f"{workflow.workflow.id} step {result.step.number}",)
        for question in result.questions
    ]
    wanted = _wanted_statements(rehearsal.desired)
    found: list[Need] = []
    for attached in _consulted(rehearsal):
        concerned = [(name, question) for name, _result, question in allowed if _has(question.stack, attached)]
        if _is_aws_managed(attached.name):
            broken = _first_broken(concerned, attached, Policy((), attached.policy.version))
            found.append(Need(attached.name, 0, None, None, broken, "an AWS managed policy is attached whole", True))
            continue
        for index, statement in enumerate(attached.policy.statements):
            if statement.effect is Effect.ALLOW:
                found.extend(_needs_of_statement(attached, index, statement, concerned, wanted))
    return tuple(found)


def _needs_of_statement(
    attached: AttachedPolicy,
    index: int,
    statement: Statement,
    concerned: list[tuple[str, Question]],
    wanted: dict[object, RenderedStatement],
) -> Iterable[Need]:
    rendered = wanted.get(statement_normal_form(statement))
    broken = _first_broken(concerned, attached, _without_statement(attached.policy, index))
    keep = rendered.keep if rendered else None
    by_recipe = rendered is not None
    yield Need(attached.name, index + 1, statement.sid, None, broken, keep, by_recipe)
    if statement.actions.negated or len(statement.actions.patterns) < 2:
        return
    for pattern in statement.actions.patterns:
        broken = _first_broken(concerned, attached, _without_action(attached.policy, index, pattern.text))
        keep_action = rendered.keep_actions.get(pattern.text, rendered.keep) if rendered else None
        yield Need(attached.name, index + 1, statement.sid, pattern.text, broken, keep_action, by_recipe)


def _first_broken(concerned: list[tuple[str, Question]], attached: AttachedPolicy, reduced: Policy) -> str | None:
    smaller = replace(attached, policy=reduced)
    for name, question in concerned:
        if not evaluate(question.request, _swap(question.stack, attached, smaller)).allowed:
            return name
    return None


def _consulted(rehearsal: Rehearsal) -> tuple[AttachedPolicy, ...]:
    seen: dict[tuple[object, str], AttachedPolicy] = {}
    for question in rehearsal.questions():
        for layer in (question.stack.identity, question.stack.resource):
            if isinstance(layer, Known) and layer.assumption is None:
                for attached in layer.policies:
                    seen.setdefault((attached.type, attached.name), attached)
    return tuple(seen.values())


def _has(stack: PolicyStack, attached: AttachedPolicy) -> bool:
    return any(isinstance(layer, Known) and attached in layer.policies for layer in (stack.identity, stack.resource))


def _swap(stack: PolicyStack, old: AttachedPolicy, new: AttachedPolicy) -> PolicyStack:
    def swapped(layer: Layer) -> Layer:
        if isinstance(layer, Known) and old in layer.policies:
            return replace(layer, policies=tuple(new if policy == old else policy for policy in layer.policies))
        return layer

    return replace(stack, identity=swapped(stack.identity), resource=swapped(stack.resource))


def _without_statement(policy: Policy, index: int) -> Policy:
    return replace(policy, statements=policy.statements[:index] + policy.statements[index + 1 :])


def _without_action(policy: Policy, index: int, action: str) -> Policy:
    statement = policy.statements[index]
    patterns = tuple(pattern for pattern in statement.actions.patterns if pattern.text != action)
    smaller = replace(statement, actions=replace(statement.actions, patterns=patterns))
    return replace(policy, statements=(*policy.statements[:index], smaller, *policy.statements[index + 1 :]))


def _wanted_statements(desired: DesiredState) -> dict[object, RenderedStatement]:
    return {
        statement_normal_form(parsed): rendered
        for policy in rendered_policies(desired)
        for rendered, parsed in zip(
            policy.statements, policy_from_value(policy.to_value(), policy.id).statements, strict=True
        )
    }


def rendered_policies(desired: DesiredState) -> tuple[RenderedPolicy, ...]:
    """Every document that the set-up writes into the account, trust policies included, each once."""
    found: list[RenderedPolicy] = []
    for user in desired.users:
        found.extend(user.inline_policies.values())
    for group in desired.groups:
        found.extend(group.inline_policies.values())
    for role in desired.roles:
        found.extend(role.inline_policies.values())
        if role.trust_policy:
            found.append(role.trust_policy)
    found.extend(policy.policy for policy in desired.managed_policies)
    return tuple({(policy.id, repr(policy.to_value())): policy for policy in found}.values())


def _is_aws_managed(name: str) -> bool:
    return ":iam::aws:policy/" in name
