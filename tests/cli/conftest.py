"""A user's machine for each test: an empty folder to work in, a data directory, and no AWS settings."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from tests.cli.command_line import VM_IMPORT, Run, runner

from passrole.cli.main import main


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the test works in; the account of `PASSROLE_ACCOUNT_FILE` is not there yet."""
    for name in os.environ:
        if name.startswith(("AWS_", "PASSROLE_", "CLICOLOR")) or name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
            monkeypatch.delenv(name)
    home, work = tmp_path / "home", tmp_path / "work"
    home.mkdir()
    work.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "data"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setenv("PASSROLE_ACCOUNT_FILE", str(tmp_path / "account.db"))
    monkeypatch.chdir(work)
    return work


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(capsys)


@pytest.fixture(scope="session")
def vm_import_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an account in which vm-import was applied once for all tests; they copy it."""
    folder = tmp_path_factory.mktemp("vm-import")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PASSROLE_ACCOUNT_FILE", str(folder / "account.db"))
        patch.chdir(folder)
        assert main(["apply", "vm-import", *VM_IMPORT, "--yes"]) == 0
    return folder


@pytest.fixture
def vm_import(vm_import_files: Path, tmp_path: Path) -> Path:
    """An account file with vm-import set up, which the test may change: that of PASSROLE_ACCOUNT_FILE."""
    for file in vm_import_files.iterdir():
        shutil.copy(file, tmp_path / file.name)
    return tmp_path / "account.db"
