"""The JavaScript SDK (v3) against a served account, where it is installed.

npm install --prefix DIR @aws-sdk/client-iam @aws-sdk/client-sts
PASSROLE_NODE_MODULES=DIR/node_modules pytest tests/server/test_server_javascript.py
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from passrole.server.http import serving

MODULES = os.environ.get("PASSROLE_NODE_MODULES")


@pytest.mark.skipif(
    not MODULES or not shutil.which("node"), reason="PASSROLE_NODE_MODULES names no folder with the SDK"
)
def test_javascript_sdk(tmp_path: Path) -> None:
    script = Path(__file__).parent / "javascript_client.cjs"
    with serving(tmp_path / "account.db") as served:
        environment = {
            **os.environ,
            **served.environment().variables(),
            "AWS_REGION": "us-east-1",
            "NODE_PATH": str(MODULES),
        }
        done = subprocess.run(
            ["node", str(script)], env=environment, capture_output=True, text=True, check=False, timeout=120
        )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "ok\n"
