"""Stored state behind a path of parameters, a query of log groups and an organization, read from moto."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from passrole.activity.bind.state import Known, NoSuchThing, NotKnown
from passrole.server.embedded import embedded_session
from passrole.server.gateway.backend_state import BackendState
from passrole.server.gateway.moto_backend import MotoBackend
from passrole.server.gateway.readings import KeptReadings
from passrole.server.gateway.state.of_service import Place

ACCOUNT, REGION = "111122223333", "us-east-1"
HERE = f"{REGION}:{ACCOUNT}"


@pytest.fixture
def backend() -> Iterator[MotoBackend]:
    backend = MotoBackend()
    yield backend
    backend.reset()


@pytest.fixture
def state(tmp_path: Path, backend: MotoBackend) -> Iterator[BackendState]:
    with (
        embedded_session(tmp_path / "account.db", account_id=ACCOUNT) as account,
        account.store.reading() as connection,
    ):
        view = account.store.view(connection)
        yield BackendState(Place(KeptReadings(backend).for_call(), "ssm", REGION, view, (ACCOUNT,)))


def client(backend: MotoBackend, service: str) -> Any:
    return backend.client(service, region=REGION, account_id=ACCOUNT)


def test_the_secure_parameters_below_a_path(backend: MotoBackend, state: BackendState) -> None:
    ssm = client(backend, "ssm")
    for name, of_type in [
        ("/app/db", "SecureString"),
        ("/app/x/deep", "SecureString"),
        ("/app/plain", "String"),
        ("/application/db", "SecureString"),
    ]:
        ssm.put_parameter(Name=name, Value="v", Type=of_type)
    found = state.attribute(f"arn:aws:ssm:{HERE}:parameter/app", "SecureParameters")
    assert isinstance(found, Known)
    assert set(found.value) == {f"arn:aws:ssm:{HERE}:parameter/app/{name}" for name in ("db", "x/deep")}
    every = state.attribute(f"arn:aws:ssm:{HERE}:parameter/", "SecureParameters")
    assert isinstance(every, Known)
    assert len(every.value) == 3


def test_the_log_group_of_a_query(backend: MotoBackend, state: BackendState) -> None:
    logs = client(backend, "logs")
    for name in ("/other", "/app"):
        logs.create_log_group(logGroupName=name)
    query = logs.start_query(logGroupNames=["/app"], startTime=0, endTime=1, queryString="fields @message")["queryId"]
    found = state.stands_for(f"arn:aws:logs:{HERE}:log-group:{query}")
    assert isinstance(found, Known)
    assert found.value == f"arn:aws:logs:{HERE}:log-group:/app"
    assert isinstance(state.stands_for(f"arn:aws:logs:{HERE}:log-group:none"), NoSuchThing)


def test_the_callers_organization(backend: MotoBackend, state: BackendState) -> None:
    asked = f"arn:aws:organizations::{ACCOUNT}:organization/*"
    assert isinstance(state.stands_for(asked), (NoSuchThing, NotKnown))


def test_the_callers_organization_when_there_is_one(backend: MotoBackend, state: BackendState) -> None:
    made = client(backend, "organizations").create_organization(FeatureSet="ALL")["Organization"]
    found = state.stands_for(f"arn:aws:organizations::{ACCOUNT}:organization/*")
    assert isinstance(found, Known)
    assert found.value == made["Arn"]
