"""The servers side by side: ours, and others installed by name into a temporary folder, each a process of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import venv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

from measure import clean_environment, passrole_command
from raw_client import Signer, drive

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
INSTALL_SECONDS = 600
ROOM = 1_000_000
START_SECONDS = 60


class Skipped(Exception):
    """The reason why a server is not measured."""


@dataclass(frozen=True, slots=True)
class Server:
    """One that answers, and who calls it: a user with AdministratorAccess."""

    name: str
    port: int
    pid: int
    signer: Signer

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mb(self) -> float:
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8")
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024


@dataclass(frozen=True, slots=True)
class Peer:
    """`command` gets the folder of its environment and a port. Keys of its own let everybody in."""

    name: str
    package: str
    command: tuple[str, ...]
    environment: Mapping[str, str]

    @contextmanager
    def running(self, scratch: Path) -> Iterator[Server]:
        """Raises Skipped when it cannot be installed or does not start."""
        folder = scratch / self.name.split()[0]
        venv.create(folder, with_pip=True)
        _checked([str(folder / "bin" / "pip"), "install", "--quiet", self.package])
        port = _free_port()
        command = [part.format(bin=folder / "bin", port=port) for part in self.command]
        more = {name: value.format(port=port) for name, value in self.environment.items()}
        with _process(command, clean_environment(**more), port) as pid:
            anybody = Signer(f"127.0.0.1:{port}", "test", "test")
            yield Server(self.name, port, pid, _administrator(port, anybody))


PEERS = (
    Peer(
        "ministack 1.5.33, AUTH=true",
        "ministack==1.5.33",
        ("{bin}/ministack",),
        {"AUTH": "true", "GATEWAY_PORT": "{port}"},
    ),
    Peer("moto's server, no checks of callers", "moto[server]", ("{bin}/moto_server", "-p", "{port}"), {}),
)


@contextmanager
def ours(scratch: Path, *, gateway: bool = False) -> Iterator[Server]:
    """On an account file in `scratch`; its administrator is the user that a new account has."""
    from passrole.server.http import environment_of

    port, file = _free_port(), scratch / "account.db"
    command = [*passrole_command(), "serve", "--account-file", str(file), "--port", str(port)]
    command += [] if gateway else ["--no-gateway"]
    command += [part for name in ("RolesQuota", "InstanceProfilesQuota") for part in ("--quota", f"{name}={ROOM}")]
    with _process(command, clean_environment(), port) as pid:
        found = environment_of(file, f"http://127.0.0.1:{port}")
        yield Server("passrole", port, pid, Signer(f"127.0.0.1:{port}", found.access_key_id, found.secret_access_key))


@contextmanager
def moto_alone() -> Iterator[Server]:
    """The moto that the gateway has in process, as its own server. Raises Skipped where that needs what is missing."""
    if find_spec("flask") is None:
        raise Skipped("moto's server is not installed: pip install 'moto[server]'")
    port = _free_port()
    command = [sys.executable, "-m", "moto.server", "-p", str(port)]
    with _process(command, clean_environment(), port) as pid:
        yield Server("moto's own server", port, pid, Signer(f"127.0.0.1:{port}", "test", "test"))


def seconds_to_first_answer(command: Sequence[str]) -> tuple[float, float]:
    """By the clock, and CPU seconds: from the start of a server to an answer on `{port}`."""
    port = _free_port()
    began = time.perf_counter()
    with _process([part.format(port=port) for part in command], clean_environment(), port) as pid:
        drive(port, [[f"GET /_passrole/health HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()]])
        return time.perf_counter() - began, Server("", port, pid, Signer("", "", "")).cpu_seconds()


@contextmanager
def _process(command: Sequence[str], environment: Mapping[str, str], port: int) -> Iterator[int]:
    process = subprocess.Popen(
        command, env=dict(environment), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + START_SECONDS
        while not _listens(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise Skipped(f"{Path(command[0]).name} did not start")
            time.sleep(0.01)
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _administrator(port: int, anybody: Signer) -> Signer:
    """A user like ours, so that callers are looked up and their policies asked."""

    def call(action: str, **parameters: str) -> bytes:
        return drive(port, [[anybody.call("iam", action, parameters)]], keep_answers=True).answers[0]

    call("CreateUser", UserName="bench")
    call("AttachUserPolicy", UserName="bench", PolicyArn=ADMINISTRATOR)
    made = ElementTree.fromstring(call("CreateAccessKey", UserName="bench"))
    key, secret = made.findtext(".//{*}AccessKeyId"), made.findtext(".//{*}SecretAccessKey")
    if key is None or secret is None:
        raise Skipped("it makes no access key")
    return Signer(anybody.host, key, secret)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _checked(command: Sequence[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=INSTALL_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Skipped(str(error)) from error
    if done.returncode != 0:
        raise Skipped((done.stderr or done.stdout).strip().rpartition("\n")[2])
