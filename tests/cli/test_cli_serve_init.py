"""`passrole serve --init`: scripts and set-ups in name order before the server is ready, and what a failure ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from passrole.cli.init_files import init_folder
from passrole.cli.init_scripts import InitError
from passrole.errors import PassroleError, UsageError
from passrole.server.http import ServedAccount, serving

SET_UP = """[set-up.vm-import]
parameters = { import_bucket = "disk-images", export_bucket = "exports" }
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    made = tmp_path / "init"
    made.mkdir()
    return made


@pytest.fixture
def served(tmp_path: Path) -> Iterator[ServedAccount]:
    with serving(tmp_path / "account.db") as found:
        yield found


def apply(folder: Path, served: ServedAccount, stop: threading.Event | None = None) -> None:
    init_folder(folder).apply(served, stop or threading.Event())


def failure(folder: Path, served: ServedAccount) -> str:
    with pytest.raises(InitError) as failed:
        apply(folder, served)
    return failed.value.message


def test_scripts_run_by_name_in_their_folder_as_the_administrator_of_this_server_alone(
    folder: Path, served: ServedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [each for each in os.environ if each.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in {
        "AWS_SESSION_TOKEN": "someone's",
        "AWS_PROFILE": "someone",
        "AWS_ENDPOINT_URL_SQS": "https://sqs.us-east-1.amazonaws.com",
        "AWS_ENDPOINT_URL": "https://example.com",
    }.items():
        monkeypatch.setenv(name, value)
    (folder / "20-second.sh").write_text("echo second >> order; env | grep ^AWS_ | sort > variables\n")
    (folder / "10-first.sh").write_text("echo first >> order\n")
    apply(folder, served)
    assert (folder / "order").read_text() == "first\nsecond\n"
    variables = dict(line.partition("=")[::2] for line in (folder / "variables").read_text().splitlines())
    administrator = served.store.administrator()
    assert variables == {
        "AWS_ACCESS_KEY_ID": administrator.access_key_id,
        "AWS_SECRET_ACCESS_KEY": administrator.secret,
        "AWS_ENDPOINT_URL": served.endpoint_url,
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_PAGER": "",
    }


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("echo one\n\nfalse\ntouch after\n", "failed at line 3 with exit code 1"),
        ("# why\n(exit 7)\ntouch after\n", "failed at line 2 with exit code 7"),
        ("#!/bin/sh\nhelp_me() {\n  false\n}\nhelp_me\ntouch after\n", "failed at line 3 with exit code 1"),
        ("exit 5\n", "failed with exit code 5"),
        ("kill -9 $$\n", "failed with exit code 137"),
        ("no-such-command\n", "failed at line 1 with exit code 127"),
        ("if then\n", "failed with exit code"),
    ],
)
def test_first_command_that_fails_ends_it_with_its_line(
    folder: Path, served: ServedAccount, script: str, told: str
) -> None:
    (folder / "10-broken.sh").write_text(script)
    (folder / "20-never.sh").write_text("touch never\n")
    assert f"10-broken.sh` {told}" in failure(folder, served)
    assert not (folder / "after").exists()
    assert not (folder / "never").exists()


def test_command_that_may_fail_and_one_that_stays(folder: Path, served: ServedAccount) -> None:
    (folder / "a.sh").write_text("false || true\nsleep 30 &\necho $! > pid\nif false; then exit 3; fi\n")
    apply(folder, served)
    os.kill(int((folder / "pid").read_text()), signal.SIGTERM)


def test_where_there_is_no_bash_sh_runs_it(
    folder: Path, served: ServedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda _name: None)
    (folder / "a.sh").write_text("touch before\nfalse\ntouch after\n")
    assert failure(folder, served).endswith("a.sh` failed with exit code 1")
    assert (folder / "before").exists()
    assert not (folder / "after").exists()


def test_a_name_that_looks_like_an_option_is_a_script_all_the_same(
    folder: Path, served: ServedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "-n.sh").write_text("touch done\n")
    apply(folder, served)
    (folder / "done").unlink()
    monkeypatch.setattr("shutil.which", lambda _name: None)
    apply(folder, served)
    assert (folder / "done").exists()


def test_stop_ends_a_script_and_is_no_failure(folder: Path, served: ServedAccount) -> None:
    (folder / "a.sh").write_text("sleep 60\n")
    (folder / "b.sh").write_text("touch never\n")
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    apply(folder, served, stop)
    assert not (folder / "never").exists()


def test_set_ups_are_applied_and_a_second_start_has_nothing_to_do(
    folder: Path, served: ServedAccount, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "passrole.toml").write_text(SET_UP)
    apply(folder, served)
    assert "  vm-import: 3 calls\n" in capsys.readouterr().err
    apply(folder, served)
    assert "  vm-import: as it should be\n" in capsys.readouterr().err


def test_set_ups_that_cannot_be_read_end_the_start(folder: Path, served: ServedAccount) -> None:
    (folder / "passrole.toml").write_text('[set-up.vm-import]\nparameters = { import_bucket = "UPPER" }\n')
    with pytest.raises(PassroleError) as failed:
        apply(folder, served)
    assert "import_bucket" in "".join(diagnostic.message for diagnostic in failed.value.diagnostics)


def test_folder_with_nothing_to_do_is_a_mistake(folder: Path, tmp_path: Path) -> None:
    (folder / "policy.json").write_text("{}")
    with pytest.raises(UsageError, match=r"has no file \*\.sh or \*\.toml"):
        init_folder(folder)
    with pytest.raises(UsageError, match="cannot be read"):
        init_folder(tmp_path / "gone")


def test_program_with_another_ending_is_told_of(
    folder: Path, served: ServedAccount, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "a.sh").write_text("true\n")
    (folder / "policy.json").write_text("{}")
    (folder / "seed").write_text("#!/bin/sh\n")
    (folder / "seed").chmod(0o755)
    apply(folder, served)
    told = capsys.readouterr().err
    assert f"note: {folder / 'seed'} is neither *.sh nor *.toml, and is left alone\n" in told
    assert "policy.json" not in told


@contextmanager
def program(tmp_path: Path, folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`passrole serve --init` with the URL that it listens on."""
    arguments = ["--account-file", str(tmp_path / "account.db"), "--init", str(folder), "--port", "0", "--no-gateway"]
    with subprocess.Popen(
        [sys.executable, "-m", "passrole", "serve", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as process:
        assert process.stdout is not None
        line = ""
        while " at http" not in line:
            line = process.stdout.readline()
            assert line, process.stderr.read() if process.stderr else ""
        try:
            yield process, line.split()[-1]
        finally:
            process.kill()


def status(url: str) -> int:
    try:
        with urlopen(f"{url}/_passrole/health", timeout=10) as answer:
            found: int = answer.status
            return found
    except HTTPError as error:
        return error.code


def test_server_is_ready_when_the_last_script_has_ended(tmp_path: Path, folder: Path) -> None:
    (folder / "a.sh").write_text("while [ ! -e go ]; do sleep 0.05; done\n")
    with program(tmp_path, folder) as (process, url):
        assert status(url) == 503
        (folder / "go").touch()
        until = time.monotonic() + 20
        while status(url) != 200:
            assert time.monotonic() < until
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


def test_server_ends_with_a_script_that_fails_and_tells_no_secret(tmp_path: Path, folder: Path) -> None:
    (folder / "a.sh").write_text("true\n")
    with program(tmp_path, folder) as (process, _url):
        process.send_signal(signal.SIGTERM)
        process.wait(20)
    (folder / "b.sh").write_text("echo told on the way\nfalse\n")
    with program(tmp_path, folder) as (process, _url):
        out, err = process.communicate(timeout=20)
        assert process.returncode == 1
    assert "told on the way" in err
    assert f"error: `{folder / 'b.sh'}` failed at line 2 with exit code 1" in err
    with serving(tmp_path / "account.db") as served:
        assert served.store.administrator().secret not in out + err
