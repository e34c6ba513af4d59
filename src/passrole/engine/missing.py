"""What would allow an implicitly denied request: each Allow that is missing, in the policy type that lacks it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import assert_never

from passrole.engine.decision import Decision, Outcome
from passrole.engine.evaluate import evaluate
from passrole.engine.explanation import LayerExplanation, Match, MissingAllow, StatementExplanation
from passrole.engine.request import Principal, PrincipalType, Request
from passrole.engine.stack import AttachedPolicy, Known, Layer, PolicyStack
from passrole.engine.statements import NAMING_PRINCIPALS, Asked
from passrole.policy.model import Effect, PolicyType
from passrole.policy.parse import policy_from_value


def missing_allows(
    request: Request, stack: PolicyStack, decision: Decision, layers: Iterable[LayerExplanation]
) -> tuple[MissingAllow, ...]:
    """Every Allow that is missing, in the order in which AWS would tell of them one after the other.

    Each is put to the engine before the next is looked for. None where no Allow can help: the root user may not
    assume a role, whatever a policy says. `layers` may be of a stack with more denials.
    """
    asked, layers = Asked.of(request, has_boundary=stack.boundary is not None), tuple(layers)
    found: list[MissingAllow] = []
    while decision.outcome is Outcome.IMPLICIT_DENY:
        missing = _missing_allow(asked, decision, layers, found)
        if missing is None or any((missing.type, missing.level) == (one.type, one.level) for one in found):
            break
        found.append(missing)
        stack = _with(stack, missing)
        decision = evaluate(request, stack)
    return tuple(found)


def _missing_allow(
    asked: Asked, decision: Decision, layers: tuple[LayerExplanation, ...], found: list[MissingAllow]
) -> MissingAllow | None:
    type = decision.decided_by  # noqa: A001
    if type is None or type is PolicyType.RCP:
        return None
    if type is PolicyType.TRUST and asked.caller.type is PrincipalType.ROOT_USER:
        return None
    of_type = [layer for layer in layers if layer.type is type]
    if type is PolicyType.SCP:
        given = {one.level for one in found if one.type is type}
        of_type = [each for each in of_type if each.level not in given and not _allows(each)][:1]
    statements = (statement for layer in of_type for policy in layer.policies for statement in policy.statements)
    return MissingAllow(
        type,
        asked.request.action,
        None if type is PolicyType.TRUST else asked.resource,
        principal_entry(asked.request.principal) if type in NAMING_PRINCIPALS else None,
        next((statement for statement in statements if _is_near(statement)), None),
        of_type[0].level if type is PolicyType.SCP and of_type else None,
    )


def _allows(layer: LayerExplanation) -> bool:
    """Whether it has an Allow that applies, be there a Deny beside it or not."""
    return any(
        statement.effect is Effect.ALLOW and statement.match is Match.YES
        for policy in layer.policies
        for statement in policy.statements
    )


def _with(stack: PolicyStack, missing: MissingAllow) -> PolicyStack:
    """The stack with the missing statement in it. Written without a Version, what looks like a variable is none."""
    policy = policy_from_value({"Statement": [missing.statement()]})
    attached = AttachedPolicy(missing.type, "the missing statement", policy)

    def more(layer: Layer | None) -> Layer:
        policies = layer.policies if isinstance(layer, Known) else ()
        return Known((*policies, attached))

    match missing.type:
        case PolicyType.IDENTITY:
            return replace(stack, identity=more(stack.identity))
        case PolicyType.RESOURCE | PolicyType.TRUST:
            return replace(stack, resource=more(stack.resource))
        case PolicyType.BOUNDARY:
            return replace(stack, boundary=more(stack.boundary))
        case PolicyType.SESSION:
            return replace(stack, session=more(stack.session))
        case PolicyType.ENDPOINT:
            return replace(stack, endpoint=more(stack.endpoint))
        case PolicyType.SCP | PolicyType.RCP:
            level = missing.level or 1
            return replace(
                stack,
                scps=tuple(more(layer) if at == level else layer for at, layer in enumerate(stack.scps, 1)),
            )
        case _:
            assert_never(missing.type)


def _is_near(statement: StatementExplanation) -> bool:
    """An Allow for the action that fails in exactly one other element."""
    if statement.effect is not Effect.ALLOW or statement.match is not Match.NO:
        return False
    failing = [element for element in statement.elements if element.match is not Match.YES]
    return len(failing) == 1 and failing[0].element not in ("Action", "NotAction")


def principal_entry(principal: Principal) -> tuple[str, str]:
    """Kind and value of a Principal element that names this caller: the role rather than one session of it."""
    match principal.type:
        case PrincipalType.ANONYMOUS:
            return "*", "*"
        case PrincipalType.SERVICE:
            return "Service", principal.arn
        case PrincipalType.WEB_IDENTITY_SESSION | PrincipalType.SAML_SESSION if principal.identity_provider:
            return "Federated", principal.identity_provider
        case _:
            return "AWS", principal.role_arn or principal.arn
