"""An account's first user: an administrator with an access key, made together with the account.

An account on one's own machine has no console to sign in to as root, so someone must be able to make the first call.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from passrole.account import entities
from passrole.account.context import AccountView
from passrole.account.entities import Entity, Kind, arn_of
from passrole.account.ids import Ids
from passrole.account.key_store import add_key, keys_of
from passrole.account.policy_store import attach, attached_arns
from passrole.account.tables import access_keys
from passrole.errors import ConfigurationError

ADMINISTRATOR_NAME = "passrole-admin"


@dataclass(frozen=True, slots=True)
class AdministratorKey:
    user_arn: str
    access_key_id: str
    secret: str = field(repr=False)


def create_administrator(connection: Connection, *, account_id: str, partition: str, now: int, ids: Ids) -> None:
    """Make the user with a key, or what is missing of both where some of it is there."""
    user = entities.find(AccountView(connection, account_id, partition), Kind.USER, ADMINISTRATOR_NAME)
    if user is None:
        user = _new_user(account_id, partition, now, ids)
        entities.add(connection, user)
    policy_arn = f"arn:{partition}:iam::aws:policy/AdministratorAccess"
    if policy_arn not in attached_arns(connection, user.id):
        attach(connection, user, policy_arn)
    if not any(key.status == "Active" for key in keys_of(connection, user)):
        add_key(connection, user.id, ids.access_key_id("AKIA", account_id), ids.secret(), created_at=now)


def _new_user(account_id: str, partition: str, now: int, ids: Ids) -> Entity:
    return Entity(
        id=ids.unique_id("AIDA"),
        kind=Kind.USER,
        name=ADMINISTRATOR_NAME,
        path="/",
        arn=arn_of(partition, account_id, Kind.USER, "/", ADMINISTRATOR_NAME),
        created_at=now,
    )


def find_administrator_key(view: AccountView) -> AdministratorKey:
    """The oldest active access key of the administrator.

    Raises ConfigurationError when someone deleted the user or its keys: the account was told to do so, and does not
    take it back by itself.
    """
    user = entities.find(view, Kind.USER, ADMINISTRATOR_NAME)
    if user is None:
        raise ConfigurationError(
            f"the account has no administrator: the user `{ADMINISTRATOR_NAME}` was deleted",
            help="use another user's credentials with `passrole serve`, or start a new account: --account-file PATH",
        )
    row = view.connection.execute(
        select(access_keys)
        .where(access_keys.c.user_id == user.id, access_keys.c.status == "Active")
        .order_by(access_keys.c.created_at, access_keys.c.id)
    ).first()
    if row is None:
        raise ConfigurationError(
            f"the account's administrator `{ADMINISTRATOR_NAME}` has no active access key",
            help="with another user's credentials: aws iam create-access-key --user-name " + ADMINISTRATOR_NAME,
        )
    return AdministratorKey(user.arn, row.id, row.secret)
