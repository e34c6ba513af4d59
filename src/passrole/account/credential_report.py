"""The credential report of an account: one line for the root user, then one for each user.

Source: IAM User Guide, "Generate credential reports for your AWS account", understanding the report format
<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html>
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from io import StringIO

from sqlalchemy import select

from passrole.account import entities
from passrole.account.account_settings import find_password_policy
from passrole.account.clock import moment
from passrole.account.context import AccountView, no_pause
from passrole.account.entities import Entity, Kind
from passrole.account.key_store import AccessKey, keys_of
from passrole.account.login_store import find_login
from passrole.account.mfa_store import devices_of_user
from passrole.account.tables import accounts

COLUMNS = (
    "user",
    "arn",
    "user_creation_time",
    "password_enabled",
    "password_last_used",
    "password_last_changed",
    "password_next_rotation",
    "mfa_active",
    *(
        f"access_key_{number}_{column}"
        for number in (1, 2)
        for column in ("active", "last_rotated", "last_used_date", "last_used_region", "last_used_service")
    ),
    *(f"cert_{number}_{column}" for number in (1, 2) for column in ("active", "last_rotated")),
)
_NONE = "N/A"
_SECONDS_OF_DAY = 24 * 3600


def credential_report(view: AccountView, pause: Callable[[], None] = no_pause) -> str:
    """The report as it is now, in CSV, without a line break at its end. `pause` is called for each user."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerow(_root_line(view))
    policy = find_password_policy(view) or {}
    for user in entities.list_after(view, Kind.USER, path_prefix=None, after=None, limit=None):
        pause()
        writer.writerow(_line(view, user, policy))
    return text.getvalue().removesuffix("\n")


def _root_line(view: AccountView) -> tuple[str, ...]:
    """The root user of an account here has neither password nor keys."""
    made = view.connection.execute(
        select(accounts.c.created_at).where(accounts.c.account_id == view.account_id)
    ).scalar_one()
    password = ("not_supported", "no_information", "not_supported", "not_supported")
    arn = f"arn:{view.partition}:iam::{view.account_id}:root"
    return ("<root_account>", arn, _time(made), *password, "false", *_key(None), *_key(None), *_NO_CERTIFICATES)


def _line(view: AccountView, user: Entity, policy: Mapping[str, object]) -> tuple[str, ...]:
    keys: list[AccessKey | None] = [*keys_of(view.connection, user), None, None]
    return (
        user.name,
        user.arn,
        _time(user.created_at),
        *_password(view, user, policy),
        _flag(bool(devices_of_user(view, user))),
        *_key(keys[0]),
        *_key(keys[1]),
        *_NO_CERTIFICATES,
    )


def _password(view: AccountView, user: Entity, policy: Mapping[str, object]) -> tuple[str, ...]:
    """Nobody signs in to a console here, so no password was ever used."""
    login = find_login(view.connection, user)
    if login is None:
        return ("false", _NONE, _NONE, _NONE)
    days = policy.get("MaxPasswordAge")
    rotation = _NONE if days is None else _time(login.changed_at + int(str(days)) * _SECONDS_OF_DAY)
    return ("true", "no_information", _time(login.changed_at), rotation)


def _key(key: AccessKey | None) -> tuple[str, ...]:
    if key is None:
        return ("false", _NONE, _NONE, _NONE, _NONE)
    used = _NONE if key.last_used_at is None else _time(key.last_used_at)
    return (
        _flag(key.status == "Active"),
        _time(key.created_at),
        used,
        key.last_used_region or _NONE,
        key.last_used_service or _NONE,
    )


_NO_CERTIFICATES = ("false", _NONE, "false", _NONE)


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _time(seconds: int) -> str:
    return moment(seconds).isoformat(timespec="seconds")
