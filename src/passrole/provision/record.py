"""What passrole's journal says of one address: which set-ups put it there, and what exactly is theirs.

A record never makes a thing passrole's by its name alone: `entity_id` is IAM's unique id of the entity, so a role
that was deleted and made again by someone else is theirs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from passrole.provision.json_shape import Shape, ShapeError
from passrole.recipes.desired import Json


@dataclass(frozen=True, slots=True)
class OwnedStatement:
    """A statement that passrole added to a document, and the labels of the set-ups that want it."""

    body: Mapping[str, Json]
    set_ups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """An access key. `key_id` is None while it is being made: begun at `begun` (UTC), when the user had `ids_before`.

    `file` is where its secret was saved; the secret itself is in no record.
    """

    key_id: str | None = None
    file: str | None = None
    ids_before: tuple[str, ...] = ()
    begun: datetime | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """`made` is for entities: passrole made it, and may delete it. `pending`: a call was begun, its end not seen."""

    set_ups: tuple[str, ...] = ()
    made: bool = False
    entity_id: str | None = None
    statements: tuple[OwnedStatement, ...] = ()
    key: KeyRecord | None = None
    pending: bool = False

    def without_set_ups(self, labels: frozenset[str]) -> Record:
        return replace(self, set_ups=tuple(label for label in self.set_ups if label not in labels))


def in_flight(before: Record | None, after: Record | None) -> Record | None:
    """What is written before a call: all that may be passrole's, whether the call takes effect or not."""
    if after is None:
        return replace(before, pending=True) if before else None
    if before is None or before.entity_id != after.entity_id:
        return replace(after, pending=True)
    bodies = [statement.body for statement in after.statements]
    old = tuple(statement for statement in before.statements if statement.body not in bodies)
    return replace(
        after,
        made=before.made or after.made,
        set_ups=after.set_ups + tuple(label for label in before.set_ups if label not in after.set_ups),
        statements=after.statements + old,
        # A key whose making was begun is remembered until the call that follows it up is about to be made.
        key=before.key or after.key,
        pending=True,
    )


def record_to_value(record: Record) -> dict[str, Json]:
    """The JSON of a record, without what is empty."""
    value: dict[str, Json] = {"set_ups": list(record.set_ups)}
    if record.made:
        value["made"] = True
    if record.entity_id is not None:
        value["entity_id"] = record.entity_id
    if record.statements:
        value["statements"] = [{"body": dict(each.body), "set_ups": list(each.set_ups)} for each in record.statements]
    if record.key is not None:
        key: dict[str, Json] = {"key_id": record.key.key_id, "file": record.key.file}
        key["ids_before"] = list(record.key.ids_before)
        key["begun"] = record.key.begun.isoformat() if record.key.begun else None
        value["key"] = key
    if record.pending:
        value["pending"] = True
    return value


def record_from_shape(shape: Shape) -> Record:
    """Read what `record_to_value` wrote. Raises ShapeError."""
    shape.allow_only("set_ups", "made", "entity_id", "statements", "key", "pending")
    return Record(
        set_ups=shape.at("set_ups").texts(),
        made=shape.at("made").flag(),
        entity_id=shape.at("entity_id").optional_text(),
        statements=tuple(
            OwnedStatement(each.at("body").table(), each.at("set_ups").texts())
            for each in shape.at("statements").elements()
        ),
        key=_key_from_shape(shape.at("key")),
        pending=shape.at("pending").flag(),
    )


def _key_from_shape(shape: Shape) -> KeyRecord | None:
    if shape.value is None:
        return None
    shape.allow_only("key_id", "file", "ids_before", "begun")
    begun = shape.at("begun").optional_text()
    try:
        moment = None if begun is None else datetime.fromisoformat(begun)
    except ValueError as err:
        raise ShapeError(f"{shape.where}.begun", "a time") from err
    return KeyRecord(
        shape.at("key_id").optional_text(), shape.at("file").optional_text(), shape.at("ids_before").texts(), moment
    )
