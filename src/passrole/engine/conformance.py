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

from passrole.engine.decision import Decision, Outcome
from passrole.engine.principals import principal_from_arn
from passrole.engine.request import ContextValue, Request
from passrole.engine.several import evaluate_call
from passrole.engine.special_actions import ASSUME_ROLE
from passrole.engine.stack import AttachedPolicy, Known, PolicyStack
from passrole.errors import UsageError
from passrole.policy.model import PolicyType
from passrole.policy.parse import policy_from_value

EXPECTED = {
    "Allowed": Outcome.ALLOWED,
    "ImplicitlyDenied": Outcome.IMPLICIT_DENY,
    "ExplicitlyDenied": Outcome.EXPLICIT_DENY,
}


class ConformanceError(UsageError):
    """A line is not a case of the format."""


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
            try:
                value = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise ConformanceError(f"line {number} is not JSON", causes=(str(error),)) from error
            yield case_from_value(value, f"line {number}")


def case_from_value(value: object, where: str = "case") -> Case:
    """One case from parsed JSON; `where` names it in errors."""
    case = _object(value, where)
    try:
        name = str(case["id"])
        return Case(
            name,
            str(case["rule"]),
            str(case["source"]),
            case["contested"] is True,
            _request(_object(case["request"], where)),
            _stack(_object(case["policies"], where), str(_object(case["request"], where)["action"]), name),
            EXPECTED[str(case["expected"])],
        )
    except KeyError as error:
        raise ConformanceError(f"{where} has no, or an unknown, {error}") from error


def run_case(case: Case) -> CaseResult:
    return CaseResult(case, evaluate_call(case.questions))


def _request(value: Mapping[str, object]) -> Request:
    context: dict[str, ContextValue] = {}
    for key, given in _object(value.get("context") or {}, "context").items():
        context[key] = tuple(_text(item) for item in given) if isinstance(given, list) else _text(given)
    account = value.get("resource_account")
    return Request(
        principal_from_arn(str(value["principal"])),
        str(value["action"]),
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
        listed = value.get(key)
        entries = [_object(entry, key) for entry in (listed if isinstance(listed, list) else [])]
        return tuple(layer(entry["policies"], type, f"{key} {entry['level']}") for entry in entries)

    resource_type = PolicyType.TRUST if action.lower().startswith(ASSUME_ROLE) else PolicyType.RESOURCE
    return PolicyStack(
        identity=layer(value.get("identity") or [], PolicyType.IDENTITY, "identity"),
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


def _object(value: object, where: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise ConformanceError(f"{where} is not a JSON object")
    return value
