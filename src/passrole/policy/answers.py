"""Which of several findings AWS would have answered with: it stops at the first, and in its own order.

Source of the order: the documents and answers recorded in moto's tests against AWS (test_iam_policies.py); a code that
they do not show stands where it seemed likely (guess).
"""

from __future__ import annotations

from collections.abc import Iterable

from passrole.errors import Diagnostic, Severity
from passrole.policy.model import PolicyType
from passrole.policy.reading import SYNTAX

ORGANIZATIONS = "The provided policy document does not meet the requirements of the specified policy type."
"""AWS Organizations' whole answer. Observed in <https://github.com/org-formation/org-formation-cli/issues/225>"""

_JSON = frozenset({"P0101", "P0102", "P0103", "P0104", "P0105", "P0106", "P0108", "P0109", "P0110", "P0111", "P0112"})
_OPERATOR = frozenset({"P0129", "P0130"})
_LATER = {
    code: place
    for place, codes in enumerate(
        (
            ("P0151",),  # the language's version
            ("P0157",),  # legacy parsing: dates
            ("P0156",),  # legacy parsing: resources
            ("P0149", "P0148"),  # Sids
            ("P0124", "P0126"),  # a statement must contain actions
            ("P0107", "P0152", "P0153", "P0154", "P0155"),  # the form of resources
            ("P0144", "P0145", "P0146", "P0147", "P0150"),  # the form of actions
            ("P0142",),  # a statement must contain resources
        ),
        start=1,
    )
    for code in codes
}


def in_order_of_aws(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The findings as IAM would come upon them: structure first, then step by step; errors before warnings."""
    return tuple(sorted(diagnostics, key=lambda finding: (finding.severity is not Severity.ERROR, _step(finding))))


def _step(finding: Diagnostic) -> int:
    if finding.code in _JSON:
        return -1
    if finding.code == "P0127" and finding.aws_message != SYNTAX:
        return _LATER["P0157"]
    return _LATER.get(finding.code, 0)


def aws_answer(diagnostics: Iterable[Diagnostic], type: PolicyType) -> str | None:  # noqa: A002
    """The message with which AWS refuses a document of this type that has these findings; None without errors."""
    errors = [finding for finding in in_order_of_aws(diagnostics) if finding.severity is Severity.ERROR]
    if not errors:
        return None
    if type in (PolicyType.SCP, PolicyType.RCP):
        return ORGANIZATIONS
    first = errors[0]
    if type is not PolicyType.TRUST and first.code in _JSON | _OPERATOR:
        # CreateRole names these mistakes; CreatePolicy and its kin do not.
        return SYNTAX
    return first.aws_message or SYNTAX
