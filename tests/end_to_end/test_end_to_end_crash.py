"""`passrole apply` killed at random moments, and two of them at once: the account and the journal come out right."""

from __future__ import annotations

import configparser
import random
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.end_to_end.end_to_end_accounts import Account, embedded_account
from tests.end_to_end.end_to_end_contents import marks_of, with_what_is_wanted

from passrole.activity.rehearse import Verdict
from passrole.recipes.desired import DesiredState
from passrole.server.embedded import EmbeddedAccount

VALUES = {"connector_names": "east,west", "user": "user/migrator"}
"""sms makes what is the hardest to make once: access keys, whose secrets are shown a single time."""
CHANGES = 10
"""As many changes with calls has its plan, and as many lines of progress are told."""
KILLS = 12


def start_apply(folder: Path) -> subprocess.Popen[str]:
    settings = [word for name, value in VALUES.items() for word in ("--set", f"{name}={value}")]
    program = "from passrole.cli.main import run; run()"
    return subprocess.Popen(
        [
            sys.executable,
            "-c",
            program,
            "apply",
            "sms",
            *settings,
            "--yes",
            "--account-file",
            str(folder / "account.db"),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def no_sleep(_seconds: float) -> None:
    raise AssertionError("the embedded account needs no waiting")


def assert_set_up(account: Account, desired: DesiredState) -> None:
    """As after one apply that nobody disturbed: each connector has one key, and the file has its secret."""
    assert account.contents() == with_what_is_wanted({}, desired, marks_of(desired))
    saved = account.secrets.saved_keys()
    clients = account.open.clients
    assert isinstance(clients, EmbeddedAccount)
    for name in ("east", "west"):
        (key,) = account.iam.list_access_keys(UserName=name)["AccessKeyMetadata"]
        assert key["AccessKeyId"] == saved[name].key_id
        secret = secret_in(Path(saved[name].file))
        assert stat.S_IMODE(Path(saved[name].file).stat().st_mode) == 0o600
        caller = clients.as_user(key["AccessKeyId"], secret).client("sts").get_caller_identity()
        assert caller["Arn"].endswith(f":user/{name}")
    assert not account.plan(desired).has_work
    assert account.verify(desired).verdict is Verdict.ALLOWED
    assert {file.name for file in account.secrets.folder.iterdir()} == {"east.credentials", "west.credentials"}


def secret_in(file: Path) -> str:
    parser = configparser.RawConfigParser()
    parser.read_string(file.read_text())
    return parser.get("default", "aws_secret_access_key")


def wait_for(happened: Callable[[], bool], child: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 60
    while not happened():
        assert child.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.0005)


@pytest.mark.parametrize("number", range(KILLS))
def test_killed_at_a_random_moment_the_next_apply_finishes(number: int, tmp_path: Path) -> None:
    child = start_apply(tmp_path)
    pause = random.uniform(0, 0.015)
    if number < CHANGES:
        assert child.stderr is not None
        told = [child.stderr.readline() for _ in range(number + 1)]
        assert told[0].startswith("new embedded account")
        assert all(line.startswith(f"  [{n}/{CHANGES}] ") for n, line in enumerate(told[1:], 1)), told
    else:
        wait_for((tmp_path / "account.db").exists, child)
    time.sleep(pause)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    assert child.returncode == -signal.SIGKILL

    with embedded_account(tmp_path) as account:
        desired = account.desired("sms", VALUES)
        left = account.plan(desired)
        if left.has_work:
            assert account.apply(left, no_sleep).complete
        assert_set_up(account, desired)
        assert account.apply(account.destroy_plan("sms"), no_sleep).complete
        assert account.contents() == {}
        assert not account.open.journal.records
        assert not account.secrets.saved_keys()


@pytest.mark.parametrize("number", range(3))
def test_two_at_once_make_one_set_up(number: int, tmp_path: Path) -> None:
    """Both make the account if they must; one applies, the other finds all done, is refused, or is told to wait."""
    children = [start_apply(tmp_path), start_apply(tmp_path)]
    ended = [(child.communicate(timeout=120), child.returncode) for child in children]
    refusals = {
        1: "this plan was made; nothing was changed",
        253: "another apply or destroy works on this account",
    }
    codes = [code for _, code in ended]
    assert 0 in codes, ended
    for (_, told), code in ended:
        assert code == 0 or refusals[code] in told, (code, told)
        assert "Traceback" not in told
        assert "fault of its own" not in told
    with embedded_account(tmp_path) as account:
        assert_set_up(account, account.desired("sms", VALUES))


@pytest.mark.parametrize("account", ["embedded"], indirect=True)
def test_while_another_applies_nothing_is_done(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    with account.open.journal.exclusively():
        assert account.command("apply", "sms", "--yes") == 253
    told = capsys.readouterr().err
    assert "another apply or destroy works on this account" in told
    assert "wait until it has ended" in told
    assert account.contents() == {}
