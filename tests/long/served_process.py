"""`passrole serve` as a process of its own, which can be killed, and clients of it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import boto3
from botocore.client import BaseClient
from botocore.config import Config

SOURCE = Path(__file__).parents[2] / "src"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class ServedProcess:
    """A server on an account file; `start` waits until it answers."""

    def __init__(self, account_file: Path, port: int | None = None) -> None:
        self.account_file = account_file
        self.port = port or free_port()
        self.log_path = account_file.with_name(f"{account_file.name}.{self.port}.stderr")
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "passrole", "serve", "--account-file", str(self.account_file)]
        # A file, as nobody reads a pipe while the server runs: once full it would hold the server up.
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--port", str(self.port)],
                stdout=subprocess.DEVNULL,
                stderr=log,
                env={**os.environ, "PYTHONPATH": str(SOURCE)},
            )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(self.log_path.read_text())
            try:
                urllib.request.urlopen(f"{self.url}/_passrole/health", timeout=5).close()
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.02)
            else:
                return
        raise AssertionError("the server does not answer")

    def kill(self) -> None:
        """SIGKILL: no handler runs, nothing is flushed."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)
        self.process.wait(timeout=60)
        self.process = None

    def iam(self, access_key_id: str, secret: str) -> BaseClient:
        return boto3.session.Session(
            aws_access_key_id=access_key_id, aws_secret_access_key=secret, region_name="us-east-1"
        ).client(
            "iam",
            endpoint_url=self.url,
            config=Config(retries={"total_max_attempts": 1}, read_timeout=30, connect_timeout=10),
        )
