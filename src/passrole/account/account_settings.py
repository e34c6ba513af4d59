"""What an account as a whole is set to: its password policy, credential report, and version of global STS tokens."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, insert, select, update

from passrole.account.context import AccountView
from passrole.account.policy_layers import policy_layer
from passrole.account.tables import account_settings
from passrole.engine.stack import Known, Layer
from passrole.policy.model import PolicyType

_own = account_settings.c


@dataclass(frozen=True, slots=True)
class CredentialReport:
    """`made_at` is in seconds since 1970."""

    text: str
    made_at: int


def find_password_policy(view: AccountView) -> Mapping[str, object] | None:
    """By the names of UpdateAccountPasswordPolicy; None when the account has AWS's default one."""
    text = _value(view, _own.password_policy)
    policy: Mapping[str, object] | None = None if text is None else json.loads(str(text))
    return policy


def set_password_policy(view: AccountView, policy: Mapping[str, object] | None) -> None:
    _set(view, password_policy=None if policy is None else json.dumps(dict(policy)))


def password_policy_layer(view: AccountView, user_arn: str, action: str, resource: str) -> Layer:
    """What AllowUsersToChangePassword gives every user of the account, unless something else denies it.

    Source: IAM User Guide, "Permit IAM users to change their own passwords"
    <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_enable-user-change.html>
    """
    policy = find_password_policy(view)
    if policy is None or not policy["AllowUsersToChangePassword"]:
        return Known()
    statement = {"Effect": "Allow", "Principal": {"AWS": user_arn}, "Action": action, "Resource": resource}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return policy_layer(PolicyType.RESOURCE, {"the account's password policy": document})


def find_credential_report(view: AccountView) -> CredentialReport | None:
    row = view.connection.execute(
        select(_own.credential_report, _own.credential_report_at).where(_own.account_id == view.account_id)
    ).first()
    return None if row is None or row[0] is None else CredentialReport(row[0], row[1])


def set_credential_report(view: AccountView, report: CredentialReport) -> None:
    _set(view, credential_report=report.text, credential_report_at=report.made_at)


def sts_token_version(view: AccountView) -> int:
    return int(str(_value(view, _own.sts_token_version) or 1))


def set_sts_token_version(view: AccountView, version: int) -> None:
    _set(view, sts_token_version=version)


def _value(view: AccountView, column: ColumnElement[Any]) -> object:
    return view.connection.execute(select(column).where(_own.account_id == view.account_id)).scalar()


def _set(view: AccountView, **values: object) -> None:
    changed = view.connection.execute(
        update(account_settings).where(_own.account_id == view.account_id).values(**values)
    )
    if not changed.rowcount:
        row = {"account_id": view.account_id, "sts_token_version": 1, **values}
        view.connection.execute(insert(account_settings).values(**row))
