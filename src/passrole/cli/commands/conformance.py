"""`passrole conformance`: run files of evaluation cases through the engine, one's own as well as passrole's."""

from __future__ import annotations

from pathlib import Path

import click

from passrole.cli.exit_codes import EPILOG, ExitCode
from passrole.cli.options import output_option
from passrole.cli.output import print_json
from passrole.errors import UsageError


@click.command(epilog=EPILOG)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
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
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"`{file}` cannot be read", causes=(str(error),)) from error
        results += [run_case(case) for case in read_cases(lines)]
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
        click.echo(f"{case.id}: expected {case.expected.value}, answered {result.decision.outcome.value}")
        click.echo(f"  rule: {case.rule} ({case.source})")
        for line in explanation_lines(explain(case.request, case.stack)):
            click.echo(f"  {line}")
    click.echo(f"{len(results) - len(failed)} of {len(results)} cases pass")
    return ExitCode.FINDINGS if failed else ExitCode.OK
