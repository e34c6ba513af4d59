"""What a rehearsal comes to as a word and as an exit code; where nothing was replayed, nothing is verified."""

from __future__ import annotations

from collections.abc import Iterable

from passrole.activity.rehearse import Rehearsal, Verdict
from passrole.cli.exit_codes import ExitCode


def verdict_of(rehearsal: Rehearsal) -> Verdict:
    """ALLOWED, DENIED or UNDECIDED; the last also for a recipe that tells no workflow."""
    return rehearsal.verdict if rehearsal.workflows else Verdict.UNDECIDED


def code_of(rehearsals: Iterable[Rehearsal]) -> ExitCode:
    """The worst of them decides."""
    verdicts = {verdict_of(rehearsal) for rehearsal in rehearsals}
    if Verdict.DENIED in verdicts:
        return ExitCode.FINDINGS
    return ExitCode.UNDECIDED if Verdict.UNDECIDED in verdicts else ExitCode.OK
