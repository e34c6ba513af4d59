"""Installs the AWS SDK for JavaScript v3 into a folder that is gone afterwards, and runs its tests.

    python -m tests.long.javascript_sdk

It needs Node and npm, and npm's registry; the installation takes some 20 seconds.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = tuple(f"@aws-sdk/client-{name}@3" for name in ("iam", "sts", "s3", "sqs", "cloudwatch"))
TESTS = ("tests/server/test_server_javascript.py", "tests/server/test_server_gateway_javascript.py")


def main() -> int:
    npm = shutil.which("npm")
    if npm is None:
        sys.exit("npm is not installed")
    with tempfile.TemporaryDirectory() as folder:
        install = [npm, "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", folder]
        subprocess.run([*install, *PACKAGES], check=True)
        environment = os.environ | {"NODE_PATH": str(Path(folder) / "node_modules")}
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-rs", *TESTS], cwd=ROOT, env=environment
        ).returncode


if __name__ == "__main__":
    sys.exit(main())
