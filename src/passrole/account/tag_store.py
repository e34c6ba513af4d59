"""Tags of users, roles, managed policies and instance profiles: kept, limited and read.

Source: IAM User Guide, "Tags for AWS Identity and Access Management resources", rules for tagging
<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html>
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, bindparam, delete, insert, select

from passrole.account.entities import Entity, Kind
from passrole.account.params import Params
from passrole.account.prepared import Prepared
from passrole.account.service_error import invalid_input, limit_exceeded
from passrole.account.tables import tags
from passrole.catalog.quotas import TAGS_OF_ENTITY

# Every request asks for its caller's tags.
_OF_ENTITY = Prepared(select(tags).where(tags.c.entity_id == bindparam("id")).order_by(tags.c.key))
_ADD = Prepared(insert(tags), values=("entity_id", "key_key", "key", "value"))
_REMOVE = Prepared(
    delete(tags).where(tags.c.entity_id == bindparam("of_entity"), tags.c.key_key == bindparam("of_key"))
)
_OF_ENTITIES = (
    select(tags).where(tags.c.entity_id.in_(bindparam("ids", expanding=True))).order_by(tags.c.entity_id, tags.c.key)
)


def tags_of(connection: Connection, entity_id: str) -> dict[str, str]:
    """Key to value, sorted by key."""
    return {row.key: row.value for row in _OF_ENTITY.all(connection, {"id": entity_id})}


def tags_of_many(connection: Connection, entity_ids: Sequence[str]) -> dict[str, dict[str, str]]:
    """Tags by entity id; an entity without tags has no entry."""
    found: dict[str, dict[str, str]] = {}
    if not entity_ids:
        return found
    for row in connection.execute(_OF_ENTITIES, {"ids": entity_ids}):
        found.setdefault(row.entity_id, {})[row.key] = row.value
    return found


def tag_list(found: Mapping[str, str]) -> list[dict[str, str]]:
    """The shape of tags in an answer."""
    return [{"Key": key, "Value": value} for key, value in sorted(found.items())]


def checked_tags(params: Params, kind: Kind) -> dict[str, str]:
    """The `Tags` of a call. Raises InvalidInput for two equal keys and for AWS's own prefix."""
    keys = [_key_key(kind, tag.text("Key")) for tag in params.records("Tags")]
    if len(set(keys)) < len(keys):
        note = " Please note that Tag keys are case insensitive." if kind in (Kind.USER, Kind.ROLE) else ""
        raise invalid_input(f"Duplicate tag keys found.{note}")
    if any(key.lower().startswith("aws:") for key in keys):
        raise invalid_input("aws: prefixed tag key names are not allowed for external use.")
    return params.tags()


def put_tags(connection: Connection, entity: Entity, wanted: Mapping[str, str]) -> None:
    """Add tags, replacing those of the same key. Raises LimitExceeded when the entity would have too many."""
    if not wanted:
        return
    kept = {_key_key(entity.kind, key) for key in tags_of(connection, entity.id)}
    if len(kept | {_key_key(entity.kind, key) for key in wanted}) > TAGS_OF_ENTITY.value:
        raise limit_exceeded("The number of tags has reached the maximum limit.")
    remove_tags(connection, entity, wanted)
    rows = [
        {"entity_id": entity.id, "key_key": _key_key(entity.kind, key), "key": key, "value": value}
        for key, value in wanted.items()
    ]
    _ADD.write_many(connection, rows)


def remove_tags(connection: Connection, entity: Entity, keys: Iterable[str]) -> None:
    """Keys that the entity does not have are passed over, as by UntagRole."""
    _REMOVE.write_many(connection, [{"of_entity": entity.id, "of_key": _key_key(entity.kind, key)} for key in keys])


def _key_key(kind: Kind, key: str) -> str:
    """What makes two tag keys the same: case does not count for users and roles, and does for the others."""
    return key.lower() if kind in (Kind.USER, Kind.ROLE) else key
