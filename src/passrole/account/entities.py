"""Users, roles, groups, managed policies and instance profiles as rows: found by name, made, renamed, deleted.

Source: IAM User Guide, "IAM identifiers"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html>
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, assert_never

from sqlalchemy import Connection, Row, Select, bindparam, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from passrole.account.prepared import Prepared
from passrole.account.service_error import ServiceError, entity_already_exists, no_such_entity
from passrole.account.tables import entities, entity_counts

if TYPE_CHECKING:
    from passrole.account.context import AccountView


# Made once: SQLAlchemy takes longer to put a statement together than SQLite to carry it out.
_BY_NAME = Prepared(
    select(entities).where(
        entities.c.account_id == bindparam("account_id"),
        entities.c.kind == bindparam("kind"),
        entities.c.name_key == bindparam("name_key"),
    )
)
_BY_ARN = Prepared(select(entities).where(entities.c.arn == bindparam("arn")))
_BY_ID = Prepared(select(entities).where(entities.c.id == bindparam("id")))
_ADD = Prepared(insert(entities), values=entities.c.keys())
_REMOVE = Prepared(delete(entities).where(entities.c.id == bindparam("entity")))
_ALL: Final = 2**31 - 1
_LISTED = Prepared(
    select(entities)
    .where(
        entities.c.account_id == bindparam("account_id"),
        entities.c.kind == bindparam("kind"),
        entities.c.name_key > bindparam("after"),
        func.substr(entities.c.path, 1, bindparam("prefix_length")) == bindparam("prefix"),
    )
    .order_by(entities.c.name_key)
    .limit(bindparam("most"))
)
_COUNT = Prepared(
    select(entity_counts.c.number).where(
        entity_counts.c.account_id == bindparam("account_id"), entity_counts.c.kind == bindparam("kind")
    )
)
_COUNT_ONE = Prepared(
    update(entity_counts)
    .where(entity_counts.c.account_id == bindparam("of_account"), entity_counts.c.kind == bindparam("of_kind"))
    .values(number=entity_counts.c.number + bindparam("change"))
)


class Kind(Enum):
    """The value is the resource type that an ARN shows."""

    USER = "user"
    ROLE = "role"
    GROUP = "group"
    POLICY = "policy"
    INSTANCE_PROFILE = "instance-profile"
    MFA_DEVICE = "mfa"
    """A virtual one. Its name has its path before it, as AWS tells devices apart by both."""


UNIQUE_ID_PREFIX = {
    Kind.USER: "AIDA",
    Kind.ROLE: "AROA",
    Kind.GROUP: "AGPA",
    Kind.POLICY: "ANPA",
    Kind.INSTANCE_PROFILE: "AIPA",
    # AWS shows no unique id of a device; this one is not shown either.
    Kind.MFA_DEVICE: "AMFA",
}

NAME_PARAMETER = {
    Kind.USER: "UserName",
    Kind.ROLE: "RoleName",
    Kind.GROUP: "GroupName",
    Kind.POLICY: "PolicyName",
    Kind.INSTANCE_PROFILE: "InstanceProfileName",
    Kind.MFA_DEVICE: "VirtualMFADeviceName",
}


@dataclass(frozen=True, slots=True)
class Entity:
    """What all kinds have. `created_at` is in seconds since 1970; `path` begins and ends with a slash."""

    id: str
    kind: Kind
    name: str
    path: str
    arn: str
    created_at: int
    description: str | None = None
    boundary_arn: str | None = None

    @property
    def account_id(self) -> str:
        return self.arn.split(":", 5)[4]


def name_key(name: str) -> str:
    """What makes two names the same: IAM does not distinguish them by case."""
    return name.lower()


def sort_key(entity: Entity) -> str:
    """The order in which entities of one kind are listed; unique among them."""
    return name_key(entity.name)


def arn_of(partition: str, account_id: str, kind: Kind, path: str, name: str) -> str:
    return f"arn:{partition}:iam::{account_id}:{kind.value}{path}{name}"


def find(view: AccountView, kind: Kind, name: str) -> Entity | None:
    return _find(view.connection, view.account_id, kind, name)


def _find(connection: Connection, account_id: str, kind: Kind, name: str) -> Entity | None:
    # Found without regard to case, as names are unique without regard to it (AWS says no more than that).
    named = {"account_id": account_id, "kind": kind.value, "name_key": name_key(name)}
    return _entity(_BY_NAME.first(connection, named))


def find_by_arn(connection: Connection, arn: str) -> Entity | None:
    """In whichever account of the file."""
    return _entity(_BY_ARN.first(connection, {"arn": arn}))


def find_by_id(connection: Connection, unique_id: str) -> Entity | None:
    return _entity(_BY_ID.first(connection, {"id": unique_id}))


def get(view: AccountView, kind: Kind, name: str) -> Entity:
    """Raises NoSuchEntity, naming what the caller asked for."""
    entity = find(view, kind, name)
    if entity is None:
        raise not_found(kind, name)
    return entity


def list_after(
    view: AccountView, kind: Kind, *, path_prefix: str | None, after: str | None, limit: int | None
) -> list[Entity]:
    """Entities of one account in the order of their names, from the first after the name key `after`."""
    prefix = path_prefix or ""
    asked = {
        "account_id": view.account_id,
        "kind": kind.value,
        # No name is empty.
        "after": after or "",
        "prefix": prefix,
        "prefix_length": len(prefix),
        "most": _ALL if limit is None else limit,
    }
    return [entity_of(row) for row in _LISTED.all(view.connection, asked)]


def fetch_after(
    connection: Connection, statement: Select[tuple[object, ...]], *, after: str | None, limit: int | None
) -> list[Entity]:
    """Run a query that selects rows of `entities`, in the order and with the limits of a page."""
    if after is not None:
        statement = statement.where(entities.c.name_key > after)
    rows = connection.execute(statement.order_by(entities.c.name_key).limit(limit)).all()
    return [entity_of(row) for row in rows]


def list_by_ids(connection: Connection, unique_ids: Sequence[str]) -> list[Entity]:
    """In the order of their names; an id that is not there is passed over."""
    if not unique_ids:
        return []
    statement = select(entities).where(entities.c.id.in_(unique_ids))
    return fetch_after(connection, statement, after=None, limit=None)


def count(view: AccountView, kind: Kind) -> int:
    """Kept as a number: counting rows would make the 50,000th role slower to create than the first."""
    counted = {"account_id": view.account_id, "kind": kind.value}
    row = _COUNT.first(view.connection, counted)
    return 0 if row is None else row.number


def add(connection: Connection, entity: Entity) -> None:
    """Raises EntityAlreadyExists; the unique index decides, so that of two creators exactly one succeeds."""
    try:
        _ADD.write(
            connection,
            {
                "id": entity.id,
                "account_id": entity.account_id,
                "kind": entity.kind.value,
                "name": entity.name,
                "name_key": name_key(entity.name),
                "path": entity.path,
                "arn": entity.arn,
                "description": entity.description,
                "boundary_arn": entity.boundary_arn,
                "created_at": entity.created_at,
            },
        )
    except IntegrityError as error:
        raise already_exists(entity.kind, entity.name) from error
    _count_one(connection, entity, +1)


def move(connection: Connection, entity: Entity, *, name: str, path: str, arn: str) -> None:
    """Give an entity another name or path; its unique id stays. Raises EntityAlreadyExists."""
    namesake = _find(connection, entity.account_id, entity.kind, name)
    if namesake is not None and namesake.id != entity.id:
        raise already_exists(entity.kind, name)
    connection.execute(
        update(entities)
        .where(entities.c.id == entity.id)
        .values(name=name, name_key=name_key(name), path=path, arn=arn)
    )


def set_boundary(connection: Connection, entity: Entity, boundary_arn: str | None) -> None:
    connection.execute(update(entities).where(entities.c.id == entity.id).values(boundary_arn=boundary_arn))


def set_description(connection: Connection, entity: Entity, description: str | None) -> None:
    connection.execute(update(entities).where(entities.c.id == entity.id).values(description=description))


def remove(connection: Connection, entity: Entity) -> None:
    """Delete an entity and, by the foreign keys, what belongs to it alone."""
    _REMOVE.write(connection, {"entity": entity.id})
    _count_one(connection, entity, -1)


def not_found(kind: Kind, name: str) -> ServiceError:
    match kind:
        case Kind.USER | Kind.ROLE | Kind.GROUP:
            return no_such_entity(f"The {kind.value} with name {name} cannot be found.")
        case Kind.INSTANCE_PROFILE:
            return no_such_entity(f"Instance Profile {name} cannot be found.")
        case Kind.POLICY:
            return no_such_entity(f"Policy {name} was not found.")
        case Kind.MFA_DEVICE:
            return no_such_entity(f"VirtualMFADevice with serial number {name} doesn't exist.")
        case _:
            assert_never(kind)


def already_exists(kind: Kind, name: str) -> ServiceError:
    match kind:
        case Kind.USER | Kind.ROLE | Kind.GROUP:
            return entity_already_exists(f"{kind.value.capitalize()} with name {name} already exists.")
        case Kind.INSTANCE_PROFILE:
            return entity_already_exists(f"Instance Profile {name} already exists.")
        case Kind.POLICY:
            return entity_already_exists(f"A policy called {name} already exists. Duplicate names are not allowed.")
        case Kind.MFA_DEVICE:
            return entity_already_exists("MFADevice entity at the same path and name already exists.")
        case _:
            assert_never(kind)


def _count_one(connection: Connection, entity: Entity, change: int) -> None:
    kind = entity.kind.value
    of_kind = {"of_account": entity.account_id, "of_kind": kind, "change": change}
    if not _COUNT_ONE.write(connection, of_kind):
        connection.execute(insert(entity_counts).values(account_id=entity.account_id, kind=kind, number=change))


def _entity(row: Row[tuple[object, ...]] | None) -> Entity | None:
    return None if row is None else entity_of(row)


def entity_of(row: Any) -> Entity:
    """Of a row that has the columns of `entities`."""
    return Entity(
        id=row.id,
        kind=Kind(row.kind),
        name=row.name,
        path=row.path,
        arn=row.arn,
        created_at=row.created_at,
        description=row.description,
        boundary_arn=row.boundary_arn,
    )
