"""The main job as it is typed: against moto's server by `--endpoint-url`, and the README's own commands and file."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from tests.end_to_end.end_to_end_accounts import Account

from passrole.cli.main import main

README = (Path(__file__).parents[2] / "README.md").read_text()
CHOICES = {
    "vm-import": ("import_bucket=disk-images", "export_bucket=exports", "user=user/migrator"),
    "session-manager": ("logging=both", "log_bucket=session-logs", "log_prefix=sessions", "user_policy=true"),
}


def settings(recipe: str) -> list[str]:
    return [word for setting in CHOICES[recipe] for word in ("--set", setting)]


@pytest.mark.parametrize("account", ["moto"], indirect=True)
@pytest.mark.parametrize("recipe", list(CHOICES))
def test_the_main_job_on_an_endpoint(recipe: str, account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    def passrole(*words: str) -> tuple[int, str]:
        code = account.command(*words)
        out, err = capsys.readouterr()
        return code, out + err

    def answered(*words: str) -> Any:
        account.command(*words, "--output", "json")
        return json.loads(capsys.readouterr().out)

    chosen = (recipe, *settings(recipe))
    where = f"account {account.id} as arn:aws:sts::{account.id}:user/moto on endpoint ({account.options[1]})"

    code, told = passrole("plan", *chosen)
    assert (code, where in told) == (0, True)
    assert passrole("plan", *chosen, "--detailed-exitcode")[0] == 2
    code, told = passrole("apply", *chosen)
    assert (code, "add --yes" in told) == (252, True), "there is nobody to ask"
    code, told = passrole("apply", *chosen, "--yes", "--account", "999999999999")
    assert (code, f"lead to account {account.id}, not 999999999999; nothing was done" in told) == (253, True)
    assert account.contents() == {}

    code, told = passrole("apply", *chosen, "--yes")
    assert (code, where in told) == (0, True)
    made = set(account.contents())
    assert passrole("plan", recipe, "--detailed-exitcode")[0] == 0
    assert passrole("apply", recipe, "--yes")[0] == 0

    verified = answered("verify", recipe)
    assert [each["verdict"] for each in verified["verified"]] == ["allowed"]
    assert verified["account"]["target"]["kind"] == "endpoint"
    assert verified["account"]["account_id"] == account.id
    states = {each["name"]: each for each in answered("recipes")["recipes"]}
    assert "set up" in json.dumps(states[recipe])

    assert passrole("destroy", "vm-export", "--yes")[0] == 252
    assert set(account.contents()) == made
    assert passrole("destroy", recipe, "--yes")[0] == 0
    assert account.contents() == {}
    code, told = passrole("destroy", recipe, "--yes")
    assert (code, f"nothing is set up under `{recipe}`" in told) == (252, True)


@pytest.mark.parametrize("account", ["moto"], indirect=True)
def test_the_set_ups_of_the_readme(account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (text,) = re.findall(r"```toml\n(\[set-up.*?)```", README, re.DOTALL)
    (tmp_path / "passrole.toml").write_text(text)
    monkeypatch.chdir(tmp_path)

    assert account.command("plan", "--out", "change.plan", "--detailed-exitcode") == 2
    assert account.contents() == {}
    assert account.command("apply", "change.plan", "--yes") == 0
    assert account.command("plan", "--detailed-exitcode") == 0
    assert account.command("verify") == 0
    assert account.command("apply", "change.plan", "--yes") == 1, "the account has moved since the plan was made"
    assert {"role/vmimport", "role/MySessionManagerInstanceProfile"} <= set(account.contents())

    assert account.command("destroy", "bastion", "--yes") == 0
    assert account.command("plan", "vm-import", "--detailed-exitcode") == 0
    assert account.command("destroy", "vm-import", "--yes") == 0
    assert account.contents() == {}


def test_the_commands_of_the_readme(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The block of the main job, run as it stands; `--yes` stands for the reader who is asked."""
    (block,) = re.findall(r"## The main job\n```\n(.*?)```", README, re.DOTALL)
    monkeypatch.setenv("PASSROLE_ACCOUNT_FILE", str(tmp_path / "account.db"))
    monkeypatch.chdir(tmp_path)
    commands = [shlex.split(line, comments=True) for line in block.splitlines()]
    assert len(commands) >= 9
    for program, *words in commands:
        asks = ["--yes"] if words[0] in ("apply", "destroy") else []
        assert (program, main([*words, *asks])) == ("passrole", 0), words
        assert capsys.readouterr().out
