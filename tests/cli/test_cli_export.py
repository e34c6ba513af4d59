"""`passrole export`: JSON on stdout, or a script of AWS CLI commands, for the account that the options name."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.command_line import VM_IMPORT, Run, environment, write

from passrole.server.http import serving

USAGE = 252
AWS = Path(sys.executable).with_name("aws")


def test_json_is_what_iam_would_be_given(run: Run) -> None:
    exported = run("export", "vm-import", *VM_IMPORT, "--account", "999988887777")
    assert exported.code == 0, exported.err
    value = exported.json()
    assert value["account_id"] == "999988887777"
    assert value["managed_policies"][0]["arn"] == "arn:aws:iam::999988887777:policy/vm-import-user"
    (role,) = value["roles"]
    assert role["trust_policy"]["document"]["Statement"][0]["Principal"] == {"Service": "vmie.amazonaws.com"}
    pass_role = value["managed_policies"][0]["document"]["Statement"][-1]
    assert pass_role["Resource"] == "arn:aws:iam::999988887777:role/vmimport"


def test_the_partition_follows_the_region(run: Run) -> None:
    value = run("export", "vm-import", *VM_IMPORT, "--account", "999988887777", "--region", "cn-north-1").json()
    assert value["managed_policies"][0]["arn"].startswith("arn:aws-cn:iam::")


def test_an_example_account_is_said_to_be_one(run: Run, tmp_path: Path) -> None:
    exported = run("export", "vm-import", *VM_IMPORT)
    assert "the example 111122223333: add --account ID" in exported.err
    assert not (tmp_path / "account.db").exists()
    assert "example" not in run("export", "vm-import", *VM_IMPORT, "--account", "999988887777").err


@pytest.mark.usefixtures("vm_import")
def test_the_remembered_values_of_the_account_are_exported(run: Run) -> None:
    assert run("export", "vm-import").json()["parameters"]["export_bucket"] == "exports"
    guarded = run("export", "vm-import", "--account", "999988887777")
    assert guarded.code == 253


def test_out_writes_a_file_for_each_set_up(run: Run, machine: Path) -> None:
    write(machine / "passrole.toml", '[set-up.a]\nrecipe = "dms-roles"\n[set-up.b]\nrecipe = "session-manager"\n')
    refused = run("export")
    assert (refused.code, refused.out) == (USAGE, "")
    assert "`passrole.toml` has 2 set-ups" in refused.err
    assert "--out FOLDER" in refused.err
    for form, suffix in (("json", "json"), ("aws-cli", "sh")):
        written = run("export", "--format", form, "--out", "out")
        assert (written.code, written.out) == (0, "")
        for label in ("a", "b"):
            assert f"written: out/{label}.{suffix}" in written.err
            assert (machine / "out" / f"{label}.{suffix}").stat().st_size > 0
    assert json.loads((machine / "out" / "b.json").read_text())["recipe"] == "session-manager"


def test_out_that_cannot_be_written_is_told(run: Run, machine: Path) -> None:
    write(machine / "taken", "a file")
    refused = run("export", "dms-roles", "--out", "taken")
    assert (refused.code, refused.out) == (253, "")
    assert "`taken/dms-roles.json` cannot be written" in refused.err


def test_unknown_format(run: Run) -> None:
    refused = run("export", "dms-roles", "--format", "terraform")
    assert refused.code == USAGE
    assert "`terraform` is not one of `json`, `aws-cli`" in refused.err


@pytest.mark.skipif(not AWS.exists(), reason="the AWS CLI is not installed beside this Python (extra: test)")
def test_the_script_makes_what_apply_would_make(run: Run, machine: Path, tmp_path: Path) -> None:
    """The AWS CLI runs it against a served account; verify then finds nothing denied there."""
    script = run("export", "vm-import", *VM_IMPORT, "--account", "999988887777", "--format", "aws-cli")
    assert script.code == 0, script.err
    write(machine / "set-up.sh", script.out)
    shell = shutil.which("sh")
    assert shell
    file = tmp_path / "served.db"
    with serving(file, account_id="999988887777") as account:
        variables = environment(**account.environment().variables(), AWS_PAGER="")
        variables["PATH"] = f"{AWS.parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            [shell, "set-up.sh"], env=variables, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120
        )
    assert done.returncode == 0, done.stderr
    verified = run("verify", "vm-import", *VM_IMPORT, "--account-file", str(file), "--brief")
    assert verified.code == 0, verified.out + verified.err
