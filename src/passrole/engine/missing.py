"""What would allow an implicitly denied request: the Allow that is missing, in the policy type that lacks it."""

from __future__ import annotations

from collections.abc import Iterable

from passrole.engine.decision import Decision
from passrole.engine.explanation import LayerExplanation, Match, MissingAllow, StatementExplanation
from passrole.engine.request import Principal, PrincipalType
from passrole.engine.statements import NAMING_PRINCIPALS, Asked
from passrole.policy.model import Effect, PolicyType


def missing_allow(asked: Asked, decision: Decision, layers: Iterable[LayerExplanation]) -> MissingAllow | None:
    """None where no Allow can help: the root user may not assume a role, whatever a policy says."""
    type = decision.decided_by  # noqa: A001
    if type is None or type is PolicyType.RCP:
        return None
    if type is PolicyType.TRUST and asked.caller.type is PrincipalType.ROOT_USER:
        return None
    of_type = [layer for layer in layers if layer.type is type]
    statements = (statement for layer in of_type for policy in layer.policies for statement in policy.statements)
    return MissingAllow(
        type,
        asked.request.action,
        None if type is PolicyType.TRUST else asked.resource,
        principal_entry(asked.request.principal) if type in NAMING_PRINCIPALS else None,
        next((statement for statement in statements if _is_near(statement)), None),
    )


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
