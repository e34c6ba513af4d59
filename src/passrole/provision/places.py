"""Where passrole keeps what belongs to one account: its journal, and the files with the secrets of access keys."""

from __future__ import annotations

import re
from pathlib import Path

from passrole.provision.identity import Identity


def journal_path(identity: Identity, data_folder: Path) -> Path:
    """Beside the account file of an embedded account; else in `data_folder`, one for each account and endpoint."""
    if identity.target.kind == "embedded":
        return Path(f"{identity.target.endpoint}.journal.json")
    return data_folder / "journals" / f"{_account_name(identity)}.json"


def secrets_folder(identity: Identity, data_folder: Path) -> Path:
    """As `journal_path`: a folder for the access keys that passrole makes in this account."""
    if identity.target.kind == "embedded":
        return Path(f"{identity.target.endpoint}.keys")
    return data_folder / "keys" / _account_name(identity)


def _account_name(identity: Identity) -> str:
    """A file name for the account at its endpoint: two emulators may both have account 123456789012."""
    where = "aws" if identity.target.kind == "real AWS" else re.sub(r"[^A-Za-z0-9]+", "-", identity.target.endpoint)
    return f"{identity.partition}-{identity.account_id}-{where.strip('-')}"
