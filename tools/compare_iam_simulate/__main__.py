"""A third opinion on conformance cases: what the npm package @cloud-copilot/iam-simulate answers, and where it differs.

    python tools/compare_iam_simulate conformance/evaluate/*.json conformance/probes.jsonl
    python tools/compare_iam_simulate --folder FOLDER ...     with the package that npm installed there before

It needs Node and npm. The package is under the AGPL: it is installed into a folder of its own outside the project and
run as a program; nothing of it is in passrole. Its answer with its own checks counts, unless the checks refuse the case
or drop one of its context keys (they know only keys that AWS lists for an action); then its answer without them does.
Where the three differ `docs/decisions/third-opinion.md` says who is right, and why.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulation import CannotAsk, raw_cases, simulation_of

from passrole.engine.conformance import Case, run_case
from passrole.engine.conformance_check import skip_reason
from passrole.engine.conformance_evaluate import EvaluateCase, read_case_file

PACKAGE, VERSION = "@cloud-copilot/iam-simulate", "0.1.173"
WORDS = {"Allowed": "allowed", "ExplicitlyDenied": "explicit deny", "ImplicitlyDenied": "implicit deny"}
REFUSED = "refused"
FAILED = "nothing"
"""It did not come to an end."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One case and three answers. `theirs` is None where the package could not be asked, for the reason `why`."""

    case: Case
    file: str
    expected: str
    ours: str | None
    theirs: str | None
    why: str = ""

    @property
    def differs(self) -> bool:
        return self.theirs is not None and {self.theirs} != {self.expected, self.ours or self.expected}


def install(folder: Path) -> None:
    command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder)]
    subprocess.run([*command, f"{PACKAGE}@{VERSION}"], check=True)


def ask(folder: Path, simulations: Mapping[str, object]) -> dict[str, Mapping[str, Any]]:
    lines = "".join(f"{json.dumps({'id': name, 'simulation': given})}\n" for name, given in simulations.items())
    script = Path(__file__).with_name("ask.cjs")
    ran = subprocess.run(["node", str(script), str(folder)], input=lines, capture_output=True, text=True, check=True)
    return {answer["id"]: answer for answer in map(json.loads, ran.stdout.splitlines())}


def their_answer(answer: Mapping[str, Any], *, expects_refusal: bool) -> tuple[str | None, str]:
    """The answer that counts, None for none, and how it was come by when not with the package's own checks."""
    validated, plain = answer["validated"], answer["plain"]
    if validated.get("stuck"):
        return FAILED, validated["error"]
    if "error" in validated and expects_refusal:
        return REFUSED, validated["error"]
    if "error" not in validated and not validated["ignored"]:
        return WORDS[validated["answer"]], ""
    because = validated.get("error") or f"dropped {', '.join(validated['ignored'])}"
    if "error" in plain:
        return (FAILED if plain.get("stuck") else None), f"{because}; and without its checks {plain['error']}"
    return WORDS[plain["answer"]], f"without its checks, which said: {because}"


def compare(files: Iterable[Path], folder: Path) -> list[Compared]:
    compared: list[Compared] = []
    for file in files:
        text = file.read_text(encoding="utf-8")
        raw, cases = raw_cases(text), read_case_file(text, file.name)
        simulations: dict[str, object] = {}
        cannot: dict[str, str] = {}
        for case in cases:
            try:
                simulations[case.id] = simulation_of(raw[case.id], case)
            except CannotAsk as error:
                cannot[case.id] = str(error)
        answers = ask(folder, simulations)
        for case in cases:
            refusal = isinstance(case, EvaluateCase) and case.expects_refusal
            expected = REFUSED if refusal else case.expected.value
            ours = None if skip_reason(case) else run_case(case).decision.outcome.value
            if isinstance(case, EvaluateCase) and case.refusal is not None:
                ours = REFUSED
            if case.id in cannot:
                compared.append(Compared(case, file.name, expected, ours, None, cannot[case.id]))
            else:
                theirs, why = their_answer(answers[case.id], expects_refusal=refusal)
                compared.append(Compared(case, file.name, expected, ours, theirs, why))
    return compared


def report(compared: list[Compared]) -> None:
    for one in compared:
        if one.differs:
            contested = " (contested)" if one.case.contested else ""
            print(f"{one.file} {one.case.id}{contested}: {one.case.rule}")
            print(f"    expected {one.expected}; passrole {one.ours or 'skipped'}; iam-simulate {one.theirs}")
            if one.why:
                print(f"    {one.why[:300]}")
    asked = [one for one in compared if one.theirs is not None]
    sure = [one for one in asked if not one.case.contested]
    print(f"\n{len(compared)} cases, {len(asked)} asked of {PACKAGE} {VERSION}, {len(sure)} of them uncontested")
    print(f"  it answers as expected: {sum(one.theirs == one.expected for one in sure)} of the uncontested")
    print(f"  passrole answers as expected: {sum(one.ours == one.expected for one in sure)} of the uncontested")
    unchecked = sum(one.why.startswith("without") for one in asked)
    print(f"  asked without its checks, since they refuse the case or drop a key of it: {unchecked}")
    for (expected, theirs), count in sorted(
        Counter((one.expected, one.theirs) for one in asked if one.differs).items(), key=lambda item: -item[1]
    ):
        print(f"  {count:4} expected {expected}, it says {theirs}")
    for why, count in Counter(one.why for one in compared if one.theirs is None).most_common():
        print(f"  {count:4} not answered: {why[:200]}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python tools/compare_iam_simulate")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="conformance cases, in either format")
    parser.add_argument("--folder", type=Path, help=f"where npm has installed {PACKAGE}; otherwise it is installed now")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.folder or Path(scratch)
        if asked.folder is None:
            install(folder)
        report(compare(asked.files, folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())
