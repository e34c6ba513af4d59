"""The accounts that the provisioning contract is tested on: passrole's embedded one, and moto, made by others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.provision.provision_worlds import World, open_account


@pytest.fixture(autouse=True)
def aws_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent/config")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent/credentials")
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(params=["embedded", "moto"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    with open_account(request.param, tmp_path) as clients:
        yield World(clients, tmp_path / "state")


@pytest.fixture(scope="session")
def moto_url() -> Iterator[str]:
    """moto's server, in a thread: an endpoint that anyone can reach."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()
