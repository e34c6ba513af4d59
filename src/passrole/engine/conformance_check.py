"""Running conformance cases of either format: which must be skipped, and what differs from what a case expects."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from passrole.engine.conformance import Case, CaseResult, run_case
from passrole.engine.conformance_evaluate import EvaluateCase
from passrole.engine.decision import Decision

TAKEN = frozenset(
    {
        "aws-managed-keys",
        "kms-grants",
        "management-account",
        "protected-entities",
        "s3-block-public-access",
        "several-authorizations",
    }
)
"""What a case may need beyond a request and its policies, and the engine takes."""


@dataclass(frozen=True, slots=True)
class CheckedCase(CaseResult):
    problems: tuple[str, ...] = ()
    """What differs, in words for a person."""

    @property
    def passed(self) -> bool:
        return not self.problems


def skip_reason(case: Case) -> str | None:
    """Why a case cannot be run; None when it can. A skipped case has neither passed nor failed."""
    needs = case.needs if isinstance(case, EvaluateCase) else ()
    unmet = [need for need in needs if need not in TAKEN]
    return "; ".join(f"{need}: there is no such need" for need in unmet) or None


def check(case: Case) -> CheckedCase:
    """Run a case, which should not be one to skip."""
    result = run_case(case)
    decision = result.decision
    if not result.passed:
        problem = f"expected {case.expected.value}, answered {decision.outcome.value}"
        return CheckedCase(case, decision, (problem,))
    if not isinstance(case, EvaluateCase) or decision.outcome is not case.expected:
        return CheckedCase(case, decision)
    return CheckedCase(case, decision, tuple(_differences(case, decision)))


def _differences(case: EvaluateCase, decision: Decision) -> Iterable[str]:
    """What differs although the outcome is the expected one."""
    if case.expects_refusal and case.refusal is None:
        yield "expected that a document is refused, and none was"
    if case.decided_by not in (None, decision.decided_by):
        answered = decision.decided_by.value if decision.decided_by else "nothing"
        yield f"expected that the {case.decided_by.value} decides, answered the {answered}"
    determining = frozenset((ref.attached.name, ref.index) for ref in decision.determining)
    if case.determining not in (None, determining):
        yield f"expected {_named(case.determining)} to determine the answer, answered {_named(determining)}"


def _named(statements: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{name} statement {index + 1}" for name, index in sorted(statements)) or "no statement"
