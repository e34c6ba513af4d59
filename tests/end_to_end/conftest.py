"""No end-to-end test sees credentials, configuration or files of the person who runs it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.end_to_end.end_to_end_accounts import KINDS, Account, OpenAccounts


@pytest.fixture(scope="module", autouse=True)
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty home, with the folder in which passrole keeps its data."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("AWS_", "PASSROLE_")) and name != "AWS_CA_BUNDLE"]:
            patch.delenv(name)
        patch.setenv("HOME", str(home))
        patch.setenv("XDG_DATA_HOME", str(home / "data"))
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        patch.setenv("AWS_CONFIG_FILE", str(home / "config"))
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(home / "credentials"))
        yield home


@pytest.fixture(scope="module")
def open_accounts(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenAccounts]:
    accounts = OpenAccounts(tmp_path_factory)
    yield accounts
    accounts.close_all()


@pytest.fixture(params=KINDS)
def account(request: pytest.FixtureRequest, open_accounts: OpenAccounts) -> Iterator[Account]:
    """An account with nothing in it."""
    account = open_accounts.get(request.param)
    yield account
    if account.contents() or account.open.journal.records:
        open_accounts.close(request.param)
