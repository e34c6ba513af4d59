"""What diff, managed and drift print of two policies that were compared: lines, JSON, findings, exit code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from passrole.cli.exit_codes import ExitCode

if TYPE_CHECKING:
    from passrole.cli.sarif import Result
    from passrole.prover.beside import WholeComparison


def exit_code_of(comparison: WholeComparison) -> ExitCode:
    if comparison.undecided:
        return ExitCode.UNDECIDED
    return ExitCode.OK if comparison.equivalent else ExitCode.FINDINGS


def whole_value(comparison: WholeComparison) -> dict[str, object]:
    """In JSON."""
    from passrole.cli.comparison_json import comparison_value

    denies = comparison.denies
    return {**comparison_value(comparison.itself), "denies": comparison_value(denies) if denies else None}


def whole_lines(comparison: WholeComparison, old: str, new: str) -> list[str]:
    from passrole.cli.text.comparison import comparison_lines, deny_lines

    lines = comparison_lines(comparison.itself, old, new)
    return lines if comparison.denies is None else [*lines, "", *deny_lines(comparison.denies, old, new)]


def whole_results(comparison: WholeComparison, old: str, new: str, *, is_file: bool = True) -> Iterator[Result]:
    """For SARIF. `is_file`: the new one is a file, and not a policy's name."""
    for result in _results(comparison, old, new):
        yield result if is_file else replace(result, is_file=False)


def _results(comparison: WholeComparison, old: str, new: str) -> Iterator[Result]:
    from passrole.cli.comparison_sarif import comparison_results, deny_results

    yield from comparison_results(comparison.itself, old, new)
    if comparison.denies is not None:
        yield from deny_results(comparison.denies, old, new)
