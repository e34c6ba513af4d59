"""Tags of users, roles, managed policies and instance profiles: kept, limited and read.

Source: IAM User Guide, "Tags for AWS Identity and Access Management resources", rules for tagging
<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html>
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, delete, insert, select

from passrole.account.params import Params
from passrole.account.quotas import TAGS_PER_ENTITY
from passrole.account.service_error import invalid_input, limit_exceeded
from passrole.account.tables import tags


def tags_of(connection: Connection, entity_id: str) -> dict[str, str]:
    """Key to value, sorted by key."""
    rows = connection.execute(select(tags.c.key, tags.c.value).where(tags.c.entity_id == entity_id))
    return dict(sorted((row.key, row.value) for row in rows))


def tags_of_many(connection: Connection, entity_ids: Sequence[str]) -> dict[str, dict[str, str]]:
    """Tags by entity id; an entity without tags has no entry."""
    found: dict[str, dict[str, str]] = {}
    for row in connection.execute(select(tags).where(tags.c.entity_id.in_(entity_ids)).order_by(tags.c.key)):
        found.setdefault(row.entity_id, {})[row.key] = row.value
    return found


def tag_list(found: dict[str, str]) -> list[dict[str, str]]:
    """The shape of tags in an answer."""
    return [{"Key": key, "Value": value} for key, value in sorted(found.items())]


def checked_tags(params: Params) -> dict[str, str]:
    """The `Tags` of a call. Raises InvalidInput for two equal keys and for AWS's own prefix."""
    keys = [tag.text("Key").lower() for tag in params.records("Tags")]
    if len(set(keys)) < len(keys):
        raise invalid_input("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    if any(key.startswith("aws:") for key in keys):
        raise invalid_input("aws: prefixed tag key names are not allowed for external use.")
    return params.tags()


def put_tags(connection: Connection, entity_id: str, wanted: dict[str, str]) -> None:
    """Add tags, replacing those of the same key. Raises LimitExceeded when the entity would have too many."""
    kept = {key.lower() for key in tags_of(connection, entity_id)}
    if len(kept | {key.lower() for key in wanted}) > TAGS_PER_ENTITY:
        raise limit_exceeded("The number of tags has reached the maximum limit.")
    remove_tags(connection, entity_id, wanted)
    if wanted:
        rows = [
            {"entity_id": entity_id, "key_key": key.lower(), "key": key, "value": value}
            for key, value in wanted.items()
        ]
        connection.execute(insert(tags), rows)


def remove_tags(connection: Connection, entity_id: str, keys: Iterable[str]) -> None:
    """Keys that the entity does not have are passed over, as by UntagRole."""
    wanted = [key.lower() for key in keys]
    connection.execute(delete(tags).where(tags.c.entity_id == entity_id, tags.c.key_key.in_(wanted)))
