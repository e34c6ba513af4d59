"""The answers of a simulation as the API's EvaluationResult: one for an action, with a part for each resource.

Source: IAM API Reference, EvaluationResult
<https://docs.aws.amazon.com/IAM/latest/APIReference/API_EvaluationResult.html>
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from passrole.account.params import Result
from passrole.account.simulation.positions import places_of_statements
from passrole.account.simulation.request import EVERYTHING
from passrole.account.simulation.simulator import Answer, Simulated
from passrole.account.simulation.source_policy import SourcePolicy
from passrole.catalog.actions import get_action, get_resource_type
from passrole.engine.decision import StatementRef

Sources = Mapping[str, SourcePolicy]
"""The policies of a simulation by their keys."""


def evaluation_result(
    action: str, resources: Sequence[str], simulated: Sequence[Simulated], sources: Sources
) -> Result:
    """The strictest decision stands for the action; the statements shown are those of the resources that have it."""
    answer = max((one.answer for one in simulated), key=lambda one: one.strictness)
    deciding = [one for one in simulated if one.answer is answer]
    everything = tuple(resources) == EVERYTHING
    result: Result = {
        "EvalActionName": action,
        "EvalResourceName": "*" if everything else _arn_template(action),
        "EvalDecision": answer.value,
        "MatchedStatements": _statements(
            () if _is_across(deciding) and answer is Answer.IMPLICIT_DENY else _each(deciding), sources
        ),
        "MissingContextValues": list(dict.fromkeys(key for one in simulated for key in one.missing_keys)),
    }
    by_organization = [one.allowed_by_organization for one in simulated if one.allowed_by_organization is not None]
    if by_organization:
        result["OrganizationsDecisionDetail"] = {"AllowedByOrganizations": all(by_organization)}
    result |= _boundary(simulated)
    if everything:
        return result
    if all(by_organization):
        result["EvalDecisionDetails"] = _strictest_by_type(simulated)
    result["ResourceSpecificResults"] = [
        _resource_result(resource, one, sources) for resource, one in zip(resources, simulated, strict=True)
    ]
    return result


def _resource_result(resource: str, simulated: Simulated, sources: Sources) -> Result:
    result: Result = {
        "EvalResourceName": resource,
        "EvalResourceDecision": simulated.answer.value,
        "MatchedStatements": _statements(simulated.matched, sources),
        "MissingContextValues": list(simulated.missing_keys),
        **_boundary([simulated]),
    }
    if simulated.by_type is not None:
        result["EvalDecisionDetails"] = {name: answer.value for name, answer in simulated.by_type.items()}
    return result


def _boundary(simulated: Sequence[Simulated]) -> Result:
    answers = [one.allowed_by_boundary for one in simulated if one.allowed_by_boundary is not None]
    return {"PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": all(answers)}} if answers else {}


def _is_across(simulated: Sequence[Simulated]) -> bool:
    return any(one.by_type is not None for one in simulated)


def _strictest_by_type(simulated: Sequence[Simulated]) -> dict[str, str]:
    """Empty within one account."""
    strictest: dict[str, Answer] = {}
    for one in simulated:
        for name, answer in (one.by_type or {}).items():
            if name not in strictest or answer.strictness > strictest[name].strictness:
                strictest[name] = answer
    return {name: answer.value for name, answer in strictest.items()}


def _each(simulated: Iterable[Simulated]) -> tuple[StatementRef, ...]:
    # By place: to compare statements word by word would take longer than to decide.
    found = {(id(ref.attached), ref.index): ref for one in simulated for ref in one.matched}
    return tuple(found.values())


def _statements(refs: Iterable[StatementRef], sources: Sources) -> list[Result]:
    found: list[Result] = []
    for ref in refs:
        source = sources[ref.attached.name]
        place = places_of_statements(source.document)[ref.index]
        found.append(
            {
                "SourcePolicyId": source.id,
                "SourcePolicyType": source.type.value,
                "StartPosition": place.start.shape(),
                "EndPosition": place.end.shape(),
            }
        )
    return found


def _arn_template(action: str) -> str:
    """The format that AWS publishes for the resource of an action; `*` for one that has none."""
    entry = get_action(action)
    if entry is None:
        return "*"
    kinds = [
        (not resource.required, len(kind.arn_format), kind.arn_format)
        for resource in entry.resources
        if (kind := get_resource_type(entry.service, resource.name)) is not None
    ]
    # Of several kinds the one that must be there, then the plainest: which AWS takes is not documented.
    return min(kinds)[2] if kinds else "*"
