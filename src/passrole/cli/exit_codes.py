"""The exit codes of every passrole command: one table, printed in every help text."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    OK = 0
    FAILED = 1
    FINDINGS = 2
    UNDECIDED = 3
    INTERRUPTED = 130
    USAGE = 252
    CONFIGURATION = 253
    SERVICE = 254


MEANING = {
    ExitCode.OK: "done, allowed, equal, no change",
    ExitCode.FAILED: "failed",
    ExitCode.FINDINGS: "denied, findings, changes (plan only with --detailed-exitcode)",
    ExitCode.UNDECIDED: "undecided",
    ExitCode.INTERRUPTED: "interrupted",
    ExitCode.USAGE: "usage",
    ExitCode.CONFIGURATION: "configuration or credentials",
    ExitCode.SERVICE: "the service answered an error",
}

EPILOG = "\b\nExit codes:\n" + "\n".join(f"  {code.value:>3}  {text}" for code, text in MEANING.items())
