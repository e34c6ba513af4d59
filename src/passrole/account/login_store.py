"""Login profiles of users as rows, with the passwords that they had before."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Connection, delete, func, insert, select, update

from passrole.account.entities import Entity
from passrole.account.tables import login_profiles, past_passwords

KEPT_PASSWORDS = 24
"""The most that PasswordReusePrevention looks back."""


@dataclass(frozen=True, slots=True)
class LoginProfile:
    """Times are in seconds since 1970; `password` is a hash."""

    password: str = field(repr=False)
    created_at: int
    changed_at: int
    reset_required: bool


def find_login(connection: Connection, user: Entity) -> LoginProfile | None:
    row = connection.execute(select(login_profiles).where(login_profiles.c.user_id == user.id)).first()
    return None if row is None else LoginProfile(row.password, row.created_at, row.changed_at, bool(row.reset_required))


def add_login(connection: Connection, user: Entity, login: LoginProfile) -> None:
    connection.execute(
        insert(login_profiles).values(
            user_id=user.id,
            password=login.password,
            created_at=login.created_at,
            changed_at=login.changed_at,
            reset_required=int(login.reset_required),
        )
    )
    _remember(connection, user, login.password)


def change_password(connection: Connection, user: Entity, password: str, *, now: int) -> None:
    connection.execute(
        update(login_profiles).where(login_profiles.c.user_id == user.id).values(password=password, changed_at=now)
    )
    _remember(connection, user, password)


def require_reset(connection: Connection, user: Entity, required: bool) -> None:
    connection.execute(
        update(login_profiles).where(login_profiles.c.user_id == user.id).values(reset_required=int(required))
    )


def delete_login(connection: Connection, user: Entity) -> bool:
    """Whether there was one. The passwords that were used are remembered."""
    return bool(connection.execute(delete(login_profiles).where(login_profiles.c.user_id == user.id)).rowcount)


def past_of(connection: Connection, user: Entity, most: int) -> list[str]:
    """The last passwords as hashes, the present one among them, newest first."""
    statement = select(past_passwords.c.password).where(past_passwords.c.user_id == user.id)
    return list(connection.execute(statement.order_by(past_passwords.c.number.desc()).limit(most)).scalars())


def _remember(connection: Connection, user: Entity, password: str) -> None:
    of_user = past_passwords.c.user_id == user.id
    last = connection.execute(select(func.max(past_passwords.c.number)).where(of_user)).scalar() or 0
    connection.execute(insert(past_passwords).values(user_id=user.id, number=last + 1, password=password))
    connection.execute(delete(past_passwords).where(of_user, past_passwords.c.number <= last + 1 - KEPT_PASSWORDS))
