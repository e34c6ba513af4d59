"""KMS grants: the examples of AWS's pages on grants, constraints and retiring."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.engine.engine_builders import (
    ACCOUNT,
    ALLOW_ALL,
    ANA,
    APP,
    DENY_ALL,
    OTHER,
    RUN,
    ask,
    bucket,
    identity,
    layer,
    scps,
)

from passrole.engine.decision import Outcome
from passrole.engine.evaluate import evaluate
from passrole.engine.stack import KeyGrant, PolicyStack, Unknown
from passrole.policy.model import PolicyType

KEY = f"arn:aws:kms:us-west-2:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
BEN = f"arn:aws:iam::{ACCOUNT}:user/ben"
KEY_POLICY = bucket({"Effect": "Allow", "Principal": {"AWS": BEN}, "Action": "kms:*", "Resource": "*"})
"""A key policy that says nothing of the callers below."""
DECRYPT = KeyGrant(ANA, frozenset({"Decrypt", "GenerateDataKey"}), grant_id="8c94d1f1")
ALLOWED, IMPLICIT, DENIED, UNDECIDED = Outcome.ALLOWED, Outcome.IMPLICIT_DENY, Outcome.EXPLICIT_DENY, Outcome.UNDECIDED


def outcome(
    grant: KeyGrant | Unknown,
    action: str = "kms:Decrypt",
    *,
    who: str = ANA,
    context: dict[str, str | tuple[str, ...]] | None = None,
    unknown: tuple[str, ...] = (),
    stack: PolicyStack | None = None,
) -> Outcome:
    grants = grant if isinstance(grant, Unknown) else (grant,)
    stack = replace(stack or PolicyStack(resource=KEY_POLICY), grants=grants)
    return evaluate(ask(action, KEY, who=who, context=context or {}, unknown=unknown), stack).outcome


def test_a_grant_allows_without_any_policy_and_is_named() -> None:
    decision = evaluate(ask("kms:Decrypt", KEY), PolicyStack(resource=KEY_POLICY, grants=(DECRYPT,)))
    assert decision.allowed
    assert (decision.decided_by, decision.determining) == (None, ())
    assert decision.rule == "KMS grant 8c94d1f1"


@pytest.mark.parametrize(
    ("action", "who", "expected"),
    [
        ("kms:GenerateDataKey", ANA, ALLOWED),
        ("kms:generatedatakey", ANA, ALLOWED),
        ("kms:GenerateDataKeyWithoutPlaintext", ANA, IMPLICIT),
        ("kms:Decrypt", BEN.replace("ben", "cleo"), IMPLICIT),
        ("kms:Decrypt", ANA.replace(ACCOUNT, OTHER), IMPLICIT),
        ("kms:Decrypt", "dynamodb.amazonaws.com", IMPLICIT),
        ("kms:Decrypt", "*", IMPLICIT),
    ],
)
def test_only_its_operations_to_its_grantee(action: str, who: str, expected: Outcome) -> None:
    assert outcome(DECRYPT, action, who=who) is expected


def test_a_role_or_service_as_grantee() -> None:
    assert outcome(replace(DECRYPT, grantee=APP), who=RUN) is ALLOWED
    assert outcome(replace(DECRYPT, grantee="dynamodb.amazonaws.com"), who="dynamodb.amazonaws.com") is ALLOWED
    assert outcome(replace(DECRYPT, grantee="not a principal")) is IMPLICIT


class TestLimits:
    def test_every_deny_overrides_a_grant(self) -> None:
        for stack in (
            PolicyStack(identity(DENY_ALL), KEY_POLICY),
            PolicyStack(resource=KEY_POLICY, boundary=layer(PolicyType.BOUNDARY, DENY_ALL)),
            PolicyStack(resource=KEY_POLICY, scps=scps([ALLOW_ALL, DENY_ALL])),
        ):
            assert outcome(DECRYPT, stack=stack) is DENIED

    def test_an_scp_must_allow(self) -> None:
        stack = PolicyStack(resource=KEY_POLICY, scps=scps([{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]))
        assert outcome(DECRYPT, stack=stack) is IMPLICIT

    def test_a_boundary_limits_what_a_role_is_given_and_not_a_user(self) -> None:
        """As for resource-based policies, of which grants are a kind."""
        nothing = PolicyStack(resource=KEY_POLICY, boundary=layer(PolicyType.BOUNDARY))
        assert outcome(DECRYPT, stack=nothing) is ALLOWED
        assert outcome(replace(DECRYPT, grantee=APP), who=RUN, stack=nothing) is IMPLICIT

    def test_across_accounts_the_caller_needs_an_identity_based_policy_too(self) -> None:
        """An "IAM policy must be attached to the caller's user or role" in a cross-account scenario."""
        caller = ANA.replace(ACCOUNT, OTHER)
        grant = replace(DECRYPT, grantee=caller)
        assert outcome(grant, who=caller) is IMPLICIT
        assert outcome(grant, who=caller, stack=PolicyStack(identity(ALLOW_ALL), KEY_POLICY)) is ALLOWED

    def test_an_account_as_grantee_leaves_it_to_identity_based_policies(self) -> None:
        grant = replace(DECRYPT, grantee=f"arn:aws:iam::{ACCOUNT}:root")
        assert outcome(grant) is IMPLICIT
        assert outcome(grant, stack=PolicyStack(identity(ALLOW_ALL), KEY_POLICY)) is ALLOWED

    def test_grants_that_were_not_read_leave_it_undecided_unless_the_key_policy_allows(self) -> None:
        assert outcome(Unknown("AccessDenied")) is UNDECIDED
        own = bucket({"Effect": "Allow", "Principal": {"AWS": ANA}, "Action": "kms:*", "Resource": "*"})
        assert outcome(Unknown("AccessDenied"), stack=PolicyStack(resource=own)) is ALLOWED

    def test_grants_concern_keys_only(self) -> None:
        stack = PolicyStack(grants=(replace(DECRYPT, operations=frozenset({"ListKeys"})),))
        assert evaluate(ask("kms:ListKeys", "*"), stack).outcome is IMPLICIT


FINANCE = {"Department": "Finance", "Classification": "Public"}
# From "Creating grants": each with whether it satisfies EncryptionContextSubset and EncryptionContextEquals of FINANCE.
ENCRYPTION_CONTEXTS = [
    (FINANCE, True, True),
    ({"Classification": "Public", "Department": "Finance"}, True, True),
    ({"Customer": "12345", **FINANCE, "Purpose": "Test"}, True, False),
    ({"Department": "Finance"}, False, False),
    ({"department": "finance", "classification": "public"}, False, False),
    ({"Classification": "Public", "Customer": "12345"}, False, False),
    ({}, False, False),
]


@pytest.mark.parametrize(("pairs", "subset", "equals"), ENCRYPTION_CONTEXTS)
def test_constraints_on_the_encryption_context(pairs: dict[str, str], subset: bool, equals: bool) -> None:
    context: dict[str, str | tuple[str, ...]] = {f"kms:EncryptionContext:{key}": value for key, value in pairs.items()}
    for grant, fits in (
        (replace(DECRYPT, context_subset=FINANCE), subset),
        (replace(DECRYPT, context_equals=FINANCE), equals),
    ):
        assert outcome(grant, context=context) is (ALLOWED if fits else IMPLICIT)


def test_constraints_do_not_apply_to_operations_without_an_encryption_context() -> None:
    grant = replace(DECRYPT, operations=frozenset({"DescribeKey", "Decrypt"}), context_equals=FINANCE)
    assert outcome(grant, "kms:DescribeKey") is ALLOWED
    assert outcome(grant, "kms:Decrypt") is IMPLICIT


def test_an_encryption_context_that_is_not_known() -> None:
    pairs: dict[str, str | tuple[str, ...]] = {f"kms:EncryptionContext:{key}": text for key, text in FINANCE.items()}
    subset, equals = replace(DECRYPT, context_subset=FINANCE), replace(DECRYPT, context_equals=FINANCE)
    assert outcome(subset, unknown=("*",)) is UNDECIDED
    assert outcome(subset, unknown=("*",), context=pairs) is ALLOWED
    assert outcome(equals, unknown=("*",), context=pairs) is UNDECIDED
    assert outcome(equals, unknown=("*",), context={"kms:EncryptionContext:Other": "x"}) is IMPLICIT


def test_source_arn_is_as_the_condition_key() -> None:
    table = "arn:aws:dynamodb:us-west-2:111122223333:table/Services"
    grant = replace(DECRYPT, grantee="dynamodb.amazonaws.com", source_arn=table)
    assert outcome(grant, who="dynamodb.amazonaws.com", context={"aws:SourceArn": table}) is ALLOWED
    assert outcome(grant, who="dynamodb.amazonaws.com", context={"aws:SourceArn": f"{table}2"}) is IMPLICIT
    assert outcome(grant, who="dynamodb.amazonaws.com") is IMPLICIT


class TestChildGrants:
    """A grantee "can only create grants that allow some or all of the operations in the parent grant"."""

    PARENT = KeyGrant(ANA, frozenset({"GenerateDataKey", "Decrypt", "CreateGrant"}))

    @pytest.mark.parametrize(
        ("operations", "expected"),
        [
            (("CreateGrant", "Decrypt"), ALLOWED),
            (("ReEncryptFrom",), IMPLICIT),
            (("Decrypt", "ReEncryptFrom"), IMPLICIT),
            (None, UNDECIDED),
        ],
    )
    def test_operations(self, operations: tuple[str, ...] | None, expected: Outcome) -> None:
        context: dict[str, str | tuple[str, ...]] = {} if operations is None else {"kms:GrantOperations": operations}
        assert outcome(self.PARENT, "kms:CreateGrant", context=context) is expected

    def test_constraints_of_the_parent_are_not_known_to_be_kept(self) -> None:
        parent = replace(self.PARENT, context_subset={"Department": "IT"})
        context: dict[str, str | tuple[str, ...]] = {"kms:GrantOperations": ("Decrypt",)}
        assert outcome(parent, "kms:CreateGrant", context=context) is UNDECIDED


class TestRetiring:
    """By "the retiring principal", "the grantee principal if the grant allows the RetireGrant operation", and "the
    AWS account in which the grant is created"."""

    GRANT = KeyGrant(
        BEN, frozenset({"Decrypt"}), retiring_principal=ANA, issuing_account=f"arn:aws:iam::{ACCOUNT}:root"
    )
    POLICY = PolicyStack(resource=layer(PolicyType.RESOURCE))

    def test_who_may(self) -> None:
        def retires(who: str, grant: KeyGrant = self.GRANT) -> Outcome:
            return outcome(grant, "kms:RetireGrant", who=who, stack=self.POLICY)

        assert retires(ANA) is ALLOWED
        assert retires(BEN) is IMPLICIT
        assert retires(BEN, replace(self.GRANT, operations=frozenset({"Decrypt", "RetireGrant"}))) is ALLOWED
        assert retires(f"arn:aws:iam::{ACCOUNT}:root") is ALLOWED
        assert retires(f"arn:aws:iam::{OTHER}:root") is IMPLICIT

    def test_of_several_grants_it_is_not_known_which_is_meant(self) -> None:
        mine, not_mine = self.GRANT, replace(self.GRANT, retiring_principal=BEN)
        request = ask("kms:RetireGrant", KEY)
        assert evaluate(request, replace(self.POLICY, grants=(mine, not_mine))).outcome is UNDECIDED
        assert evaluate(request, replace(self.POLICY, grants=(mine, mine))).outcome is ALLOWED
        assert evaluate(request, replace(self.POLICY, grants=(not_mine,))).outcome is IMPLICIT
