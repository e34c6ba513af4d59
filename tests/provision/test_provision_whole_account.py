"""Reading a whole account at once, on both makers' accounts, and what becomes of it where reading is denied."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.provision.provision_worlds import READ, VMIE_TRUST, World, allow, document, open_account

from passrole.account.access import who_can
from passrole.account.snapshot import AccountSnapshot, Unreadable
from passrole.engine.decision import Outcome
from passrole.provision.identity import identify
from passrole.provision.whole_account import WholeAccount, read_whole_account

OBJECT = "arn:aws:s3:::disk-images/vm.ova"


def fill(iam: Any) -> None:
    iam.create_group(GroupName="team")
    iam.put_group_policy(GroupName="team", PolicyName="read", PolicyDocument=document(READ))
    iam.create_user(UserName="ann")
    iam.add_user_to_group(GroupName="team", UserName="ann")
    iam.create_user(UserName="ben", Path="/staff/", Tags=[{"Key": "team", "Value": "blue"}])
    iam.create_role(RoleName="vmimport", AssumeRolePolicyDocument=document(VMIE_TRUST))
    iam.put_role_policy(RoleName="vmimport", PolicyName="read", PolicyDocument=document(READ))
    own = iam.create_policy(PolicyName="own", PolicyDocument=document(allow("s3:GetObject")))["Policy"]["Arn"]
    iam.attach_user_policy(UserName="ben", PolicyArn=own)


def read(world: World) -> WholeAccount:
    return read_whole_account(world.clients, identify(world.clients, with_alias=False))


def allowed(snapshot: AccountSnapshot) -> dict[str, Outcome]:
    answers = who_can(snapshot, "s3:GetObject", OBJECT)
    return {answer.principal.arn.rpartition("/")[2]: answer.decision.outcome for answer in answers}


EXPECTED = {"ann": Outcome.ALLOWED, "ben": Outcome.ALLOWED, "vmimport": Outcome.ALLOWED}


def test_everything_is_seen(world: World) -> None:
    fill(world.iam)
    whole = read(world)
    assert whole.gaps == ()
    found = allowed(whole.snapshot)
    assert {name: found[name] for name in EXPECTED} == EXPECTED
    ben = whole.snapshot.users["ben"]
    assert not isinstance(ben, Unreadable)
    assert (ben.path, ben.tags) == ("/staff/", {"team": "blue"})


def test_an_account_without_anything(world: World) -> None:
    assert read(world).snapshot.account_id == identify(world.clients).account_id


@pytest.fixture
def embedded(tmp_path: Path) -> Any:
    with open_account("embedded", tmp_path) as clients:
        world = World(clients, tmp_path / "state")
        fill(world.iam)
        yield world


def limited(world: World, *denied: str) -> World:
    """The same account, for a user who may do all but `denied`."""
    world.iam.create_user(UserName="limited")
    deny = {"Effect": "Deny", "Action": ["iam:GetAccountAuthorizationDetails", *denied], "Resource": "*"}
    world.iam.put_user_policy(UserName="limited", PolicyName="limits", PolicyDocument=document(allow("iam:*"), deny))
    key = world.iam.create_access_key(UserName="limited")["AccessKey"]
    clients: Any = world.clients
    return World(clients.as_user(key["AccessKeyId"], key["SecretAccessKey"]), world.folder)


def test_without_the_details_everyone_is_read_by_itself(embedded: World) -> None:
    whole = read(limited(embedded))
    assert whole.gaps == ()
    found = allowed(whole.snapshot)
    assert {name: found[name] for name in EXPECTED} == EXPECTED


def test_what_is_denied_is_undecided_and_the_rest_is_not(embedded: World) -> None:
    found = allowed(read(limited(embedded, "iam:ListRolePolicies", "iam:GetGroupPolicy")).snapshot)
    assert found["vmimport"] is Outcome.UNDECIDED
    assert found["ann"] is Outcome.UNDECIDED
    assert found["ben"] is Outcome.ALLOWED


def test_who_may_not_be_listed_is_a_gap(embedded: World) -> None:
    whole = read(limited(embedded, "iam:ListRoles"))
    assert whole.gaps == ("roles are not listed: you may not call iam:ListRoles",)
    assert "vmimport" not in whole.snapshot.roles
    assert allowed(whole.snapshot)["ann"] is Outcome.ALLOWED
