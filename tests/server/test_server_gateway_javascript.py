"""The AWS SDK for JavaScript v3, unmodified, through the gateway; skipped where Node or the SDK is not there.

With both, installed for this run into a temporary folder: `python -m tests.long.javascript_sdk`.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from tests.server.gateway_served import gateway
from tests.server.javascript import node_with

SCRIPT = Path(__file__).with_name("javascript_gateway.cjs")
PACKAGES = ("@aws-sdk/client-s3", "@aws-sdk/client-sqs", "@aws-sdk/client-cloudwatch")


def test_objects_queues_and_metrics(tmp_path: Path) -> None:
    node = node_with(*PACKAGES)
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
