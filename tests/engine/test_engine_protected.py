"""Entities that only AWS changes, aliases, and calls that ask several questions."""

from __future__ import annotations

import pytest
from tests.engine.engine_builders import ACCOUNT, ALLOW_ALL, ANA, DENY_ALL, ask, bucket, identity

from passrole.engine.decision import Decision, Outcome
from passrole.engine.evaluate import evaluate
from passrole.engine.request import PrincipalType
from passrole.engine.several import evaluate_call, worst
from passrole.engine.stack import Known, PolicyStack, Unknown

AWS_POLICY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
OWN_POLICY = f"arn:aws:iam::{ACCOUNT}:policy/ReadOnlyAccess"
LINKED = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/support.amazonaws.com/AWSServiceRoleForSupport"
RESERVED = f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef"
ALIAS, AWS_ALIAS = (f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/{name}" for name in ("test-key", "aws/test"))
ADMIN = PolicyStack(identity(ALLOW_ALL))


@pytest.mark.parametrize(
    ("action", "resource", "allowed"),
    [
        ("iam:CreatePolicyVersion", AWS_POLICY, False),
        ("IAM:deletepolicy", AWS_POLICY, False),
        ("iam:DeletePolicy", OWN_POLICY, True),
        ("iam:GetPolicy", AWS_POLICY, True),
        ("iam:AttachRolePolicy", LINKED, False),
        ("iam:DeleteRole", LINKED, False),
        ("iam:UpdateRoleDescription", LINKED, True),
        ("iam:DeleteServiceLinkedRole", LINKED, True),
        ("iam:PassRole", LINKED, True),
        ("iam:PutRolePolicy", RESERVED, False),
        ("iam:TagRole", RESERVED, False),
        ("iam:GetRole", RESERVED, True),
        ("iam:PutRolePolicy", f"arn:aws:iam::{ACCOUNT}:role/app", True),
        ("kms:CreateAlias", AWS_ALIAS, False),
        ("kms:DeleteAlias", AWS_ALIAS, False),
        ("kms:CreateAlias", ALIAS, True),
    ],
)
def test_what_no_policy_allows(action: str, resource: str, allowed: bool) -> None:
    decision = evaluate(ask(action, resource), ADMIN)
    assert decision.outcome is (Outcome.ALLOWED if allowed else Outcome.IMPLICIT_DENY)
    assert (decision.rule is None) is allowed


def test_aws_itself_may_and_a_deny_stays_explicit() -> None:
    linked = evaluate(ask("iam:PutRolePolicy", RESERVED, who=LINKED), ADMIN)
    assert linked.outcome is Outcome.ALLOWED
    assert ask(who=LINKED).principal.type is PrincipalType.SERVICE_LINKED_ROLE_SESSION
    denied = evaluate(ask("iam:DeletePolicy", AWS_POLICY), PolicyStack(identity(ALLOW_ALL, DENY_ALL)))
    assert denied.outcome is Outcome.EXPLICIT_DENY


KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/k"
TO_ANA = bucket({"Effect": "Allow", "Principal": {"AWS": ANA}, "Action": "kms:CreateAlias", "Resource": "*"})
DENY_ANA = bucket({**DENY_ALL, "Principal": {"AWS": ANA}})
ON_ALIAS = identity({"Effect": "Allow", "Action": "kms:CreateAlias", "Resource": ALIAS})


def test_an_alias_has_no_policy_of_its_own() -> None:
    """Permission for the alias comes "in an IAM policy", for the key in its key policy."""
    for key_policy in (TO_ANA, DENY_ANA, Unknown("not read")):
        assert evaluate(ask("kms:CreateAlias", ALIAS), PolicyStack(ON_ALIAS, key_policy)).outcome is Outcome.ALLOWED
        assert (
            evaluate(ask("kms:CreateAlias", ALIAS), PolicyStack(Known(), key_policy)).outcome is Outcome.IMPLICIT_DENY
        )


def test_creating_an_alias_asks_about_alias_and_key() -> None:
    def outcome(own: Known, key_policy: Known) -> Outcome:
        stack = PolicyStack(own, key_policy)
        return evaluate_call((ask("kms:CreateAlias", resource), stack) for resource in (KEY, ALIAS)).outcome

    assert outcome(ON_ALIAS, TO_ANA) is Outcome.ALLOWED
    assert outcome(Known(), TO_ANA) is Outcome.IMPLICIT_DENY
    assert outcome(ON_ALIAS, Known()) is Outcome.IMPLICIT_DENY
    assert outcome(ON_ALIAS, DENY_ANA) is Outcome.EXPLICIT_DENY


def test_the_worst_answer_counts() -> None:
    allowed, undecided, implicit, denied = (
        Decision(outcome, None)
        for outcome in (Outcome.ALLOWED, Outcome.UNDECIDED, Outcome.IMPLICIT_DENY, Outcome.EXPLICIT_DENY)
    )
    assert worst([allowed, allowed]) is allowed
    assert worst([allowed, undecided]) is undecided
    assert worst([undecided, implicit, allowed]) is implicit
    assert worst([implicit, denied, undecided]) is denied
    with pytest.raises(ValueError):
        evaluate_call([])
