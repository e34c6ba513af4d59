"""One table of what was measured, what is wanted, and whether that is met."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Result:
    """A row. Where a target is given, `measured` must be at most that, or with `at_least` no less."""

    what: str
    measured: float
    unit: str
    wanted: float | None = None
    at_least: bool = False
    note: str = ""

    @property
    def met(self) -> bool | None:
        if self.wanted is None:
            return None
        return self.measured >= self.wanted if self.at_least else self.measured <= self.wanted


@dataclass(frozen=True, slots=True)
class Heading:
    text: str


Row = Result | Heading


def print_table(rows: Iterable[Row]) -> None:
    rows = list(rows)
    results = [row for row in rows if isinstance(row, Result)]
    width = max(len(row.what) for row in results)
    print(f"{'':{width}}  {'measured':>13}  {'wanted':>13}")
    for row in rows:
        if isinstance(row, Heading):
            print(f"\n{row.text}")
            continue
        measured = f"{_number(row.measured)} {row.unit}"
        wanted = "" if row.wanted is None else f"{'>=' if row.at_least else '<='} {row.wanted:g} {row.unit}"
        verdict = {None: "", True: "met", False: "MISSED"}[row.met]
        print(f"{row.what:{width}}  {measured:>13}  {wanted:>13}  {verdict:6}  {row.note}".rstrip())
    asked = [row for row in results if row.met is not None]
    print(f"\n{sum(1 for row in asked if row.met)} of {len(asked)} targets met")


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def machine() -> str:
    """In neutral words: the class of processor, the system and the Python."""
    model = platform.processor() or platform.machine()
    cpu_info = Path("/proc/cpuinfo")
    if cpu_info.exists():
        lines = cpu_info.read_text(encoding="utf-8").splitlines()
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), model)
    return f"{model}, {platform.system()}, {platform.python_implementation()} {sys.version.split()[0]}"
