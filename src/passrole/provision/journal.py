"""The journal: what passrole has put into one account, written before each call and again after it.

IAM has no tags on inline policies, statements, attachments and access keys; the journal is what remembers whose
they are. It holds no secret. It is one JSON file, replaced as a whole, and never overwritten when it cannot be read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias, cast

from passrole.provision.addresses import Address, parse_address
from passrole.provision.changes import Change, SetUp
from passrole.provision.durable_file import write_durably
from passrole.provision.errors import JournalError
from passrole.provision.file_lock import locked
from passrole.provision.json_shape import Shape, ShapeError, parse_json, pretty_json
from passrole.provision.record import Record, in_flight, record_from_shape, record_to_value
from passrole.provision.set_up_json import set_up_from_shape, set_up_to_value
from passrole.recipes.desired import Json

FORMAT_VERSION = "1.0"

SetUpState: TypeAlias = Literal["applying", "applied", "destroying"]


@dataclass(frozen=True, slots=True)
class JournaledSetUp:
    """A set-up of this account; `applying` and `destroying` stay when the command was stopped."""

    set_up: SetUp
    state: SetUpState


class Journal:
    """Read whole on opening, written whole at each change. Without a path it is kept in memory only.

    Raises JournalError when the file cannot be read, is damaged, is of a newer passrole or of another account.
    """

    def __init__(self, path: Path | None, *, account_id: str, partition: str) -> None:
        self.path = path
        self.account_id = account_id
        self.partition = partition
        self.records: Mapping[Address, Record] = {}
        self.set_ups: Mapping[str, JournaledSetUp] = {}
        self._load()

    @contextmanager
    def exclusively(self) -> Iterator[None]:
        """Keep other processes from applying with this journal, and read what they wrote before.

        Raises JournalBusyError when one of them is at work.
        """
        if self.path is None:
            yield
            return
        with locked(self.path.with_name(f"{self.path.name}.lock")):
            self._load()
            yield

    def begin(self, changes: Sequence[Change]) -> None:
        """Note that the calls of `changes` are about to be made."""
        self._set({each.address: in_flight(each.record_before, each.record_after) for each in changes})

    def withdraw(self, changes: Sequence[Change]) -> None:
        """Note that the service refused the calls of `changes`, so that nothing of them happened."""
        self._set({each.address: each.record_before for each in changes})

    def finish(self, records: Mapping[Address, Record | None]) -> None:
        """Note how things stand after the calls: at each address as in its record, or nothing of passrole's (None)."""
        self._set(records)

    def note_set_up(self, set_up: SetUp, state: SetUpState) -> None:
        self.set_ups = {**self.set_ups, set_up.label: JournaledSetUp(set_up, state)}
        self._save()

    def forget_set_up(self, label: str) -> None:
        self.set_ups = {each: kept for each, kept in self.set_ups.items() if each != label}
        self._save()

    def _set(self, changed: Mapping[Address, Record | None]) -> None:
        records = {**self.records, **changed}
        kept = {address: record for address, record in records.items() if record is not None}
        if kept != self.records:
            self.records = kept
            self._save()

    def _save(self) -> None:
        if self.path is None:
            return
        value: dict[str, Json] = {
            "format_version": FORMAT_VERSION,
            "account_id": self.account_id,
            "partition": self.partition,
            "set_ups": {label: _set_up_to_value(each) for label, each in sorted(self.set_ups.items())},
            "records": {str(address): record_to_value(record) for address, record in self.records.items()},
        }
        write_durably(self.path, pretty_json(value))

    def _load(self) -> None:
        if self.path is None:
            return
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            self.records, self.set_ups = {}, {}
            return
        except (OSError, UnicodeDecodeError) as err:
            raise _unreadable(self.path, str(err)) from err
        try:
            self._take(parse_json(text))
        except ShapeError as err:
            raise _unreadable(self.path, str(err)) from err

    def _take(self, shape: Shape) -> None:
        version = shape.at("format_version").text()
        if version != FORMAT_VERSION:
            raise JournalError(
                f"the journal `{self.path}` is of format {version}, this passrole knows {FORMAT_VERSION}",
                help="use the passrole that wrote it, or a newer one",
            )
        shape.allow_only("format_version", "account_id", "partition", "set_ups", "records")
        account_id, partition = shape.at("account_id").text(), shape.at("partition").text()
        if (account_id, partition) != (self.account_id, self.partition):
            raise JournalError(
                f"the journal `{self.path}` is of account {account_id} ({partition}), "
                f"not of {self.account_id} ({self.partition})",
                help="move the journal away, or choose the account that it belongs to",
            )
        self.set_ups = {label: _set_up_from_shape(label, each) for label, each in shape.at("set_ups").members()}
        self.records = {_address(text): record_from_shape(each) for text, each in shape.at("records").members()}


def _set_up_to_value(each: JournaledSetUp) -> dict[str, Json]:
    return {**set_up_to_value(each.set_up), "state": each.state}


def _set_up_from_shape(label: str, shape: Shape) -> JournaledSetUp:
    set_up = set_up_from_shape(shape)
    if set_up.label != label:
        raise ShapeError(f"{shape.where}.label", f"`{label}`")
    return JournaledSetUp(set_up, cast(SetUpState, shape.at("state").one_of("applying", "applied", "destroying")))


def _address(text: str) -> Address:
    from passrole.errors import UsageError

    try:
        return parse_address(text)
    except UsageError as err:
        raise ShapeError(f"records.{text}", "the record of an address") from err


def _unreadable(path: Path, why: str) -> JournalError:
    return JournalError(
        f"the journal `{path}` cannot be read",
        causes=(why,),
        help=f"restore it from a backup, or move it away (mv {path} {path}.damaged): "
        "passrole then knows what it made by tags only, and leaves all else alone",
    )
