"""Node with packages of the AWS SDK for JavaScript, for tests that are skipped where they are not there."""

from __future__ import annotations

import shutil
import subprocess

import pytest


def node_with(*packages: str) -> str:
    """The program; skips the test, saying why, when it or a package cannot be found (NODE_PATH is asked)."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node is not installed")
    asked = "process.argv.slice(1).forEach((name) => require.resolve(name))"
    found = subprocess.run([node, "-e", asked, *packages], capture_output=True, check=False, timeout=60)
    if found.returncode != 0:
        pytest.skip(f"{' and '.join(packages)} are not on NODE_PATH")
    return node
