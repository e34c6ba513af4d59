"""Roles and instance profiles that a call names, made known to a backend whose services look them up in its own IAM.

They live in passrole alone; what the backend has of them are empty shells, whose policies decide nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from passrole.account import entities
from passrole.account.context import AccountView
from passrole.account.entities import Kind
from passrole.account.profile_store import roles_in_profiles
from passrole.activity.bind.model import ApiCall
from passrole.server.gateway.backend import Backend
from passrole.server.gateway.operation_names import only_reads

if TYPE_CHECKING:
    from botocore.client import BaseClient

_ARN: Final = re.compile(r"arn:[a-z-]+:iam::([0-9]{12}):(role|instance-profile)/(?:[\x21-\x7e]*/)?([\w+=,.@-]{1,128})")
_PROFILE: Final = "IamInstanceProfile"
_TRUST: Final = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)


class RoleMirror:
    """Safe to use from several threads: what two of them make at once is made once."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def prepare(self, view: AccountView, call: ApiCall) -> None:
        """Before a call is carried out. A role or profile that is not there (any more) is none there either."""
        if only_reads(call.operation):
            return
        for account_id, kind, name in dict.fromkeys(named(call)):
            client = self._backend.client("iam", region=call.region, account_id=account_id)
            self._show(view.of_account(account_id), kind, name, client)

    def _show(self, view: AccountView, kind: Kind, name: str, client: BaseClient) -> None:
        found = entities.find(view, kind, name)
        if kind is Kind.ROLE:
            if found is None:
                _quietly(client, "delete_role", RoleName=name)
            else:
                _quietly(client, "create_role", RoleName=found.name, Path=found.path, AssumeRolePolicyDocument=_TRUST)
            return
        # Made anew: its role may be another by now.
        _quietly(client, "delete_instance_profile", InstanceProfileName=name)
        if found is None:
            return
        _quietly(client, "create_instance_profile", InstanceProfileName=found.name, Path=found.path)
        for role in roles_in_profiles(view.connection, [found]).get(found.id, ()):
            self._show(view, Kind.ROLE, role.entity.name, client)
            _quietly(
                client,
                "add_role_to_instance_profile",
                InstanceProfileName=found.name,
                RoleName=role.entity.name,
            )


def named(call: ApiCall) -> Iterator[tuple[str, Kind, str]]:
    """The account, kind and name of each role and instance profile that the parameters name."""
    yield from _named(call.parameters, call.account)


def _named(value: object, account_id: str) -> Iterator[tuple[str, Kind, str]]:
    match value:
        case str():
            arn = _ARN.fullmatch(value)
            if arn is not None:
                yield arn[1], Kind(arn[2]), arn[3]
        case Mapping():
            for key, each in value.items():
                if key == _PROFILE and isinstance(each, Mapping) and isinstance(each.get("Name"), str):
                    yield account_id, Kind.INSTANCE_PROFILE, each["Name"]
                yield from _named(each, account_id)
        case list() | tuple():
            for each in value:
                yield from _named(each, account_id)
        case _:
            return


def _quietly(client: BaseClient, method: str, **parameters: str) -> None:
    """What is there already, or gone already, is no fault."""
    from botocore.exceptions import ClientError

    try:
        getattr(client, method)(**parameters)
    except ClientError as error:
        if error.response["Error"]["Code"] not in {"EntityAlreadyExists", "NoSuchEntity", "DeleteConflict"}:
            raise
