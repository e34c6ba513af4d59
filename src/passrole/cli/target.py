"""Opening the account that the command line chose: clients, identity, journal and the folder for secrets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from passrole.cli.options import TargetChoice

if TYPE_CHECKING:
    from passrole.provision.clients import ClientFactory
    from passrole.provision.identity import Identity
    from passrole.provision.journal import Journal


@dataclass(frozen=True, slots=True)
class OpenAccount:
    """An account to work on. `secrets_folder` is where a new access key's secret is written."""

    clients: ClientFactory
    identity: Identity
    region: str
    journal: Journal
    secrets_folder: Path

    @property
    def embedded(self) -> bool:
        return self.identity.target.kind == "embedded"


def data_folder() -> Path:
    """The user's data directory of passrole, by the platform's own rules (XDG_DATA_HOME, Library, AppData)."""
    from platformdirs import user_data_path

    return user_data_path("passrole", appauthor=False)


def default_account_file() -> Path:
    return data_folder() / "account.db"


@contextmanager
def open_account(choice: TargetChoice) -> Iterator[OpenAccount]:
    """Open the chosen account and check the guard. Raises PassroleError before anything was written to it.

    The embedded account is made, with its administrator, when its file does not exist.
    """
    from passrole.provision.identity import guard_account, identify
    from passrole.provision.journal import Journal
    from passrole.provision.places import journal_path, secrets_folder

    with _clients(choice) as clients:
        identity = identify(clients, with_alias=not choice.embedded)
        guard_account(identity, choice.expected_account)
        folder = data_folder()
        journal = Journal(journal_path(identity, folder), account_id=identity.account_id, partition=identity.partition)
        secrets = secrets_folder(identity, folder)
        yield OpenAccount(clients, identity, clients.describe().region, journal, secrets)


@contextmanager
def _clients(choice: TargetChoice) -> Iterator[ClientFactory]:
    if not choice.embedded:
        from passrole.provision.clients import BotocoreClients

        yield BotocoreClients(profile=choice.profile, region=choice.region, endpoint_url=choice.endpoint_url)
        return
    from passrole.server.embedded import embedded_session

    path = choice.account_file or default_account_file()
    from passrole.catalog.partitions import partition_of_region

    partition = partition_of_region(choice.region) if choice.region else None
    new_account = choice.expected_account if not path.exists() else None
    with embedded_session(path, account_id=new_account, partition=partition, region=choice.region) as account:
        yield account


def safety_lines(account: OpenAccount) -> str:
    """What stands above every plan: account, caller and endpoint; real AWS in red."""
    line = account.identity.safety_line()
    return click.style(line, fg="red", bold=True) if account.identity.target.kind == "real AWS" else line
