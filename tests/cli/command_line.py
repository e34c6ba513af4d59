"""Running passrole as a user does: in this process with its streams caught, or as a program of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from passrole.cli.main import main

SOURCE = Path(__file__).parents[2] / "src"
VM_IMPORT = ("--set", "import_bucket=disk-images", "--set", "export_bucket=exports")


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one command line."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """stdout, which must be one JSON document and nothing else."""
        return json.loads(self.out)


Run = Callable[..., Result]


def runner(capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> Result:
        capsys.readouterr()
        code = main(arguments)
        caught = capsys.readouterr()
        assert "Traceback" not in caught.err, caught.err
        assert "fault of its own" not in caught.err, caught.err
        return Result(code, caught.out, caught.err)

    return run


def program(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "passrole", *arguments]


def environment(**more: str) -> dict[str, str]:
    """That of the test, with this source tree first."""
    return {**os.environ, "PYTHONPATH": str(SOURCE), **more}


def run_program(*arguments: str, **options: Any) -> Result:
    """passrole as a program of its own; `options` go to subprocess.run."""
    options = {"stdin": subprocess.DEVNULL, "env": environment(), "check": False, "timeout": 60, **options}
    done = subprocess.run(program(*arguments), capture_output=True, encoding="utf-8", errors="replace", **options)
    return Result(done.returncode, done.stdout, done.stderr)


def write(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def sets(**values: str) -> Sequence[str]:
    return [word for name, value in values.items() for word in ("--set", f"{name}={value}")]
