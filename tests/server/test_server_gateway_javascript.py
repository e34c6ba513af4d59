"""The AWS SDK for JavaScript v3, unmodified, through the gateway; skipped where Node or the SDK is not there.

With both, installed for this run into a temporary folder: `python -m tests.long.javascript_sdk`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.server.gateway_served import gateway

SCRIPT = Path(__file__).with_name("javascript_gateway.cjs")
PACKAGES = ("@aws-sdk/client-s3", "@aws-sdk/client-sqs", "@aws-sdk/client-cloudwatch")


def node_with_sdk() -> str:
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node is not installed")
    asked = "process.argv.slice(1).forEach((name) => require.resolve(name))"
    found = subprocess.run([node, "-e", asked, *PACKAGES], capture_output=True, check=False, timeout=60)
    if found.returncode != 0:
        pytest.skip(f"{' and '.join(PACKAGES)} are not on NODE_PATH")
    return node


def test_objects_queues_and_metrics(tmp_path: Path) -> None:
    node = node_with_sdk()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    with gateway(tmp_path) as served:
        done = subprocess.run(
            [node, str(SCRIPT)],
            env=kept | served.served.environment().variables() | {"AWS_EC2_METADATA_DISABLED": "true"},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "object": ["hello", {"a": "b"}],
        "streamed": 70001,
        "keys": ["a b+ü", "stream"],
        "gone": ["NoSuchKey", 404],
        "message": "hi",
        "metrics": "m",
        "wrong": ["SignatureDoesNotMatch", 403],
    }
