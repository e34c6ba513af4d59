"""CPU time of child processes: what the benchmarks share."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a benchmark's table. Times are CPU seconds, user and system together."""

    name: str
    seconds: tuple[float, ...]
    budget_seconds: float | None = None


def passrole_command() -> list[str]:
    """The `passrole` of this interpreter's environment, so that a benchmark never measures another installation."""
    beside = Path(sys.executable).with_name("passrole")
    if beside.exists():
        return [str(beside)]
    return [sys.executable, "-m", "passrole"]


def clean_environment(**more: str) -> dict[str, str]:
    """The environment without what chooses an AWS account, colours text, or keeps Python from caching bytecode."""
    left_out = ("AWS_", "PASSROLE_", "PYTHONDONTWRITEBYTECODE", "FORCE_COLOR", "CLICOLOR")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    return kept | {"NO_COLOR": "1"} | more


def cpu_seconds(command: Sequence[str], environment: Mapping[str, str]) -> float:
    """Runs a command to its end and returns the CPU time it took, its own children's too.

    Ends the benchmark when the command fails: the time of a failure is not the time of the job.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        command, env=dict(environment), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}\n{done.stdout}{done.stderr}")
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def print_table(title: str, rows: Sequence[Row]) -> None:
    """Median, fastest and slowest run of each row in milliseconds, with its budget."""
    width = max(len(row.name) for row in rows)
    print(f"{title} (CPU ms, {len(rows[0].seconds)} runs, Python {'.'.join(map(str, sys.version_info[:3]))})")
    print(f"{'':{width}}  {'median':>8} {'fastest':>8} {'slowest':>8} {'budget':>8}")
    for row in rows:
        median = statistics.median(row.seconds)
        budget = "" if row.budget_seconds is None else f"{row.budget_seconds * 1000:.0f}"
        verdict = "  over budget" if row.budget_seconds is not None and median > row.budget_seconds else ""
        numbers = (median, min(row.seconds), max(row.seconds))
        print(f"{row.name:{width}}  {' '.join(f'{n * 1000:8.0f}' for n in numbers)} {budget:>8}{verdict}")
