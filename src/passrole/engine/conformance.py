"""Cases of the conformance vectors (`conformance/*.jsonl`): a request, its policies and the answer that AWS gives.

One JSON object a line. `request`: `principal` (an ARN, a service principal, `*` for anonymous), `action`,
`resource`, `resource_account`, `context` (key to value or list of values). `policies`: `identity` (documents),
`resource` (one document or null: the trust policy for sts:AssumeRole*, the key policy for kms), `boundary` and
`session` (documents, or null when there is none), `scps` and `rcps` (one entry a level, root first, with its
documents), `endpoint` (documents or null). `expected` is `Allowed`, `ImplicitlyDenied` or `ExplicitlyDenied`.
Cases marked `contested` are points on which AWS's pages disagree or are silent.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from passrole.engine.conformance_json import ConformanceError, action_at, flag_at, list_at, load_json, object_at
from passrole.engine.decision import Decision, Outcome
from passrole.engine.principals import principal_from_arn
from passrole.engine.request import ContextValue, Request
from passrole.engine.several import evaluate_call
from passrole.engine.special_actions import ASSUME_ROLE
from passrole.engine.stack import AttachedPolicy, Known, PolicyStack
from passrole.policy.model import PolicyType
from passrole.policy.parse import policy_from_value

_REQUEST = ("principal", "action", "resource", "resource_account", "context")
_LAYERS = ("identity", "resource", "boundary", "session", "scps", "rcps", "endpoint")
# Strict: a layer under a misspelt name would be a Deny that vanishes.

EXPECTED = {
    "Allowed": Outcome.ALLOWED,
    "ImplicitlyDenied": Outcome.IMPLICIT_DENY,
    "ExplicitlyDenied": Outcome.EXPLICIT_DENY,
}


@dataclass(frozen=True, slots=True)
class Case:
    id: str
    rule: str
    source: str
    contested: bool
    request: Request
    stack: PolicyStack
    expected: Outcome

    @property
    def questions(self) -> tuple[tuple[Request, PolicyStack], ...]:
        """Every authorization that the case is about; each must be allowed."""
        return ((self.request, self.stack),)


@dataclass(frozen=True, slots=True)
class CaseResult:
    case: Case
    decision: Decision

    @property
    def passed(self) -> bool:
        """A contested case may be answered otherwise, but never by an allow where a denial is expected."""
        if self.decision.outcome is self.case.expected:
            return True
        return self.case.contested and not self.decision.allowed


def read_cases(lines: Iterable[str]) -> Iterator[Case]:
    """The cases of a file. Raises ConformanceError for a malformed line, PolicySyntaxError for a document."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield case_from_value(load_json(line, f"line {number}"), f"line {number}")


def case_from_value(value: object, where: str = "case") -> Case:
    """One case from parsed JSON; `where` names it in errors."""
    case = object_at(value, where)
    try:
        name = str(case["id"])
        request = object_at(case["request"], f"`request` of {where}", _REQUEST)
        return Case(
            name,
            str(case["rule"]),
            str(case["source"]),
            flag_at({"contested": case["contested"]}, "contested", where),
            _request(request, where),
            _stack(object_at(case["policies"], f"`policies` of {where}", _LAYERS), str(request["action"]), name),
            EXPECTED[str(case["expected"])],
        )
    except KeyError as error:
        raise ConformanceError(f"{where} has no, or an unknown, {error}") from error


def run_case(case: Case) -> CaseResult:
    return CaseResult(case, evaluate_call(case.questions))


def _request(value: Mapping[str, object], where: str) -> Request:
    context: dict[str, ContextValue] = {}
    for key, given in object_at(value.get("context") or {}, f"`context` of {where}").items():
        seen = given if isinstance(given, list) else [given]
        if not all(isinstance(item, str | int | float) for item in seen):
            raise ConformanceError(f"`{key}` in the context of {where} has a value of no type that a request has")
        context[key] = tuple(_text(item) for item in seen) if isinstance(given, list) else _text(given)
    account = value.get("resource_account")
    return Request(
        principal_from_arn(str(value["principal"])),
        action_at(value, where),
        str(value["resource"]),
        None if account is None else str(account),
        context,
    )


def _stack(value: Mapping[str, object], action: str, name: str) -> PolicyStack:
    def layer(documents: object, type: PolicyType, label: str) -> Known:  # noqa: A002
        listed = documents if isinstance(documents, list) else [documents]
        return Known(
            tuple(
                AttachedPolicy(
                    type, label_of(label, number, len(listed)), policy_from_value(document, f"{name} {label}")
                )
                for number, document in enumerate(listed, 1)
            )
        )

    def optional(key: str, type: PolicyType) -> Known | None:  # noqa: A002
        return None if value.get(key) is None else layer(value[key], type, key)

    def levels(key: str, type: PolicyType) -> tuple[Known, ...]:  # noqa: A002
        listed = list_at([] if value.get(key) is None else value[key], f"`{key}` of {name}")
        entries = [object_at(entry, f"a level of {name}", ("level", "policies")) for entry in listed]
        return tuple(layer(entry["policies"], type, f"{key} {entry['level']}") for entry in entries)

    resource_type = PolicyType.TRUST if action.lower().startswith(ASSUME_ROLE) else PolicyType.RESOURCE
    return PolicyStack(
        identity=layer([] if value.get("identity") is None else value["identity"], PolicyType.IDENTITY, "identity"),
        resource=optional("resource", resource_type) or Known(),
        boundary=optional("boundary", PolicyType.BOUNDARY),
        session=optional("session", PolicyType.SESSION),
        scps=levels("scps", PolicyType.SCP),
        rcps=levels("rcps", PolicyType.RCP),
        endpoint=optional("endpoint", PolicyType.ENDPOINT),
    )


def label_of(label: str, number: int, count: int) -> str:
    return f"{label} policy" if count == 1 else f"{label} policy {number}"


def _text(value: object) -> str:
    """Context values are strings; a JSON number or boolean stands for its text."""
    return value if isinstance(value, str) else json.dumps(value)
