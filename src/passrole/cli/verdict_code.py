"""The exit code of rehearsals: the worst of them decides."""

from __future__ import annotations

from collections.abc import Iterable

from passrole.activity.rehearse import Rehearsal, Verdict
from passrole.cli.exit_codes import ExitCode


def code_of(rehearsals: Iterable[Rehearsal]) -> ExitCode:
    verdicts = {rehearsal.verdict for rehearsal in rehearsals}
    if Verdict.DENIED in verdicts:
        return ExitCode.FINDINGS
    return ExitCode.UNDECIDED if Verdict.UNDECIDED in verdicts else ExitCode.OK
