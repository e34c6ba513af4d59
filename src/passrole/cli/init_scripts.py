"""Scripts of `passrole serve --init`: each run by bash, as its administrator, until its first command that fails."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from passrole.errors import PassroleError

_SECONDS_BETWEEN_LOOKS: Final = 0.05
_SECONDS_TO_END: Final = 5.0
_IN_THE_WAY: Final = frozenset(
    {
        "AWS_DEFAULT_PROFILE",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
        "AWS_PROFILE",
        "AWS_ROLE_ARN",
        "AWS_SECURITY_TOKEN",
        "AWS_SESSION_TOKEN",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
    }
)
"""What clients would find before the administrator's keys."""
_SOURCE: Final = """set -eE
trap 'printf "%s\\n" "$LINENO" >&"$0"' ERR
. "$1"
"""
"""`$0` is the number of a pipe that takes the line of the command that failed, `$1` the script."""


class InitError(PassroleError):
    """What a folder of `serve --init` asks for could not be done; the server ends."""


def run_script(script: Path, variables: Mapping[str, str], stop: threading.Event) -> None:
    """Run one script in its own folder; what it prints goes to standard error.

    `stop` ends it early. Raises InitError for one that failed, with its exit code and, where bash tells it, the line.
    """
    shell = shutil.which("bash")
    reader, writer = os.pipe()
    try:
        # With its folder: a name that begins with a hyphen would be an option.
        named = f"./{script.name}"
        arguments = ["sh", "-e", named] if shell is None else [shell, "-c", _SOURCE, str(writer), named]
        try:
            # The user named the folder to have its scripts run. A session of its own, so that all of it can be ended.
            running = subprocess.Popen(  # noqa: S603
                arguments,
                cwd=script.parent,
                env=_environment(variables),
                stdin=subprocess.DEVNULL,
                stdout=2,
                pass_fds=(writer,),
                start_new_session=True,
            )
        except OSError as error:
            raise InitError(
                f"`{script}` cannot be run",
                causes=((error.strerror or str(error)).lower(),),
                help="scripts are run by bash, or by sh where there is none",
            ) from error
        code = _ended(running, stop)
    finally:
        os.close(writer)
        lines = _told(reader)
    if code and not stop.is_set():
        # The innermost command tells its line first.
        place = f" at line {lines[0].decode()}" if lines else ""
        raise InitError(
            f"`{script}` failed{place} with exit code {code if code > 0 else 128 - code}",
            help="what it printed stands above; a command that may fail is written `command || true`",
        )


def _ended(running: subprocess.Popen[bytes], stop: threading.Event) -> int:
    while running.poll() is None:
        if stop.wait(_SECONDS_BETWEEN_LOOKS):
            _signal(running, signal.SIGTERM)
            try:
                running.wait(_SECONDS_TO_END)
            except subprocess.TimeoutExpired:
                _signal(running, signal.SIGKILL)
                running.wait()
    return running.returncode


def _told(reader: int) -> list[bytes]:
    """What has come through the pipe. What the script left running may hold its other end open for ever."""
    os.set_blocking(reader, False)
    try:
        return os.read(reader, 4096).split()
    except BlockingIOError:
        return []
    finally:
        os.close(reader)


def _signal(running: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """To the script and to all that it started."""
    try:
        os.killpg(running.pid, number)
    except ProcessLookupError:
        return


def _environment(variables: Mapping[str, str]) -> dict[str, str]:
    """That of the server, without what would lead a client elsewhere than to it."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in _IN_THE_WAY and not name.startswith("AWS_ENDPOINT_URL")
    }
    files = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    return {**kept, **files, "AWS_PAGER": "", **variables}
