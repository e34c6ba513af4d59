"""Where passrole keeps what belongs to one account: its journal, and the files with the secrets of access keys."""

from __future__ import annotations

import json
import re
from pathlib import Path

from passrole.provision.identity import Identity


def journal_path(identity: Identity, data_folder: Path) -> Path:
    """Beside the account file of an embedded account; else in `data_folder`, one for each account and endpoint.

    Of the accounts of one file the first that has a journal has it under the plain name.
    """
    if identity.target.kind == "embedded":
        return Path(f"{_beside_file(identity)}.journal.json")
    return data_folder / "journals" / f"{_account_name(identity)}.json"


def secrets_folder(identity: Identity, data_folder: Path) -> Path:
    """As `journal_path`: a folder for the access keys that passrole makes in this account."""
    if identity.target.kind == "embedded":
        return Path(f"{_beside_file(identity)}.keys")
    return data_folder / "keys" / _account_name(identity)


def _beside_file(identity: Identity) -> str:
    """The account file's path, with the account's id where the plain name is another account's."""
    file = identity.target.endpoint
    try:
        value = json.loads(Path(f"{file}.journal.json").read_text(encoding="utf-8"))
        owner = value.get("account_id") if isinstance(value, dict) else None
    except (OSError, ValueError, RecursionError):
        owner = None  # Not there, or damaged: who opens it says so.
    return file if owner in (None, identity.account_id) else f"{file}.{identity.account_id}"


def _account_name(identity: Identity) -> str:
    """A file name for the account at its endpoint: two emulators may both have account 123456789012."""
    where = "aws" if identity.target.kind == "real AWS" else re.sub(r"[^A-Za-z0-9]+", "-", identity.target.endpoint)
    return f"{identity.partition}-{identity.account_id}-{where.strip('-')}"
