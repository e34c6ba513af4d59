"""Evaluation cases in the format of `conformance/evaluate/*.json`, read to requests, stacks and expectations.

The format is described in `conformance/README.md` and fixed by `conformance/evaluate.schema.json`. A case may say
more than an outcome: the policy type that decides, the statements that determine it, and that a document must be
refused. What a case needs beyond a request and its stack it names (`needs`). `conformance_check` runs the cases.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from passrole.engine.conformance import Case, read_cases
from passrole.engine.conformance_json import (
    ConformanceError,
    action_at,
    first_line_is_object,
    flag_at,
    list_at,
    load_json,
    object_at,
    text_at,
    texts_at,
)
from passrole.engine.conformance_layers import CaseLayers
from passrole.engine.decision import Outcome
from passrole.engine.principals import PrincipalError, principal_from_arn
from passrole.engine.request import ContextValue, Organization, Principal, PrincipalType, Request
from passrole.engine.stack import Known, PolicyStack
from passrole.policy.model import PolicyType

FORMAT = "passrole-conformance-1"
REFUSED = "refused"
"""The outcome of a case one of whose documents is no policy, so that reading it is an error."""

_CASE = ("id", "rule", "engine_rules", "side", "source", "flags", "contested", "contested_because", "needs")
_REQUEST = ("principal", "action", "resource", "resource_account", "context", "unknown_keys")
_AUTHORIZATION = ("action", "resource", "resource_account", "context")
_PRINCIPAL = ("type", "arn", "account", "role_arn", "federating_user_arn", "identity_provider", "unique_id")
_BEYOND: Mapping[str, frozenset[str]] = {
    "organization": frozenset({"management-account"}),
    "kms": frozenset({"aws-managed-keys", "kms-grants"}),
    "s3_block_public_access": frozenset({"s3-block-public-access"}),
    "also": frozenset({"several-authorizations"}),
}
"""Inputs beyond a request and its stack, with the needs one of which a case that gives them must name."""


@dataclass(frozen=True, slots=True)
class EvaluateCase(Case):
    """A case of this format. `expected` is UNDECIDED where a refusal is expected: nothing rests on that document."""

    needs: tuple[str, ...] = ()
    expects_refusal: bool = False
    refusal: str | None = None
    """Why a document was refused, when one was."""
    decided_by: PolicyType | None = None
    """None where the case does not say."""
    determining: frozenset[tuple[str, int]] | None = None
    """Names of policies and indexes of statements, as `StatementRef` has them; None where the case does not say."""
    also: tuple[Request, ...] = ()
    """The further authorizations of the same call."""

    @property
    def questions(self) -> tuple[tuple[Request, PolicyStack], ...]:
        """The resource's own policies, and what stands beside them, belong to the resource of `request` alone."""
        elsewhere = replace(
            self.stack, resource=Known(), grants=(), aws_managed_key=False, restrict_public_buckets=False
        )
        return (
            (self.request, self.stack),
            *((each, self.stack if each.resource == self.request.resource else elsewhere) for each in self.also),
        )


def read_case_file(text: str, name: str = "cases") -> list[Case]:
    """The cases of a file in this format, or of one with a case a line; `name` stands in errors.

    Raises ConformanceError for what is no case, PolicySyntaxError for a document that is refused unexpectedly.
    """
    first = first_line_is_object(text)
    if not text.strip() or (first is not None and "format" not in first):
        return list(read_cases(text.splitlines()))
    file = object_at(load_json(text, name), f"`{name}`", ("format", "topic", "cases"))
    if file.get("format") != FORMAT:
        raise ConformanceError(f"`{name}` is of format `{file.get('format')}`", help=f"this version reads `{FORMAT}`")
    cases: dict[str, Case] = {}
    for number, value in enumerate(list_at(file.get("cases"), f"`cases` of `{name}`"), 1):
        case = evaluate_case(value, f"case {number} of `{name}`")
        if case.id in cases:
            raise ConformanceError(f"`{name}` has the case `{case.id}` twice")
        cases[case.id] = case
    return list(cases.values())


def evaluate_case(value: object, where: str = "case") -> EvaluateCase:
    """One case from parsed JSON."""
    case = object_at(value, where, (*_CASE, "input", "expected"))
    where = f"case `{text_at(case, 'id', where)}`"
    given = object_at(case.get("input"), f"`input` of {where}", ("request", "policies", *_BEYOND))
    expected = object_at(case.get("expected"), f"`expected` of {where}", ("outcome", "decided_by", "determining"))
    needs = texts_at(case.get("needs", []), f"`needs` of {where}")
    for field, sufficient in _BEYOND.items():
        if field in given and sufficient.isdisjoint(needs):
            named = " or ".join(f"`{need}`" for need in sorted(sufficient))
            raise ConformanceError(f"{where} gives `{field}` without naming {named} among its needs")
    outcome = text_at(expected, "outcome", where)
    if outcome not in (REFUSED, *(known.value for known in Outcome)):
        raise ConformanceError(f"{where} expects `{outcome}`, which is no outcome")
    request = _request(given.get("request"), given.get("organization"), where)
    layers = CaseLayers(where, request, refusals=outcome == REFUSED)
    stack = layers.stack_of(given)
    refs = None
    if "determining" in expected:
        listed = list_at(expected["determining"], f"`determining` of {where}")
        refs = frozenset(layers.statement_named(ref) for ref in listed)
    return EvaluateCase(
        id=text_at(case, "id", where),
        rule=text_at(case, "rule", where),
        source=text_at(case, "source", where),
        contested=flag_at(case, "contested", where),
        request=request,
        stack=stack,
        expected=Outcome.UNDECIDED if outcome == REFUSED else Outcome(outcome),
        needs=needs,
        expects_refusal=outcome == REFUSED,
        refusal=layers.refusal,
        decided_by=layers.type_of(text_at(expected, "decided_by", where)) if "decided_by" in expected else None,
        determining=refs,
        also=tuple(
            _further(value, request, f"an authorization in `also` of {where}")
            for value in list_at(given.get("also", []), f"`also` of {where}")
        ),
    )


def _request(value: object, organization: object, where: str) -> Request:
    request = object_at(value, f"`request` of {where}", _REQUEST)
    return Request(
        _principal(request.get("principal"), where),
        action_at(request, where),
        text_at(request, "resource", where),
        _owner(request, where),
        _context(request, where),
        frozenset(texts_at(request.get("unknown_keys", []), f"`unknown_keys` of {where}")),
        organization=None if organization is None else _organization(organization, f"`organization` of {where}"),
    )


def _further(value: object, request: Request, where: str) -> Request:
    """Another authorization by the same principal; its context is its own."""
    fields = object_at(value, where, _AUTHORIZATION)
    return replace(
        request,
        action=action_at(fields, where),
        resource=text_at(fields, "resource", where),
        resource_account=_owner(fields, where),
        context=_context(fields, where),
    )


def _owner(fields: Mapping[str, object], where: str) -> str | None:
    """Who owns the resource. What AWS owns has no policy that could be asked beside the caller's: as if nobody told."""
    account = None if fields.get("resource_account") is None else text_at(fields, "resource_account", where)
    return None if account == "aws" else account


def _context(fields: Mapping[str, object], where: str) -> dict[str, ContextValue]:
    context: dict[str, ContextValue] = {}
    for key, seen in object_at(fields.get("context", {}), f"`context` of {where}").items():
        context[key] = seen if isinstance(seen, str) else texts_at(seen, f"`{key}` in the context of {where}")
    return context


def _organization(value: object, where: str) -> Organization:
    return Organization(text_at(object_at(value, where, ("management_account",)), "management_account", where))


def _principal(value: object, where: str) -> Principal:
    if isinstance(value, str):
        try:
            return principal_from_arn(value)
        except PrincipalError as error:
            raise ConformanceError(f"the principal of {where} is none", causes=(str(error), *error.causes)) from error
    facts = object_at(value, f"`principal` of {where}", _PRINCIPAL)
    kind = text_at(facts, "type", where)
    if kind not in (known.value for known in PrincipalType):
        raise ConformanceError(f"{where} has a principal of type `{kind}`, which there is not")

    def fact(name: str) -> str | None:
        return text_at(facts, name, where) if name in facts else None

    return Principal(
        PrincipalType(kind),
        text_at(facts, "arn", where),
        account=fact("account"),
        role_arn=fact("role_arn"),
        federating_user_arn=fact("federating_user_arn"),
        identity_provider=fact("identity_provider"),
        unique_id=fact("unique_id"),
    )
