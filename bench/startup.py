"""What a command costs from a cold start: CPU time of `passrole --help`, `recipes`, and `diff` of two small files.

python bench/startup.py [RUNS]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from measure import Row, clean_environment, cpu_seconds, passrole_command, print_table

HELP_BUDGET_SECONDS = 0.150
DIFF_BUDGET_SECONDS = 0.300
POLICY = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "%s", "Resource": "arn:aws:s3:::b/*"}]}'


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    passrole = passrole_command()
    with tempfile.TemporaryDirectory() as folder:
        environment = clean_environment(PASSROLE_ACCOUNT_FILE=str(Path(folder) / "account.db"))
        files = [Path(folder) / name for name in ("old.json", "new.json")]
        for file, action in zip(files, ("s3:ListAllMyBuckets", "s3:ListAllMy*"), strict=True):
            file.write_text(POLICY % action)
        jobs = {
            "python -c pass": ([sys.executable, "-c", "pass"], None),
            "passrole --help": ([*passrole, "--help"], HELP_BUDGET_SECONDS),
            "passrole recipes": ([*passrole, "recipes"], None),
            "passrole diff": ([*passrole, "diff", *map(str, files)], DIFF_BUDGET_SECONDS),
        }
        rows = []
        for name, (command, budget) in jobs.items():
            cpu_seconds(command, environment)  # the first run compiles modules and may make the account
            rows.append(Row(name, tuple(cpu_seconds(command, environment) for _ in range(runs)), budget))
    print_table("Start-up", rows)


if __name__ == "__main__":
    main()
