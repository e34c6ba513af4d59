"""s3fs and its integration tests from PyPI, as they are and as a team would point them at passrole."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

VERSION = "2026.9.0"
_PACKAGES = ("moto[s3,server]==5.2.5", "boto3", "pytest", "pytest-asyncio", "pytest-env")
_FIXTURES = ("s3fs/tests/test_s3fs.py", "s3fs/tests/derived/s3fs_fixtures.py")


@dataclass(frozen=True, slots=True)
class Outcome:
    passed: bool
    text: str
    cpu_seconds: float

    @property
    def summary(self) -> str:
        return self.text.strip().splitlines()[-1].strip("= ")

    @property
    def failed(self) -> tuple[str, ...]:
        return tuple(re.findall(r"^(?:FAILED|ERROR) (\S+)", self.text, re.M))


class Suite:
    """`tree` has the sources as they are published, `edited` the same for another port."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tree = folder / f"s3fs-{VERSION}"
        self.edited = folder / "edited"
        self._python = folder / "venv" / "bin" / "python"

    def prepare(self, port: int) -> None:
        """Install what is not there yet."""
        if self.edited.exists():
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        _run(sys.executable, "-m", "venv", str(self.folder / "venv"))
        pip = (str(self._python), "-m", "pip", "--quiet", "--disable-pip-version-check")
        _run(*pip, "install", f"s3fs=={VERSION}", *_PACKAGES)
        _run(*pip, "download", "--no-deps", "--no-binary", "s3fs", "--dest", str(self.folder), f"s3fs=={VERSION}")
        for target in (self.tree, self.edited):
            target.mkdir()
            _run("tar", "xzf", f"{self.tree}.tar.gz", "--strip-components", "1", "-C", str(target))
        for name in _FIXTURES:
            _edit(self.edited / name, port)

    def run(self, tree: Path, environment: Mapping[str, str], *arguments: str) -> Outcome:
        """The tests that pytest's arguments choose; without any, all."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHONPATH"))}
        nowhere = {
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }
        before = os.times()
        done = subprocess.run(
            [str(self._python), "-m", "pytest", "-q", "--tb=short", "-rfE", *arguments],
            cwd=tree,
            env={**clean, **nowhere, **environment},
            capture_output=True,
            text=True,
        )
        after = os.times()
        spent = after.children_user + after.children_system - before.children_user - before.children_system
        return Outcome(done.returncode == 0, done.stdout, spent)


def _edit(fixtures: Path, port: int) -> None:
    """Another port and no server of its own; a reset that leaves users and roles; buckets that take ACLs.

    At AWS a new bucket takes none, and its Block Public Access is on, so that the fixtures of today would fail there.
    """
    text = re.sub(r"(?m)^port = .*", f"port = {port}", fixtures.read_text())
    text = re.sub(r"(?m)^.*(?:server = ThreadedMotoServer|server\.start\(\)|server\.stop\(\)).*\n", "", text)
    text = text.replace("/moto-api/reset", "/moto-api/reset?only=backend")
    text = re.sub(
        r'(?m)^( *)client\.create_bucket\(Bucket=(\w+), ACL="public-read"\)$',
        r'\1client.create_bucket(Bucket=\2, ObjectOwnership="ObjectWriter")\n'
        r"\1client.delete_public_access_block(Bucket=\2)\n"
        r'\1client.put_bucket_acl(Bucket=\2, ACL="public-read")',
        text,
    )
    fixtures.write_text(text)


def _run(*command: str) -> None:
    subprocess.run(command, check=True)
