"""How layers combine beyond the conformance vectors: unknown layers, assumptions, special actions, odd input."""

from __future__ import annotations

from dataclasses import replace
from time import process_time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.engine.engine_builders import (
    ACCOUNT,
    ALLOW_ALL,
    ANA,
    APP,
    DENY_ALL,
    OTHER,
    REPORT,
    RUN,
    ask,
    bucket,
    document,
    identity,
    layer,
    scps,
    trust,
)
from tests.engine.engine_strategies import questions

from passrole.engine.decision import Decision, Outcome
from passrole.engine.evaluate import evaluate
from passrole.engine.request import Principal, PrincipalType, Request
from passrole.engine.stack import AttachedPolicy, Known, PolicyStack, Unknown
from passrole.policy.model import PolicyType

ROOT = f"arn:aws:iam::{ACCOUNT}:root"
NOT_READ = Unknown("the caller may not read it")
ALLOW_ANA = {"Effect": "Allow", "Principal": {"AWS": ANA}, "Action": "*", "Resource": "*"}
ALLOW_ACCOUNT = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "*", "Resource": "*"}
TRUST_ANA = {"Effect": "Allow", "Principal": {"AWS": ANA}, "Action": "sts:AssumeRole"}
TRUST_ACCOUNT = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/k"


def _outcome(request: Request, stack: PolicyStack) -> Outcome:
    return evaluate(request, stack).outcome


class TestUnknownLayers:
    """An answer that no content of the unknown layer could change stands; any other is undecided."""

    @pytest.mark.parametrize(
        "stack",
        [
            PolicyStack(identity(ALLOW_ALL), resource=NOT_READ),
            PolicyStack(identity(ALLOW_ALL), boundary=NOT_READ),
            PolicyStack(identity(ALLOW_ALL), session=NOT_READ),
            PolicyStack(identity(ALLOW_ALL), scps=(NOT_READ,)),
            PolicyStack(identity(ALLOW_ALL), rcps=(NOT_READ,)),
            PolicyStack(identity(ALLOW_ALL), endpoint=NOT_READ),
            PolicyStack(identity=NOT_READ),
            # The bucket policy allows, but the policies that cannot be read may deny.
            PolicyStack(NOT_READ, bucket(ALLOW_ANA)),
        ],
    )
    def test_undecided(self, stack: PolicyStack) -> None:
        decision = evaluate(ask(), stack)
        assert decision.outcome is Outcome.UNDECIDED
        assert decision.decided_by is None
        assert [reason for reason in decision.undecided_because if reason.endswith(NOT_READ.reason)]

    def test_explicit_deny_stands(self) -> None:
        everything_else = PolicyStack(
            identity(DENY_ALL), NOT_READ, NOT_READ, NOT_READ, (NOT_READ,), (NOT_READ,), NOT_READ
        )
        decision = evaluate(ask(), everything_else)
        assert (decision.outcome, decision.decided_by) == (Outcome.EXPLICIT_DENY, PolicyType.IDENTITY)
        assert [str(ref) for ref in decision.determining] == ["a identity-based policy statement 1"]

    def test_implicit_deny_stands(self) -> None:
        no_scp = PolicyStack(identity(ALLOW_ALL), NOT_READ, NOT_READ, scps=scps([ALLOW_ALL], []))
        assert evaluate(ask(), no_scp).decided_by is PolicyType.SCP
        across = PolicyStack(identity(), NOT_READ)
        assert _outcome(ask(owner=OTHER), across) is Outcome.IMPLICIT_DENY
        assert _outcome(ask(owner=ACCOUNT), across) is Outcome.UNDECIDED

    def test_an_unknown_layer_that_is_not_asked_does_not_matter(self) -> None:
        stack = PolicyStack(
            NOT_READ,
            trust({"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}),
            NOT_READ,
            scps=(NOT_READ,),
        )
        assert _outcome(ask("sts:AssumeRole", APP, who="ec2.amazonaws.com"), stack) is Outcome.ALLOWED

    def test_unknown_condition_key(self) -> None:
        condition = {"Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}}
        allow = PolicyStack(identity({**ALLOW_ALL, **condition}))
        decision = evaluate(ask(unknown=["aws:SourceVpc"]), allow)
        assert decision.outcome is Outcome.UNDECIDED
        assert decision.undecided_because == (
            "a identity-based policy statement 1: the value of condition key `aws:SourceVpc` is not known",
        )
        assert _outcome(ask(), allow) is Outcome.IMPLICIT_DENY
        deny = PolicyStack(identity(ALLOW_ALL, {**DENY_ALL, **condition}))
        assert _outcome(ask(unknown=["aws:SourceVpc"]), deny) is Outcome.UNDECIDED
        # A second statement allows whatever the key is.
        assert _outcome(
            ask(unknown=["aws:SourceVpc"]), PolicyStack(identity({**ALLOW_ALL, **condition}, ALLOW_ALL))
        ) is (Outcome.ALLOWED)


class TestNotUnderstood:
    """A value without meaning grants nothing, and keeps a Deny from going away."""

    @pytest.mark.parametrize(
        "odd",
        [
            {"Condition": {"NumericEquals": {"s3:max-keys": "many"}}},
            {"Condition": {"NumericNotEquals": {"s3:max-keys": "many"}}},
            {"Condition": {"IpAddress": {"aws:SourceIp": "everywhere"}}},
            {"Condition": {"StringEquals": {"aws:username": "${aws:username"}}},
            {"Condition": {"StringEquals": {"aws:TagKeys": "a"}}},
            {"Resource": "arn:aws:s3:::${aws:PrincipalTag/team"},
            {"Resource": "arn:aws:${aws:PrincipalTag/service}:::reports/*"},
            {"Resource": "arn:aws:s*rts/*"},
        ],
    )
    def test_in_allow_and_deny(self, odd: dict[str, object]) -> None:
        request = ask(context={"s3:max-keys": "5", "aws:SourceIp": "10.0.0.1", "aws:TagKeys": ("a",)})
        assert _outcome(request, PolicyStack(identity({**ALLOW_ALL, **odd}))) is Outcome.IMPLICIT_DENY
        decision = evaluate(request, PolicyStack(identity(ALLOW_ALL, {**DENY_ALL, **odd})))
        assert decision.outcome is Outcome.UNDECIDED
        assert decision.undecided_because[0].startswith("a identity-based policy statement 2: ")

    def test_in_not_resource(self) -> None:
        odd = {"NotResource": ["arn:aws:s3:::${x", f"arn:aws:s3:::{'a' * 3}"]}
        allow = {"Effect": "Allow", "Action": "*", **odd}
        assert _outcome(ask(), PolicyStack(identity(allow))) is Outcome.IMPLICIT_DENY
        deny = {"Effect": "Deny", "Action": "*", **odd}
        assert _outcome(ask(), PolicyStack(identity(ALLOW_ALL, deny))) is Outcome.UNDECIDED

    @pytest.mark.parametrize(
        ("odd", "outcome"),
        [
            # Of an OR the other value may still be the one; of a NOR, or a list of exceptions, none may be odd.
            ({"Condition": {"StringEquals": {"x:key": ["${broken", "${x:unknown}"]}}}, Outcome.UNDECIDED),
            ({"Condition": {"StringNotEquals": {"x:key": ["${broken", "${x:unknown}"]}}}, Outcome.IMPLICIT_DENY),
            ({"Resource": ["arn:aws:s3:::${broken", "arn:aws:s3:::${x:unknown}"]}, Outcome.UNDECIDED),
            ({"NotResource": ["arn:aws:s3:::${broken", "arn:aws:s3:::${x:unknown}"]}, Outcome.IMPLICIT_DENY),
        ],
    )
    def test_beside_what_is_not_known(self, odd: dict[str, object], outcome: Outcome) -> None:
        allow = {"Effect": "Allow", "Action": "*", **({} if "NotResource" in odd else {"Resource": "*"}), **odd}
        request = ask(context={"x:key": "a"}, unknown=["x:unknown"])
        assert _outcome(request, PolicyStack(identity(allow))) is outcome

    def test_not_principal_beside_what_is_not_known(self) -> None:
        statement = {"NotPrincipal": {"AWS": [f"arn:aws:iam::{ACCOUNT}:user/*", "AIDAEXAMPLE1234"]}}
        allow = {"Effect": "Allow", "Action": "*", "Resource": "*", **statement}
        assert _outcome(ask(), PolicyStack(resource=bucket(allow))) is Outcome.IMPLICIT_DENY

    def test_a_statement_that_its_policy_type_does_not_take(self) -> None:
        without_resource = {"Effect": "Allow", "Action": "*"}
        assert _outcome(ask(), PolicyStack(identity(without_resource))) is Outcome.IMPLICIT_DENY
        without_principal = {"Effect": "Deny", "Action": "*", "Resource": "*"}
        assert _outcome(ask(), PolicyStack(identity(ALLOW_ALL), bucket(without_principal))) is Outcome.UNDECIDED
        assert _outcome(ask(), PolicyStack(identity(ALLOW_ANA))) is Outcome.IMPLICIT_DENY


class TestResourceWildcards:
    @pytest.mark.parametrize(
        ("pattern", "matches"),
        [
            ("arn:aws:s3:::rep*", True),
            ("arn:aws:s3:*", True),
            ("arn:aws:s3*", True),
            ("arn:*:reports/a.csv", True),
            ("arn:aws:s3:::*:*", False),
            ("arn:aws:s?:::reports/*", True),
            ("ARN:aws:s3:::reports/*", False),
        ],
    )
    def test_star_at_the_end_of_a_segment_crosses_colons(self, pattern: str, matches: bool) -> None:
        statement = {"Effect": "Allow", "Action": "*", "Resource": pattern}
        assert evaluate(ask(), PolicyStack(identity(statement))).allowed is matches

    def test_a_wildcard_inside_a_segment_is_not_sure_to_cross(self) -> None:
        deny = {"Effect": "Deny", "Action": "*", "Resource": "arn:aws:s*:reports/*"}
        assert _outcome(ask(), PolicyStack(identity(ALLOW_ALL, deny))) is Outcome.EXPLICIT_DENY
        deny = {"Effect": "Deny", "Action": "*", "Resource": "arn:a*s:s3:::reports/*"}
        assert _outcome(ask(), PolicyStack(identity(ALLOW_ALL, deny))) is Outcome.EXPLICIT_DENY
        deny = {"Effect": "Deny", "Action": "*", "Resource": "arn:a*3:::reports/*"}
        assert _outcome(ask(), PolicyStack(identity(ALLOW_ALL, deny))) is Outcome.UNDECIDED


class TestSpecialActions:
    def test_get_caller_identity_needs_nothing_and_cannot_be_denied(self) -> None:
        stack = PolicyStack(identity(DENY_ALL), boundary=NOT_READ, scps=scps([DENY_ALL]))
        for who in (ANA, RUN, ROOT):
            decision = evaluate(ask("sts:GetCallerIdentity", "*", who=who), stack)
            assert (decision.outcome, decision.decided_by, decision.determining) == (Outcome.ALLOWED, None, ())
            assert decision.rule == "this action needs no permission"
        assert not evaluate(ask("sts:GetCallerIdentity", "*", who="*"), PolicyStack()).allowed

    def test_get_session_token_is_for_users(self) -> None:
        stack = PolicyStack(identity(DENY_ALL))
        assert evaluate(ask("sts:GetSessionToken", "*"), stack).allowed
        assert not evaluate(ask("sts:GetSessionToken", "*", who=RUN), stack).allowed

    def test_the_root_user_may_not_assume_a_role(self) -> None:
        stack = PolicyStack(identity(ALLOW_ALL), trust(TRUST_ACCOUNT))
        assert evaluate(ask("sts:AssumeRole", APP, who=ROOT), stack) == Decision(
            Outcome.IMPLICIT_DENY, PolicyType.TRUST
        )

    def test_trust_policy(self) -> None:
        request, session = ask("sts:AssumeRole", APP), ask("sts:TagSession", APP)
        assert evaluate(request, PolicyStack(resource=trust(TRUST_ANA))).decided_by is PolicyType.TRUST
        assert evaluate(request, PolicyStack(identity(ALLOW_ALL))).decided_by is PolicyType.TRUST
        delegated = evaluate(request, PolicyStack(identity(ALLOW_ALL), trust(TRUST_ACCOUNT)))
        assert delegated.allowed
        assert [ref.attached.type for ref in delegated.determining] == [PolicyType.TRUST, PolicyType.IDENTITY]
        assert evaluate(request, PolicyStack(resource=trust(TRUST_ACCOUNT))).decided_by is PolicyType.IDENTITY
        assert not evaluate(session, PolicyStack(identity(ALLOW_ALL), trust(TRUST_ANA))).allowed

    def test_trust_policy_across_accounts(self) -> None:
        stack = PolicyStack(resource=trust(TRUST_ANA))
        request = ask("sts:AssumeRole", APP.replace(ACCOUNT, OTHER), owner=OTHER)
        assert not evaluate(request, stack).allowed
        assert evaluate(request, replace(stack, identity=identity(ALLOW_ALL))).allowed

    def test_identity_providers_need_the_trust_policy_only(self) -> None:
        caller = Principal(PrincipalType.WEB_IDENTITY_SESSION, "token", identity_provider="idp.example.com")
        action = "sts:AssumeRoleWithWebIdentity"
        allow = {"Effect": "Allow", "Principal": {"Federated": "idp.example.com"}, "Action": action}
        stack = PolicyStack(resource=trust(allow))
        assert evaluate(ask(action, APP, who=caller), stack).allowed
        other = replace(caller, identity_provider="other.example.com")
        assert not evaluate(ask(action, APP, who=other), stack).allowed

    @pytest.mark.parametrize(
        ("action", "resource", "allowed"),
        [
            ("kms:Decrypt", KEY, False),
            ("KMS:decrypt", KEY, False),
            ("kms:Decrypt", "*", False),
            ("kms:ListKeys", "*", True),
            ("kms:CreateAlias", KEY.replace("key/k", "alias/a"), True),
            ("kms:CreateAlias", KEY, False),
        ],
    )
    def test_without_a_key_policy_identity_policies_count_for_nothing(
        self, action: str, resource: str, allowed: bool
    ) -> None:
        assert evaluate(ask(action, resource), PolicyStack(identity(ALLOW_ALL))).allowed is allowed
        root = evaluate(ask(action, resource, who=ROOT), PolicyStack())
        assert root.allowed is allowed

    def test_key_policy_and_root_user(self) -> None:
        stack = PolicyStack(resource=bucket(ALLOW_ACCOUNT))
        assert evaluate(ask("kms:Decrypt", KEY, who=ROOT), stack).allowed
        assert not evaluate(ask("kms:Decrypt", KEY), stack).allowed

    def test_retiring_a_grant_is_not_limited_by_rcps(self) -> None:
        rcp = layer(PolicyType.RCP, {**DENY_ALL, "Principal": "*"})
        stack = PolicyStack(resource=bucket(ALLOW_ANA), rcps=(rcp,))
        assert evaluate(ask("kms:RetireGrant", KEY), stack).allowed
        assert _outcome(ask("kms:Decrypt", KEY), stack) is Outcome.EXPLICIT_DENY


class TestCallers:
    def test_rcps_without_an_allow_deny_nothing(self) -> None:
        """RCPFullAWSAccess is always attached, whether the stack lists it or not."""
        rcp = layer(PolicyType.RCP, {**DENY_ALL, "Principal": "*", "Action": "sqs:*"})
        assert evaluate(ask(), PolicyStack(identity(ALLOW_ALL), rcps=(rcp,))).allowed

    def test_rcps_limit_service_principals_and_anonymous_callers(self) -> None:
        rcp = layer(PolicyType.RCP, {**DENY_ALL, "Principal": "*"})
        everyone = bucket({**ALLOW_ALL, "Principal": "*"})
        for who in ("ec2.amazonaws.com", "*"):
            assert evaluate(ask(who=who), PolicyStack(resource=everyone)).allowed
            assert _outcome(ask(who=who), PolicyStack(resource=everyone, rcps=(rcp,))) is Outcome.EXPLICIT_DENY

    def test_federated_root_user(self) -> None:
        arn = f"arn:aws:sts::{ACCOUNT}:federated-user/bo"
        caller = Principal(PrincipalType.FEDERATED_SESSION, arn, ACCOUNT, federating_user_arn=ROOT)
        assert not evaluate(ask(who=caller), PolicyStack()).allowed
        assert evaluate(ask(who=caller), PolicyStack(session=layer(PolicyType.SESSION, ALLOW_ALL))).allowed

    def test_unknown_account(self) -> None:
        """Decided where the answer is the same within the account and across accounts."""
        nobody = Principal(PrincipalType.USER, "nobody")
        allow_all = bucket({**ALLOW_ALL, "Principal": "*"})
        assert evaluate(ask(who=nobody), PolicyStack(identity(ALLOW_ALL), allow_all)).allowed
        assert _outcome(ask(who=nobody), PolicyStack(identity(ALLOW_ALL))) is Outcome.UNDECIDED
        assert _outcome(ask(who=nobody), PolicyStack()) is Outcome.IMPLICIT_DENY

    def test_a_session_grant_passes_the_boundary_and_a_role_grant_does_not(self) -> None:
        boundary = layer(PolicyType.BOUNDARY, {**ALLOW_ALL, "Action": "ec2:*"})
        for arn, allowed in ((RUN, True), (APP, False)):
            stack = PolicyStack(resource=bucket({**ALLOW_ANA, "Principal": {"AWS": arn}}), boundary=boundary)
            decision = evaluate(ask(who=RUN), stack)
            assert decision.allowed is allowed
            assert decision.decided_by is (PolicyType.RESOURCE if allowed else PolicyType.BOUNDARY)

    def test_a_grant_to_whoever_is_not_listed_does_not_pass_the_boundary(self) -> None:
        others = bucket({"Effect": "Allow", "NotPrincipal": {"AWS": OTHER}, "Action": "*", "Resource": "*"})
        assert evaluate(ask(), PolicyStack(resource=others)).allowed
        stack = PolicyStack(resource=others, boundary=layer(PolicyType.BOUNDARY, {**ALLOW_ALL, "Action": "ec2:*"}))
        assert evaluate(ask(), stack).decided_by is PolicyType.BOUNDARY

    def test_endpoint_policy_without_a_document_lets_nothing_pass(self) -> None:
        decision = evaluate(ask(), PolicyStack(identity(ALLOW_ALL), endpoint=Known()))
        assert (decision.outcome, decision.decided_by) == (Outcome.IMPLICIT_DENY, PolicyType.ENDPOINT)


class TestAssumptions:
    def test_of_an_allow_every_supposed_layer_matters(self) -> None:
        """Any of them might hold a Deny, or lack the Allow."""
        full_access = layer(PolicyType.SCP, ALLOW_ALL, assumption="FullAWSAccess alone")
        stack = PolicyStack(identity(ALLOW_ALL), bucket(assumption="no bucket policy"), scps=(full_access,))
        assert evaluate(ask(), stack).assumptions == ("FullAWSAccess alone", "no bucket policy")

    def test_of_an_explicit_deny_elsewhere_none_matters(self) -> None:
        stack = PolicyStack(identity(DENY_ALL), bucket(assumption="no bucket policy"))
        decision = evaluate(ask(), stack)
        assert (decision.outcome, decision.assumptions) == (Outcome.EXPLICIT_DENY, ())

    def test_of_an_implicit_deny_those_that_could_have_granted(self) -> None:
        stack = PolicyStack(identity(), bucket(assumption="no bucket policy"))
        assert evaluate(ask(), stack).assumptions == ("no bucket policy",)
        # Across accounts the identity-based policy is needed anyway.
        assert evaluate(ask(owner=OTHER), stack).assumptions == ()

    def test_two_that_matter_together_only(self) -> None:
        stack = PolicyStack(identity(assumption="no policies"), bucket(assumption="no bucket policy"))
        assert evaluate(ask(owner=OTHER), stack).assumptions == ("no bucket policy", "no policies")


class TestTotality:
    @pytest.mark.parametrize("action", ["", ":", "s3", "s3:", "s3:Get Object", "a" * 10_000, "s3:\n", "σ3:Γ"])
    def test_odd_actions_do_not_raise(self, action: str) -> None:
        assert _outcome(ask(action), PolicyStack(identity({**ALLOW_ALL, "Action": "s3:Get*"}))) in (
            Outcome.IMPLICIT_DENY,
            Outcome.ALLOWED,
        )

    def test_a_pattern_is_not_an_action(self) -> None:
        decision = evaluate(ask("s3:Get*"), PolicyStack(identity(ALLOW_ALL)))
        assert decision.undecided_because == ("`s3:Get*` is not one action",)

    @pytest.mark.parametrize("value", [None, 5, 1.5, True, b"x", [], ["a"], ["a", 1], {"a": 1}, ("",), object()])
    def test_odd_context_values_do_not_raise(self, value: object) -> None:
        statements = [
            {"Effect": effect, "Action": "*", "Resource": "arn:aws:s3:::${x:key}*", "Condition": {name: {"x:key": "5"}}}
            for effect in ("Allow", "Deny")
            for name in ("StringEquals", "NumericNotEquals", "ForAllValues:ArnLike", "Null", "IpAddressIfExists")
        ]
        request = replace(ask(), context={"x:key": value, 7: "seven"})
        assert evaluate(request, PolicyStack(identity(*statements))).outcome in Outcome

    @pytest.mark.parametrize("arn", ["", "x", ":::::", "arn:aws:iam::1:user", "/", "arn:aws:sts::1:assumed-role"])
    @pytest.mark.parametrize("kind", list(PrincipalType))
    def test_odd_principals_do_not_raise(self, arn: str, kind: PrincipalType) -> None:
        statement = {**ALLOW_ALL, "Principal": {"AWS": [ACCOUNT, APP, RUN, ANA, "AROAEXAMPLE1234"], "Service": "x"}}
        stack = PolicyStack(identity(), bucket(statement, {**statement, "Effect": "Deny"}))
        assert not evaluate(ask(who=Principal(kind, arn)), stack).allowed

    def test_ten_thousand_statements(self) -> None:
        statements = [{**ALLOW_ALL, "Action": f"s3:Get{n}*", "Resource": f"arn:aws:s3:::b{n}/*"} for n in range(10_000)]
        stack = PolicyStack(identity(*statements, {**ALLOW_ALL, "Resource": REPORT}))
        start = process_time()
        decisions = [evaluate(ask(), stack) for _ in range(5)]
        assert process_time() - start < 10
        assert all([ref.index for ref in decision.determining] == [10_000] for decision in decisions)

    def test_hostile_patterns_in_every_place(self) -> None:
        pattern = "a*" * 200 + "b"
        statement = {
            "Effect": "Allow",
            "Action": [pattern, "s3:*"],
            "Resource": [f"arn:aws:s3:::{pattern}", f"arn:{pattern}", REPORT],
            "Condition": {"StringLike": {"x:k": [pattern, "*"]}, "ArnLike": {"x:arn": [f"arn:aws:s3:::{pattern}"]}},
        }
        long = "a" * 50_000
        request = ask(context={"x:k": long, "x:arn": f"arn:aws:s3:::{long}"})
        start = process_time()
        assert _outcome(request, PolicyStack(identity(statement))) is Outcome.IMPLICIT_DENY
        assert process_time() - start < 3


BOUNDED = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@BOUNDED
@given(questions())
def test_the_reasons_are_there_when_undecided_and_only_then(question: tuple[Request, PolicyStack]) -> None:
    decision = evaluate(*question)
    undecided = decision.outcome is Outcome.UNDECIDED
    assert undecided is bool(decision.undecided_because)
    assert undecided <= (decision.decided_by is None)
    assert decision.assumptions == ()


@BOUNDED
@given(questions(), st.sampled_from(["identity", "resource", "boundary", "session"]))
def test_a_deny_added_never_allows_more(question: tuple[Request, PolicyStack], where: str) -> None:
    request, stack = question
    before = evaluate(request, stack)
    kind = PolicyType[where.upper()]
    extra = {**DENY_ALL, "Principal": "*"} if kind is PolicyType.RESOURCE else DENY_ALL
    found = getattr(stack, where)
    if not isinstance(found, Known):
        return
    denying = AttachedPolicy(kind, "added", document({**extra, "Action": "s3:*"}))
    after = evaluate(request, replace(stack, **{where: Known((*found.policies, denying))}))
    if after.allowed:
        assert before.allowed


@BOUNDED
@given(questions())
def test_order_and_repetition_of_policies_never_matter(question: tuple[Request, PolicyStack]) -> None:
    request, stack = question

    def turned(layer: Any) -> Any:
        if not isinstance(layer, Known):
            return layer
        return Known(
            tuple(
                replace(attached, policy=replace(attached.policy, statements=attached.policy.statements[::-1] * 2))
                for attached in layer.policies[::-1] * 2
            )
        )

    changed = replace(
        stack,
        identity=turned(stack.identity),
        resource=turned(stack.resource),
        boundary=turned(stack.boundary),
        session=turned(stack.session),
        scps=tuple(turned(layer) for layer in stack.scps),
        rcps=tuple(turned(layer) for layer in stack.rcps),
        endpoint=turned(stack.endpoint),
    )
    before, after = evaluate(request, stack), evaluate(request, changed)
    assert (before.outcome, before.decided_by) == (after.outcome, after.decided_by)


@BOUNDED
@given(questions())
def test_an_unknown_layer_is_worse_than_any_known_one(question: tuple[Request, PolicyStack]) -> None:
    """Whatever is decided with a layer unknown is decided the same with what the layer really holds."""
    request, stack = question
    hidden = evaluate(request, replace(stack, identity=NOT_READ)).outcome
    if hidden is Outcome.ALLOWED or hidden is Outcome.EXPLICIT_DENY:
        assert evaluate(request, stack).outcome is hidden
    elif hidden is Outcome.IMPLICIT_DENY:
        assert evaluate(request, stack).outcome in (Outcome.IMPLICIT_DENY, Outcome.EXPLICIT_DENY)
