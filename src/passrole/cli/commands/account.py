"""`passrole account`: the embedded account as a whole, written out, read in, put away, brought back, emptied."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from passrole.cli.argument_types import ACCOUNT_ID, PATH
from passrole.cli.command import PassroleGroup
from passrole.cli.consent import ask
from passrole.cli.options import account_file_option, yes_option
from passrole.cli.say import say, talk
from passrole.errors import ConfigurationError

if TYPE_CHECKING:
    from passrole.account.store import AccountStore

_KINDS = {
    "user": ("user", "users"),
    "role": ("role", "roles"),
    "group": ("group", "groups"),
    "policy": ("managed policy", "managed policies"),
    "instance-profile": ("instance profile", "instance profiles"),
}


@click.group(cls=PassroleGroup)
def account() -> None:
    """The embedded account as a whole: written out, read in, put away, brought back, emptied.

    A server on the file goes on: its next answer is from what is there then.

    \b
    Examples:
      passrole account export > account.json
      passrole account snapshot before.db
    """


@account.command()
@account_file_option
@click.option("--account-id", type=ACCOUNT_ID, help="Another account of the file.")
def export(account_file: Path | None, account_id: str | None) -> None:
    """Print the account as `aws iam get-account-authorization-details` does.

    No secrets are in it: access keys, passwords and sessions are left out.

    \b
    Example:
      passrole account export > account.json
    """
    from passrole.account.details_export import export_details

    store = _open(account_file, account_id=account_id)
    try:
        say(json.dumps(export_details(store), indent=4))
    finally:
        store.close()


@account.command(name="import")
@click.argument("file", type=PATH)
@account_file_option
@click.option("--replace", is_flag=True, help="Take out first what the account has, if it is there already.")
def import_(file: Path, account_file: Path | None, replace: bool) -> None:
    """Make the account that FILE describes: what `aws iam get-account-authorization-details` prints.

    It may be of a real account: names, ids, dates and documents stay as they are, and nothing of AWS is asked. The
    account gets an administrator of its own. Access keys and passwords are not in such a file, and neither are the
    session lengths of roles: a role gets an hour, or the MaxSessionDuration that someone has added to it.

    \b
    Examples:
      passrole account import account.json --account-file copy.db
      passrole account import account.json --replace
    """
    from passrole.account.authorization_details import snapshot_of_details
    from passrole.account.authorization_details_file import pages_in
    from passrole.account.details_import import import_details
    from passrole.account.store import AccountStore
    from passrole.cli.target import account_file as path_of
    from passrole.cli.text_file import text_of

    pages = pages_in(text_of(file), str(file))
    described = snapshot_of_details(pages)
    path = path_of(account_file)
    if path.exists():
        store = AccountStore.open(path)
    else:
        store = AccountStore.open(path, account_id=described.account_id, partition=described.partition)
    try:
        done = import_details(store, pages, replace=replace)
    finally:
        store.close()
    counts = ", ".join(f"{number} {_KINDS[kind][number != 1]}" for kind, number in done.counts.items())
    say(f"account {done.account_id} in {path}: {counts}")
    for note in done.notes:
        talk(f"note: {note}")
    say(f"for its administrator's export lines: passrole env --account-file {path} --account-id {done.account_id}")


@account.command()
@click.argument("file", type=PATH)
@account_file_option
def snapshot(file: Path, account_file: Path | None) -> None:
    """Write everything in the account file to FILE, secrets included; FILE must not be there yet.

    \b
    Example:
      passrole account snapshot before.db
    """
    from passrole.account.contents import write_snapshot

    store = _open(account_file)
    try:
        write_snapshot(store, file)
    finally:
        store.close()
    say(f"{file} has everything in {store.path}, the secrets of access keys included")


@account.command()
@click.argument("file", type=PATH)
@account_file_option
@yes_option
def restore(file: Path, account_file: Path | None, yes: bool) -> None:
    """Put the snapshot FILE in the place of everything in the account file.

    \b
    Example:
      passrole account restore before.db
    """
    from passrole.account.contents import restore_snapshot
    from passrole.account.store import AccountStore
    from passrole.cli.target import account_file as path_of

    path = path_of(account_file)
    if path.exists():
        ask(f"Replace everything in {path}?", yes=yes, why="this replaces everything in the account file")
    store = AccountStore.open(path)
    try:
        restore_snapshot(store, file)
    finally:
        store.close()
    say(f"{path} is as {file} has it")


@account.command()
@account_file_option
@click.option("--account-id", type=ACCOUNT_ID, help="This account of the file alone.  [default: every one]")
@yes_option
def reset(account_file: Path | None, account_id: str | None, yes: bool) -> None:
    """Take everything out of the account but its administrator, whose keys stay good.

    \b
    Examples:
      passrole account reset
      passrole account reset --account-id 444455556666 --yes
    """
    store = _open(account_file, account_id=account_id)
    try:
        what = store.path if account_id is None else f"account {account_id} of {store.path}"
        ask(f"Take everything out of {what}?", yes=yes, why="this takes everything out of the account")
        store.reset(account_id)
    finally:
        store.close()
    say(f"{what} has nobody but its administrator, whose keys are as before")


def _open(account_file: Path | None, *, account_id: str | None = None) -> AccountStore:
    """The account that is there. Raises ConfigurationError where there is none."""
    from passrole.account.store import AccountStore
    from passrole.cli.target import account_file as path_of

    path = path_of(account_file)
    if not path.exists():
        raise ConfigurationError(f"there is no account file `{path}`", help="name it: --account-file PATH")
    return AccountStore.open(path, account_id=account_id)
