"""A shell with the real AWS CLI and an account's endpoint and credentials, as a reader of AWS's pages has one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.end_to_end.end_to_end_accounts import Account


def run_shell(command: str, account: Account, folder: Path) -> None:
    """Run it with `sh` in `folder`; it must succeed and complain of nothing."""
    binaries = Path(sys.executable).parent
    assert (binaries / "aws").exists(), "the test extra installs the AWS CLI beside Python"
    _, url = account.options
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=folder,
        env={
            **account.environment,
            "PATH": os.pathsep.join((str(binaries), "/usr/bin", "/bin")),
            "HOME": str(folder),
            "AWS_PAGER": "",
            "AWS_ENDPOINT_URL": url,
            "AWS_DEFAULT_REGION": "us-east-1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), command
