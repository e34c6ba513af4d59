"""The secrets of access keys: each in a file of its own that only the user can read, as AWS tools read credentials."""

from __future__ import annotations

import configparser
import glob
import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from passrole.errors import ConfigurationError
from passrole.provision.durable_file import DurableFile
from passrole.provision.plan_keys import SavedKey

_SUFFIX = ".credentials"
_PROFILE = "default"


@dataclass(frozen=True, slots=True)
class SecretSlot:
    """A file that is open and waits for a secret, made before the key is, so that a full disk costs no key."""

    user_name: str
    path: Path
    _file: DurableFile

    def save(self, key_id: str, secret: str, account_id: str) -> SavedKey:
        """Write the key; when this returns it is on the disk. Raises ConfigurationError."""
        self._file.write(
            f"# Access key of IAM user {self.user_name} in account {account_id}, made by passrole. Keep it secret.\n"
            f"# Use it: {how_to_use(str(self.path))}\n"
            f"[{_PROFILE}]\naws_access_key_id = {key_id}\naws_secret_access_key = {secret}\n"
        )
        return SavedKey(key_id, str(self.path))


class SecretStore:
    """The files of one account in `folder` (mode 0700), one for each user (mode 0600)."""

    def __init__(self, folder: Path) -> None:
        # The journal and the file itself name it, and are read from other folders.
        self.folder = folder.absolute()

    @contextmanager
    def slot(self, user_name: str) -> Iterator[SecretSlot]:
        """A place for the secret of a key about to be made. An older file of the user stays until `save`.

        Raises ConfigurationError when the folder cannot be made or written.
        """
        path = self._path(user_name)
        self._remove_leftovers(path)
        with DurableFile(path) as file:
            try:
                os.chmod(self.folder, 0o700)
            except OSError as err:
                raise ConfigurationError(f"`{self.folder}` cannot be kept private", causes=(str(err),)) from err
            yield SecretSlot(user_name, path, file)

    def saved_keys(self) -> dict[str, SavedKey]:
        """By user name, the key whose secret is here; a file that is no credentials file counts as none."""
        if not self.folder.is_dir():
            return {}
        found: dict[str, SavedKey] = {}
        for path in sorted(self.folder.glob(f"*{_SUFFIX}")):
            key_id = _key_id(path)
            if key_id is not None:
                found[path.name.removesuffix(_SUFFIX)] = SavedKey(key_id, str(path))
        return found

    def forget(self, user_name: str, key_id: str) -> None:
        """Delete the file of a key that no longer exists; a file of another key stays."""
        path = self._path(user_name)
        if _key_id(path) == key_id:
            path.unlink(missing_ok=True)

    def _remove_leftovers(self, path: Path) -> None:
        """A process that was killed while it wrote may have left a secret that no one will use."""
        if self.folder.is_dir():
            for leftover in self.folder.glob(f".{glob.escape(path.name)}.*"):
                leftover.unlink(missing_ok=True)

    def _path(self, user_name: str) -> Path:
        # A user's name holds no slash, and with the suffix no name is `.` or `..`.
        return self.folder / f"{user_name}{_SUFFIX}"


def how_to_use(file: str) -> str:
    """A command line for a POSIX shell that uses the key."""
    return f"AWS_SHARED_CREDENTIALS_FILE={shlex.quote(file)} AWS_PROFILE={_PROFILE} aws sts get-caller-identity"


def _key_id(path: Path) -> str | None:
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, configparser.Error):
        return None
    return parser.get(_PROFILE, "aws_access_key_id", fallback=None)
