"""stdin is read only when asked, stdout holds the result and nothing else, and a reader who goes stops nobody."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import subprocess
import time
from pathlib import Path

import pytest
from tests.cli.command_line import VM_IMPORT, Result, Run, environment, program, run_program

from passrole.cli.text import tables

ANSI = re.compile(r"\x1b\[")


def in_terminal(*arguments: str, typed: str = "", variables: dict[str, str] | None = None) -> Result:
    """passrole with a terminal for all three streams, `typed` into it once it asks; what came out is in `out`."""
    process_id, terminal = pty.fork()
    if process_id == 0:
        command = program(*arguments)
        os.execve(command[0], command, environment(TERM="xterm", **(variables or {})))
    shown, deadline = b"", time.monotonic() + 60
    asked = False
    while time.monotonic() < deadline:
        if not select.select([terminal], [], [], 1)[0]:
            if asked and typed == "\x03":
                # A signal that comes between the question and Python's read of the answer waits until that read
                # ends; a person presses it again.
                os.write(terminal, typed.encode())
            continue
        try:
            part = os.read(terminal, 65536)
        except OSError:  # Linux: the other side has closed the terminal
            break
        if not part:
            break
        shown += part
        if typed and not asked and b"[y/N] " in shown:
            asked = True
            os.write(terminal, typed.encode())
    os.close(terminal)
    _, status = os.waitpid(process_id, 0)
    return Result(os.waitstatus_to_exitcode(status), shown.decode().replace("\r\n", "\n"), "")


COMMANDS = {
    "help": ("--help",),
    "plan": ("plan", "vm-import", "--full"),
    "apply": ("apply", "vm-import", "--yes"),
}


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.usefixtures("vm_import")
def test_stdin_closed_and_piped_make_no_difference(name: str) -> None:
    usual = run_program(*COMMANDS[name])
    assert usual.code == 0, usual.err
    piped = run_program(*COMMANDS[name], stdin=None, input="y\nnonsense\n")
    closed = Result(*_shell('"$@" <&-', *COMMANDS[name]))
    assert (piped.code, piped.out) == (usual.code, usual.out)
    assert (closed.code, closed.out) == (usual.code, usual.out)


def _shell(line: str, *arguments: str) -> tuple[int, str, str]:
    done = subprocess.run(
        ["/bin/sh", "-c", line, "sh", *program(*arguments)],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout, done.stderr


def test_apply_does_not_take_its_consent_from_a_pipe() -> None:
    result = run_program("apply", "vm-import", *VM_IMPORT, stdin=None, input="y\n")
    assert result.code == 252
    assert "nobody can be asked here; nothing was done" in result.err
    assert "add --yes" in result.err
    assert run_program("recipes", "--output", "json").json()["set_ups"] == []


@pytest.mark.parametrize(("typed", "code", "set_up"), [("y\n", 0, True), ("\n", 1, False)])
def test_apply_asks_in_a_terminal(typed: str, code: int, set_up: bool) -> None:
    result = in_terminal("apply", "dms-roles", typed=typed)
    assert result.code == code, result.out
    assert "Apply this plan? [y/N]" in result.out
    assert ("nothing was done" in result.out) is not set_up
    assert bool(run_program("recipes", "--output", "json").json()["set_ups"]) is set_up


def test_end_of_input_in_a_terminal_is_a_no() -> None:
    result = in_terminal("apply", "dms-roles", typed="\x04")
    assert result.code == 1
    assert "nothing was done" in result.out


def test_interrupt_at_the_question_does_nothing() -> None:
    result = in_terminal("apply", "dms-roles", typed="\x03")
    assert result.code == 130
    assert "interrupted; nothing was done" in result.out
    assert "Traceback" not in result.out


@pytest.mark.parametrize(("name", "streams"), [("plan", ""), ("plan", "2>&1"), ("help", "")])
@pytest.mark.usefixtures("vm_import")
def test_a_reader_who_goes_early_sees_no_trace(name: str, streams: str) -> None:
    code, out, err = _shell(f'"$@" {streams} | head -n 1', *COMMANDS[name])
    assert (code, err) == (0, "")
    assert len(out.splitlines()) == 1


@pytest.mark.parametrize("streams", ["| true", "2>&1 | true", ">&- 2>&-"])
def test_apply_goes_on_when_nobody_reads(streams: str, tmp_path: Path) -> None:
    """What was begun is finished, with the exit code of the work, whoever has stopped listening."""
    streams, pipe, reader = streams.partition("| true")
    line = f'{{ "$@" {streams}; echo $? > {tmp_path}/code; }} {pipe}{reader}'
    _, _, err = _shell(line, "apply", "vm-import", *VM_IMPORT, "--yes")
    assert "Traceback" not in err
    assert (tmp_path / "code").read_text() == "0\n"
    assert run_program("recipes", "--output", "json").json()["set_ups"][0]["state"] == "set up"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only Linux has /dev/full")
def test_a_full_disk_is_told() -> None:
    code, _, err = _shell('"$@" > /dev/full', "recipes")
    assert code == 1
    assert err.startswith("error: the output cannot be written\n  caused by: no space left on device\n  help: ")


@pytest.mark.usefixtures("vm_import")
def test_json_is_alone_on_stdout() -> None:
    for arguments in (("apply", "dms-roles", "--yes"), ("recipes",), ("destroy", "dms-roles", "--yes")):
        result = run_program(*arguments, "--output", "json", env=environment(FORCE_COLOR="1", CLICOLOR_FORCE="1"))
        assert result.code == 0, result.err
        assert result.out.startswith("{\n")
        assert result.out.endswith("}\n")
        assert json.loads(result.out)["format_version"] == "1.0"
        assert not ANSI.search(result.out)


def test_json_mode_asks_on_stderr_and_fails_with_nothing_on_stdout() -> None:
    result = run_program("apply", "dms-roles", "--output", "json")
    assert (result.code, result.out) == (252, "")
    assert "role/dms-vpc-role" in result.err


def test_colour_only_on_a_terminal_unless_it_is_asked_for() -> None:
    recipes = ("recipes",)
    assert not ANSI.search(run_program(*recipes).out)
    assert ANSI.search(in_terminal(*recipes).out)
    assert not ANSI.search(in_terminal(*recipes, variables={"NO_COLOR": "1"}).out)
    assert not ANSI.search(in_terminal(*recipes, "--color", "off").out)
    assert not ANSI.search(in_terminal("--color", "off", *recipes).out)
    assert ANSI.search(in_terminal(*recipes, "--color", "on", variables={"NO_COLOR": "1"}).out)
    for variable in ("FORCE_COLOR", "CLICOLOR_FORCE"):
        assert ANSI.search(run_program(*recipes, env=environment(**{variable: "1"})).out)
    assert not ANSI.search(run_program(*recipes, env=environment(CLICOLOR_FORCE="0")).out)


@pytest.mark.parametrize("place", ["before", "after"])
def test_colour_of_messages_follows_the_same_choice(place: str) -> None:
    words = ("plan", "nothing")
    on, off = (
        (("--color", choice, *words) if place == "before" else (*words, "--color", choice)) for choice in ("on", "off")
    )
    assert ANSI.search(run_program(*on).err)
    assert not ANSI.search(in_terminal(*off).out)


@pytest.mark.parametrize(
    "words",
    [
        ("plan", "vm-import", "--full"),
        ("plan", "session-manager"),
        ("verify", "vm-import"),
        ("show", "vm-import"),
        ("show", "session-manager", "--difference"),
        ("recipes",),
        ("can", "role/vmimport", "s3:PutObject", "arn:aws:s3:::disk-images/x"),
    ],
)
@pytest.mark.usefixtures("vm_import")
def test_a_terminal_is_not_overrun_and_a_pipe_is_not_wrapped(
    words: tuple[str, ...], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """80 columns hold every line but the few that have to stay whole: one word, or the line of the account."""
    piped = run(*words).out.splitlines()
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(tables, "is_terminal", lambda stream: True)
    shown = run(*words).out.splitlines()
    too_long = [line for line in shown if len(line) > 80 and not line.startswith("account ")]
    assert [line for line in too_long if len(line.split()) > 2] == []
    assert len(piped) < len(shown)
    signs = ("+", "-")  # a difference has one on each line
    assert [word for word in " ".join(piped).split() if word not in signs] == [
        word for word in " ".join(shown).split() if word not in signs
    ]


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8"])
def test_an_output_that_lacks_characters_gets_escapes(encoding: str) -> None:
    variables = environment(PYTHONIOENCODING=encoding, PASSROLE_ACCOUNT_FILE="…/a.db")
    told = run_program("verify", "sms", env=variables)
    assert told.code == 253
    assert ("…/a.db" if encoding == "utf-8" else "\\u2026/a.db") in told.err
    listed = run_program("recipes", "--output", "json", env=variables)
    assert listed.code == 0
    assert listed.json()["account"] is None
