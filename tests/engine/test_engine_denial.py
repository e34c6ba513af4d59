"""What must change for a denied request: every Allow that is missing, every Deny with what is left without it."""

from __future__ import annotations

from tests.engine.engine_builders import (
    ALLOW_ALL,
    ANA,
    DENY_ALL,
    OTHER,
    REPORT,
    ask,
    bucket,
    document,
    identity,
    layer,
    scps,
)

from passrole.engine.decision import Outcome
from passrole.engine.evaluate import evaluate
from passrole.engine.explain import explain
from passrole.engine.stack import AttachedPolicy, Known, PolicyStack, Unknown
from passrole.policy.model import PolicyType

ELSEWHERE = {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}
OUTSIDE = {**DENY_ALL, "Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}


class TestEveryMissingAllow:
    def test_of_all_policy_types_and_levels(self) -> None:
        stack = PolicyStack(
            identity(ELSEWHERE),
            boundary=layer(PolicyType.BOUNDARY, ELSEWHERE),
            scps=scps([ALLOW_ALL], [ELSEWHERE], [ELSEWHERE]),
        )
        explanation = explain(ask(), stack)
        assert explanation.missing is not None
        found = [(each.type, each.level) for each in (explanation.missing, *explanation.missing_too)]
        assert set(found) == {
            (PolicyType.SCP, 2),
            (PolicyType.SCP, 3),
            (PolicyType.IDENTITY, None),
            (PolicyType.BOUNDARY, None),
        }
        assert len(found) == 4

    def test_across_accounts_both_sides(self) -> None:
        explanation = explain(ask(owner=OTHER), PolicyStack())
        assert explanation.missing is not None
        missing = (explanation.missing, *explanation.missing_too)
        assert {each.type for each in missing} == {PolicyType.IDENTITY, PolicyType.RESOURCE}
        patched = PolicyStack(
            *(
                Known((AttachedPolicy(each.type, "patch", document(each.statement())),))
                for each in sorted(missing, key=lambda each: each.type is PolicyType.RESOURCE)
            )
        )
        assert evaluate(ask(owner=OTHER), patched).outcome is Outcome.ALLOWED

    def test_one_alone(self) -> None:
        assert explain(ask(), PolicyStack()).missing_too == ()

    def test_none_for_what_is_allowed_or_denied(self) -> None:
        assert explain(ask(), PolicyStack(identity(ALLOW_ALL))).missing is None
        assert explain(ask(), PolicyStack(identity(ALLOW_ALL, DENY_ALL))).missing is None


class TestDenial:
    def test_what_is_left_is_nothing(self) -> None:
        denial = explain(ask(), PolicyStack(identity(ALLOW_ALL, DENY_ALL))).denial
        assert denial is not None
        assert [(each.ref.index, each.ref.attached.type) for each in denial.statements] == [(1, PolicyType.IDENTITY)]
        assert (denial.then.outcome, denial.missing, denial.would_allow) == (Outcome.ALLOWED, (), ())

    def test_what_is_left_is_a_missing_allow(self) -> None:
        denial = explain(ask(), PolicyStack(identity(DENY_ALL))).denial
        assert denial is not None
        assert denial.then.outcome is Outcome.IMPLICIT_DENY
        assert [each.statement() for each in denial.missing] == [
            {"Effect": "Allow", "Action": "s3:GetObject", "Resource": REPORT}
        ]

    def test_what_is_left_is_not_known(self) -> None:
        stack = PolicyStack(identity(ALLOW_ALL, DENY_ALL), scps=(Unknown("no permission"),))
        denial = explain(ask(), stack).denial
        assert denial is not None
        assert denial.then.outcome is Outcome.UNDECIDED

    def test_denials_of_several_policies_are_all_told(self) -> None:
        stack = PolicyStack(
            identity(ALLOW_ALL, DENY_ALL),
            bucket({**DENY_ALL, "Principal": "*"}),
            scps=scps([ALLOW_ALL], [ALLOW_ALL, DENY_ALL]),
        )
        denial = explain(ask(), stack).denial
        assert denial is not None
        types = [each.ref.attached.type for each in denial.statements]
        assert sorted(type.name for type in types) == ["IDENTITY", "RESOURCE", "SCP"]  # noqa: A001
        assert denial.then.outcome is Outcome.ALLOWED

    def test_the_value_that_avoids_it(self) -> None:
        request = ask(context={"aws:SourceIp": "198.51.100.1"})
        denial = explain(request, PolicyStack(identity(ALLOW_ALL, OUTSIDE))).denial
        assert denial is not None
        (key,) = denial.would_allow
        assert (key.key, key.would_allow, key.absent_allows) == ("aws:SourceIp", ("203.0.113.0/24",), False)

    def test_each_key_is_told_the_values_that_avoid_it_by_themselves(self) -> None:
        condition = {
            "StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"},
            "BoolIfExists": {"aws:ViaAWSService": "false"},
        }
        denial = explain(ask(), PolicyStack(identity(ALLOW_ALL, {**DENY_ALL, "Condition": condition}))).denial
        assert denial is not None
        # Another organization is no way out as long as no service makes the call.
        assert [str(each) for each in denial.would_allow] == [
            "aws:PrincipalOrgID: o-a1b2c3d4e5",
            "aws:ViaAWSService: true",
        ]

    def test_keys_that_must_change_together_are_told_together(self) -> None:
        by_organization = {"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}
        request = ask(context={"aws:SourceIp": "198.51.100.1"})
        stack = PolicyStack(identity(ALLOW_ALL, OUTSIDE, {**DENY_ALL, "Condition": by_organization}))
        denial = explain(request, stack).denial
        assert denial is not None
        assert [str(each) for each in denial.would_allow] == [
            "aws:PrincipalOrgID: o-a1b2c3d4e5",
            "aws:SourceIp: 203.0.113.0/24",
        ]

    def test_no_value_is_promised_where_something_else_denies(self) -> None:
        request = ask(context={"aws:SourceIp": "198.51.100.1"})
        denial = explain(request, PolicyStack(identity(ALLOW_ALL, OUTSIDE, DENY_ALL))).denial
        assert denial is not None
        assert denial.would_allow == ()

    def test_a_policy_attached_twice_loses_its_deny_in_both_places(self) -> None:
        policy = document(ALLOW_ALL, DENY_ALL)
        stack = PolicyStack(
            Known((AttachedPolicy(PolicyType.IDENTITY, "p", policy),)),
            boundary=Known((AttachedPolicy(PolicyType.BOUNDARY, "p", policy),)),
        )
        denial = explain(ask(), stack).denial
        assert denial is not None
        assert denial.then.outcome is Outcome.ALLOWED

    def test_none_where_no_statement_denies(self) -> None:
        """S3 Block Public Access refuses, and no policy can be changed to help."""
        stack = PolicyStack(resource=bucket({**ALLOW_ALL, "Principal": "*"}), restrict_public_buckets=True)
        explanation = explain(ask(who="*"), stack)
        assert explanation.decision.outcome is Outcome.EXPLICIT_DENY
        assert explanation.denial is None


def test_the_caller_is_named_in_the_missing_statement() -> None:
    explanation = explain(ask(owner=OTHER), PolicyStack(identity(ALLOW_ALL)))
    assert explanation.missing is not None
    assert explanation.missing.statement()["Principal"] == {"AWS": ANA}
