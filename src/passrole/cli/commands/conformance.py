"""`passrole conformance`: run files of evaluation cases through the engine, one's own as well as passrole's."""

from __future__ import annotations

from pathlib import Path

import click

from passrole.cli.argument_types import PATH
from passrole.cli.command import PassroleCommand
from passrole.cli.exit_codes import ExitCode
from passrole.cli.options import output_option
from passrole.cli.output import print_json
from passrole.cli.say import say
from passrole.errors import PassroleError, UsageError


@click.command(cls=PassroleCommand)
@click.argument("files", nargs=-1, required=True, type=PATH)
@output_option
def conformance(files: tuple[Path, ...], output: str) -> int:
    """Run each case of FILES (JSON lines) and print those that fail.

    A case marked contested, on which AWS's pages disagree, fails only when a denial is answered by an allow.

    \b
    Example:
      passrole conformance conformance/probes.jsonl
    """
    from passrole.engine.conformance import CaseResult, read_cases, run_case
    from passrole.engine.explain import explain

    results: list[CaseResult] = []
    for file in files:
        lines = _lines_of(file)
        try:
            results += [run_case(case) for case in read_cases(lines)]
        except PassroleError as error:
            raise UsageError(
                f"`{file}` is not a file of cases: {error.message}",
                causes=error.causes,
                help="conformance/README.md tells the format; one JSON object a line",
                diagnostics=error.diagnostics,
            ) from error
    failed = [result for result in results if not result.passed]
    if output == "json":
        print_json(
            {
                "cases": len(results),
                "failed": [
                    {
                        "id": result.case.id,
                        "rule": result.case.rule,
                        "source": result.case.source,
                        "expected": result.case.expected.value,
                        "answered": result.decision.outcome.value,
                    }
                    for result in failed
                ],
            }
        )
        return ExitCode.FINDINGS if failed else ExitCode.OK
    from passrole.cli.text.explanation import explanation_lines

    for result in failed:
        case = result.case
        say(f"{case.id}: expected {case.expected.value}, answered {result.decision.outcome.value}")
        say(f"  rule: {case.rule} ({case.source})")
        for line in explanation_lines(explain(case.request, case.stack)):
            say(f"  {line}")
    say(f"{len(results) - len(failed)} of {len(results)} cases pass")
    return ExitCode.FINDINGS if failed else ExitCode.OK


def _lines_of(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise UsageError(f"`{file}` cannot be read", causes=((error.strerror or str(error)).lower(),)) from error
    except UnicodeDecodeError as error:
        raise UsageError(f"`{file}` is not text in UTF-8", causes=(str(error),)) from error
