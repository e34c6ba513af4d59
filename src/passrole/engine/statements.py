"""Whether a statement applies to a request: every element must match.

Each element's truth is settled for the statement's effect before they are put together: what is not understood
grants nothing in an Allow, and leaves a doubt in a Deny.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from passrole.engine.caller import Caller
from passrole.engine.compiled import CompiledStatement
from passrole.engine.conditions import condition_truth
from passrole.engine.context import Context
from passrole.engine.principal_element import NOT_NAMED, Named, PreparedPrincipals, naming
from passrole.engine.request import PrincipalType, Request
from passrole.engine.special_actions import CALLED_WITH_TOKEN
from passrole.engine.truth import Truth, all_of, any_of, negation, not_understood, settle, unknown
from passrole.policy.model import Effect, PolicyType

NAMING_PRINCIPALS = frozenset({PolicyType.RESOURCE, PolicyType.TRUST, PolicyType.RCP, PolicyType.ENDPOINT})
"""The policy types whose statements have a Principal element; in the others it is implied by the attachment."""

_GATEWAY_SERVICES = ("s3:", "dynamodb:")
"""The services that have gateway endpoints; both have interface endpoints as well."""

_RESOURCE_OPTIONAL = frozenset({PolicyType.TRUST, PolicyType.RESOURCE})
# A trust policy has no Resource: the role is the resource. Repository policies of Amazon ECR have none either.


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, taken apart once."""

    request: Request
    action: str
    """In lower case."""
    resource: str
    context: Context
    caller: Caller

    @classmethod
    def of(cls, request: Request, *, has_boundary: bool) -> Asked:
        action = request.action.lower()
        caller = Caller.of(request.principal, has_boundary=has_boundary, has_token=action in CALLED_WITH_TOKEN)
        return cls(request, action, request.resource, Context(request), caller)


def action_truth(compiled: CompiledStatement, asked: Asked) -> Truth:
    if not compiled.statement.actions.patterns:
        # INVARIANT: an empty NotAction never matches everything.
        return not_understood("the statement names no action")
    return compiled.actions.take(asked.action) is not compiled.statement.actions.negated


def resource_truth(compiled: CompiledStatement, asked: Asked, type: PolicyType) -> Truth:  # noqa: A002
    element = compiled.statement.resources
    if element is None or compiled.resources is None:
        return True if type in _RESOURCE_OPTIONAL else not_understood(f"a statement of a {type.value} without Resource")
    if not compiled.resources:
        return not_understood("the statement names no resource")
    matches = (prepared.truth(asked.resource, asked.context) for prepared in compiled.resources)
    return all_of(negation(match) for match in matches) if element.negated else any_of(matches)


def principal_truth(compiled: CompiledStatement, asked: Asked, type: PolicyType) -> Truth:  # noqa: A002
    truth = names_caller(compiled, asked.caller, type)
    if type is PolicyType.ENDPOINT and compiled.principals is not None and asked.action.startswith(_GATEWAY_SERVICES):
        return _through_gateway(truth, compiled.principals, asked)
    return truth


def names_caller(compiled: CompiledStatement, caller: Caller, type: PolicyType) -> Truth:  # noqa: A002
    if compiled.principals is None:
        return not_understood(f"a statement of a {type.value} without Principal") if type in NAMING_PRINCIPALS else True
    if type not in NAMING_PRINCIPALS:
        return not_understood(f"a {type.value} takes no Principal")
    if type is PolicyType.TRUST and compiled.principals.element.negated:
        # "You must use the Principal element … in a role's trust policy."
        return not_understood("a trust policy takes no NotPrincipal")
    return compiled.principals.truth(caller, compiled.effect)


def _through_gateway(truth: Truth, principals: PreparedPrincipals, asked: Asked) -> Truth:
    """At a gateway endpoint the Principal "must be set to `*`", and an account means its root user only.

    An interface endpoint of the same service takes every principal, and which of them it is nobody told.
    Source: AWS PrivateLink Guide, "Principals for gateway endpoints"
    <https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html#vpc-endpoint-policies-gateway>
    """
    if any(entry.text == "*" and entry.unclear is None for entry in principals.entries):
        return truth
    if truth is True and asked.caller.type is PrincipalType.ROOT_USER and not principals.element.negated:
        return True
    return all_of((unknown("whether the endpoint is a gateway endpoint, where a Principal must be `*`"), truth))


def statement_truth(compiled: CompiledStatement, asked: Asked, type: PolicyType) -> Truth:  # noqa: A002
    """Whether the statement applies; for an Allow that names principals, however it names the caller."""
    action = action_truth(compiled, asked)
    # Most statements are about other actions: nothing else of them is looked at.
    return action is not False and all_of(_settled(compiled, asked, type, action, with_principal=True))


@dataclass(frozen=True, slots=True)
class Grant:
    """What an Allow of a resource-based policy grants, by how it names the caller."""

    directly: Truth
    """To the user or session itself, or to everyone: no boundary or session policy limits it."""
    to_what_is_behind: Truth
    """To the session's role, or the user who federated: a boundary or session policy limits it."""
    to_account: Truth
    """To the caller's account: its identity-based policies must hand it on."""

    @property
    def is_nothing(self) -> bool:
        return self.directly is False and self.to_what_is_behind is False and self.to_account is False


NO_GRANT = Grant(False, False, False)


def grant_of(compiled: CompiledStatement, asked: Asked, type: PolicyType) -> Grant:  # noqa: A002
    action = action_truth(compiled, asked)
    elsewhere = action is not False and all_of(_settled(compiled, asked, type, action, with_principal=False))
    if elsewhere is False:
        return NO_GRANT
    named = _named(compiled, asked, type)

    def truth(how: Truth) -> Truth:
        return all_of((elsewhere, settle(how, Effect.ALLOW)))

    return Grant(truth(named.itself), truth(named.behind), truth(named.account))


def _named(compiled: CompiledStatement, asked: Asked, type: PolicyType) -> Named:  # noqa: A002
    if compiled.principals is None:
        return NOT_NAMED
    if compiled.principals.element.negated:
        # Allow with NotPrincipal grants to whoever is not listed. Whether a boundary limits it is not documented.
        return Named(behind=principal_truth(compiled, asked, type))
    return naming(compiled.principals.entries, asked.caller)


def _settled(
    compiled: CompiledStatement,
    asked: Asked,
    type: PolicyType,  # noqa: A002
    action: Truth,
    *,
    with_principal: bool,
) -> Iterator[Truth]:
    """The elements in the order that says no soonest."""
    effect = compiled.effect
    yield settle(action, effect)
    yield settle(resource_truth(compiled, asked, type), effect)
    if with_principal:
        yield settle(principal_truth(compiled, asked, type), effect)
    for condition in compiled.conditions:
        yield settle(condition_truth(condition, asked.context), effect)
