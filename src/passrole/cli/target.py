"""Opening the account that the command line chose: clients, identity, journal and the folder for secrets."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from passrole.cli.options import TargetChoice
from passrole.cli.say import talk
from passrole.errors import ConfigurationError

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


def account_file(given: Path | None) -> Path:
    """The embedded account's file, as an absolute path: plans and journals name it, wherever they are read.

    Raises ConfigurationError for a relative one in a folder that has been deleted.
    """
    path = given or data_folder() / "account.db"
    try:
        return Path(os.path.abspath(path))
    except FileNotFoundError as error:
        raise ConfigurationError(
            f"`{path}` leads nowhere: the current folder has been deleted",
            help="go to a folder that is there, or name the file by its whole path: --account-file /PATH",
        ) from error


def is_missing(choice: TargetChoice) -> bool:
    """Whether an embedded account is meant that is not there yet; an empty file is none."""
    if not choice.embedded:
        return False
    path = account_file(choice.account_file)
    try:
        return not path.exists() or (path.is_file() and path.stat().st_size == 0)
    except OSError:  # a name that no file can have: opening it says so
        return False


@contextmanager
def open_account(
    choice: TargetChoice, *, make: bool = False, tell: Callable[[str], None] = talk
) -> Iterator[OpenAccount]:
    """Open the chosen account and check the guard. Raises PassroleError before anything was written to it.

    With `make`, the embedded account is made, with its administrator, when its file does not exist, and that is
    told; without it a missing file is a ConfigurationError.
    """
    from passrole.provision.identity import guard_account, identify
    from passrole.provision.journal import Journal
    from passrole.provision.places import journal_path, secrets_folder

    is_new = is_missing(choice)
    if is_new and not make:
        raise ConfigurationError(
            f"there is no embedded account `{account_file(choice.account_file)}`",
            help="`passrole apply` makes it; an account elsewhere is named by --account-file, --profile or "
            "--endpoint-url",
        )
    with _clients(choice, is_new=is_new) as clients:
        identity = identify(clients, with_alias=not choice.embedded)
        if is_new:
            tell(f"new embedded account {identity.account_id}: {identity.target.endpoint}")
        guard_account(identity, choice.expected_account)
        folder = data_folder()
        journal = Journal(journal_path(identity, folder), account_id=identity.account_id, partition=identity.partition)
        secrets = secrets_folder(identity, folder)
        yield OpenAccount(clients, identity, clients.describe().region, journal, secrets)


@contextmanager
def _clients(choice: TargetChoice, *, is_new: bool) -> Iterator[ClientFactory]:
    if not choice.embedded:
        from passrole.provision.clients import BotocoreClients

        yield BotocoreClients(profile=choice.profile, region=choice.region, endpoint_url=choice.endpoint_url)
        return
    from passrole.server.embedded import embedded_session

    path = account_file(choice.account_file)
    account_id = choice.expected_account
    if not is_new and account_id is not None and not _holds(path, account_id):
        account_id = None  # The guard tells which account it is.
    with embedded_session(path, account_id=account_id, region=choice.region) as account:
        yield account


def _holds(path: Path, account_id: str) -> bool:
    """Whether one of the file's accounts is this one."""
    from passrole.account.store import AccountStore

    store = AccountStore.open(path)
    try:
        return any(account.account_id == account_id for account in store.accounts())
    finally:
        store.close()


def safety_lines(account: OpenAccount) -> str:
    """What stands above every plan: account, caller and endpoint; real AWS in red."""
    line = account.identity.safety_line()
    return click.style(line, fg="red", bold=True) if account.identity.target.kind == "real AWS" else line


def account_value(account: OpenAccount) -> dict[str, object]:
    """The same in JSON."""
    identity = account.identity
    return {
        "account_id": identity.account_id,
        "alias": identity.alias,
        "partition": identity.partition,
        "caller_arn": identity.caller_arn,
        "target": {
            "kind": identity.target.kind,
            "endpoint": identity.target.endpoint,
            "region": identity.target.region,
            "profile": identity.target.profile,
        },
    }
