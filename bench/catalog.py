"""What one look-up in the catalog costs a process that has just started, and what reading everything costs.

python bench/catalog.py [RUNS]
"""

from __future__ import annotations

import subprocess
import sys

from measure import Row, clean_environment, print_table

# `passrole.errors` and `json` are loaded by every command, so their import is not the catalog's cost.
PROGRAM = """
import json, time, passrole.errors
started = time.process_time()
{job}
print(time.process_time() - started)
"""
JOBS = {
    "one managed policy, its default document": (
        "from passrole.catalog.managed_policies import get_managed_policy as g\n"
        "g('IAMFullAccess').default_version.document",
        0.025,
    ),
    "every document of every version": (
        "from passrole.catalog.managed_policies import list_managed_policies as l\n"
        "for p in l(include_deprecated=True):\n    for v in p.versions: v.document",
        1.0,
    ),
    "one action": ("from passrole.catalog.actions import get_action as g; g('ec2:ImportImage')", None),
    "every action, from `*`": ("from passrole.catalog.actions import expand_action_pattern as e; e('*')", None),
    "the partition of a region": (
        "from passrole.catalog.partitions import partition_of_region as p; p('us-east-1')",
        None,
    ),
}


def measured(job: str) -> float:
    program = PROGRAM.format(job=job)
    done = subprocess.run(
        [sys.executable, "-c", program], env=clean_environment(), capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    rows = []
    for name, (job, budget) in JOBS.items():
        measured(job)
        rows.append(Row(name, tuple(measured(job) for _ in range(runs)), budget))
    print_table("Catalog", rows)


if __name__ == "__main__":
    main()
