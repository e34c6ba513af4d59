"""Whom a resource's policies let in without naming them: told as far as anybody can know."""

from __future__ import annotations

import pytest

from passrole.account.asking import Circumstances
from passrole.account.snapshot import AccountSnapshot
from passrole.account.unlisted import unlisted
from passrole.engine.stack import AttachedPolicy, Known, Unknown
from passrole.policy.model import PolicyType
from passrole.policy.parse import policy_from_value

SNAPSHOT = AccountSnapshot("111122223333", "aws")
ROLE = "arn:aws:iam::111122223333:role/app"
OTHERS = "arn:aws:iam::444455556666:root"
THEIR_OWN = "as far as their own policies let them"
OF_THE_ACCOUNT = (f"principals of account 444455556666 may come in {THEIR_OWN}",)
OF_ANY = (f"trust names everyone (`*`), or all but some: principals of other accounts may come in {THEIR_OWN}",)
ORGANIZATION = {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}


def told(*statements: dict[str, object], action: str = "sts:AssumeRole", without: str | None = None) -> tuple[str, ...]:
    type_ = PolicyType.TRUST if action == "sts:AssumeRole" else PolicyType.RESOURCE
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    layer = Known((AttachedPolicy(type_, "trust", policy_from_value(document)),))
    absent = frozenset() if without is None else frozenset({without})
    said = Circumstances(absent_keys=absent)
    return unlisted(SNAPSHOT, action, ROLE, resource_layer=layer, circumstances=said)


def lets(principal: object, **more: object) -> dict[str, object]:
    return {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more}


@pytest.mark.parametrize("name", [OTHERS, "444455556666"])
def test_an_account_is_more_than_its_root_user_who_cannot_assume_roles(name: str) -> None:
    assert told(lets({"AWS": name})) == OF_THE_ACCOUNT


def test_everyone_is_more_than_the_anonymous_caller() -> None:
    assert told(lets("*")) == OF_ANY
    assert told(lets({"AWS": "*"}, Condition=ORGANIZATION)) == OF_ANY


def test_nobody_is_told_of_whom_a_deny_or_a_condition_keeps_out() -> None:
    keep_out = {"Effect": "Deny", "Principal": "*", "Action": "sts:*"}
    assert told(lets({"AWS": OTHERS}), keep_out) == ()
    only_own = {"StringEquals": {"aws:PrincipalAccount": "111122223333"}}
    assert told(lets({"AWS": OTHERS}, Condition=only_own)) == ()
    external = {"StringEquals": {"sts:ExternalId": "x"}}
    assert told(lets({"AWS": OTHERS}, Condition=external)) == OF_THE_ACCOUNT
    assert told(lets({"AWS": OTHERS}, Condition=external), without="sts:ExternalId") == ()


def test_nobody_is_told_of_by_a_statement_about_something_else() -> None:
    assert told(lets({"AWS": OTHERS}, Action="sts:TagSession")) == ()
    assert told(lets({"AWS": "arn:aws:iam::111122223333:root"})) == ()
    assert told(lets({"AWS": "arn:aws:iam::444455556666:user/dan"})) == (), "whom `who_can` asks for"


def test_whoever_is_not_excepted() -> None:
    statement = {"Effect": "Allow", "NotPrincipal": {"AWS": OTHERS}, "Action": "s3:GetObject", "Resource": "*"}
    assert told(statement, action="s3:GetObject") == OF_ANY


def test_policies_that_could_not_be_read() -> None:
    (sentence,) = unlisted(SNAPSHOT, "sts:AssumeRole", ROLE, resource_layer=Unknown("no permission"))
    assert sentence.endswith("is not known: no permission")
