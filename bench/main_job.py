"""The main job from a cold start: CPU time of `apply` of vm-import on an account that is not there yet.

    python bench/main_job.py [RUNS]

`apply` makes the account, observes it, plans, applies, reads back and verifies, all in one process. `verify` does the
last again in a new process, and asks of every statement and action whether it is needed.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from measure import Row, clean_environment, cpu_seconds, passrole_command, print_table

BUDGET_SECONDS = 2.0
SET_UP = ["vm-import", "--set", "import_bucket=disk-images", "--set", "export_bucket=exports"]


def once(passrole: list[str]) -> tuple[float, float]:
    """CPU seconds of apply and of verify, on an account of their own."""
    with tempfile.TemporaryDirectory() as folder:
        environment = clean_environment(PASSROLE_ACCOUNT_FILE=str(Path(folder) / "account.db"))
        applied = cpu_seconds([*passrole, "apply", *SET_UP, "--yes"], environment)
        verified = cpu_seconds([*passrole, "verify", SET_UP[0]], environment)
    return applied, verified


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    passrole = passrole_command()
    once(passrole)  # compiles modules
    times = [once(passrole) for _ in range(runs)]
    rows = [
        Row("apply: plan, apply and verify", tuple(applied for applied, _ in times), BUDGET_SECONDS),
        Row("verify again, with necessity", tuple(verified for _, verified in times)),
    ]
    print_table("Main job: vm-import on a fresh embedded account", rows)


if __name__ == "__main__":
    main()
