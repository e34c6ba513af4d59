"""`passrole conformance`: run files of evaluation cases through the engine, one's own as well as passrole's."""

from __future__ import annotations

from collections.abc import Sized
from pathlib import Path
from typing import TYPE_CHECKING

import click

from passrole.cli.argument_types import PATH
from passrole.cli.command import PassroleCommand
from passrole.cli.exit_codes import ExitCode
from passrole.cli.options import output_option
from passrole.cli.output import print_json
from passrole.cli.say import say
from passrole.errors import PassroleError, UsageError

if TYPE_CHECKING:
    from passrole.engine.conformance import Case


@click.command(cls=PassroleCommand)
@click.argument("files", nargs=-1, required=True, type=PATH)
@output_option
def conformance(files: tuple[Path, ...], output: str) -> int:
    """Run each case of FILES and print those that fail; both formats of passrole's own vectors are read.

    A case marked contested, on which AWS's pages disagree, fails only when a denial is answered by an allow. A case
    that names a need which the engine does not know is skipped, and said so. The exit code is 0 only if every case
    passes: 2 when one fails, else 3 when one is skipped.

    \b
    Example:
      passrole conformance conformance/probes.jsonl conformance/evaluate/*.json
    """
    from passrole.engine.conformance_check import check, skip_reason
    from passrole.engine.explain import explain

    cases = [case for file in files for case in _cases_of(file)]
    if not cases:
        raise UsageError("there is no case in these files", help="conformance/README.md tells the formats")
    skipped = [(case, reason) for case in cases if (reason := skip_reason(case))]
    results = [check(case) for case in cases if not skip_reason(case)]
    failed = [result for result in results if not result.passed]
    if output == "json":
        print_json(
            {
                "cases": len(cases),
                "passed": len(results) - len(failed),
                "skipped": [{"id": case.id, "reason": reason} for case, reason in skipped],
                "failed": [
                    {
                        "id": result.case.id,
                        "rule": result.case.rule,
                        "source": result.case.source,
                        "expected": result.case.expected.value,
                        "answered": result.decision.outcome.value,
                        "problems": list(result.problems),
                    }
                    for result in failed
                ],
            }
        )
        return _exit_code(failed, skipped)
    from passrole.cli.text.explanation import explanation_lines

    for result in failed:
        case = result.case
        say(f"{case.id}: {'; '.join(result.problems)}")
        say(f"  rule: {case.rule} ({case.source})")
        for request, stack in case.questions:
            for line in explanation_lines(explain(request, stack)):
                say(f"  {line}")
    for case, reason in skipped:
        say(f"{case.id}: skipped: {reason}")
    left_out = f", {len(skipped)} skipped" if skipped else ""
    say(f"{len(results) - len(failed)} of {len(cases)} cases pass, {len(failed)} fail{left_out}")
    return _exit_code(failed, skipped)


def _exit_code(failed: Sized, skipped: Sized) -> ExitCode:
    if failed:
        return ExitCode.FINDINGS
    # What was not run has not passed.
    return ExitCode.UNDECIDED if skipped else ExitCode.OK


def _cases_of(file: Path) -> list[Case]:
    from passrole.cli.text_file import name_of, text_of
    from passrole.engine.conformance_evaluate import read_case_file

    # What cannot be read at all is told as everywhere else: it has nothing to do with the format.
    text = text_of(file)
    try:
        return read_case_file(text, str(file))
    except PassroleError as error:
        raise UsageError(
            f"`{name_of(file)}` is not a file of cases: {error.message}",
            causes=error.causes,
            help="conformance/README.md tells the formats",
            diagnostics=error.diagnostics,
        ) from error
