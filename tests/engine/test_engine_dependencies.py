"""On which context keys an answer rests, and what would allow it; every example is put to the engine again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from tests.engine.engine_builders import ALLOW_ALL, ask, bucket, identity, layer
from tests.engine.engine_strategies import questions

from passrole.engine.decision import Outcome
from passrole.engine.dependencies import Dependency, allowing_context, depends_on
from passrole.engine.evaluate import evaluate
from passrole.engine.request import Request
from passrole.engine.stack import PolicyStack, Unknown
from passrole.policy.model import PolicyType

ALLOW = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}


def only_if(*conditions: dict[str, dict[str, object]]) -> PolicyStack:
    """An Allow for each, of which one is enough."""
    return PolicyStack(identity(*({**ALLOW, "Condition": condition} for condition in conditions)))


def unless(condition: dict[str, dict[str, object]]) -> PolicyStack:
    deny = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition}
    return PolicyStack(identity(ALLOW_ALL, deny))


def answer(stack: PolicyStack, request: Request | None = None) -> tuple[Dependency, ...]:
    return depends_on(request or ask(unknown=["*"]), stack)


MFA = "aws:MultiFactorAuthPresent"


@pytest.mark.parametrize(
    ("stack", "expected"),
    [
        # The combinations of the page on aws:MultiFactorAuthPresent.
        (only_if({"Bool": {MFA: "true"}}), Dependency(MFA, ("true",))),
        (only_if({"BoolIfExists": {MFA: "true"}}), Dependency(MFA, ("true",), absent_allows=True)),
        (unless({"Bool": {MFA: "false"}}), Dependency(MFA, ("true",), absent_allows=True)),
        (unless({"BoolIfExists": {MFA: "false"}}), Dependency(MFA, ("true",))),
        (only_if({"Null": {MFA: "false"}}), Dependency(MFA, others_allow=True)),
        (only_if({"Null": {MFA: "true"}}), Dependency(MFA, absent_allows=True)),
        (
            only_if({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
            Dependency("aws:SourceIp", ("203.0.113.0/24",)),
        ),
        (
            unless({"NotIpAddress": {"aws:sourceIP": ["203.0.113.0/24", "2001:db8::/32"]}}),
            Dependency("aws:SourceIp", ("203.0.113.0/24", "2001:db8::/32")),
        ),
        (
            only_if({"StringNotEquals": {"s3:prefix": "secret"}}),
            Dependency("s3:prefix", others_allow=True, absent_allows=True),
        ),
        (
            only_if({"StringLike": {"s3:prefix": ["home/*", "public"]}}),
            Dependency("s3:prefix", ("home/*", "public")),
        ),
        (
            only_if({"NumericLessThan": {"s3:max-keys": "10"}}),
            Dependency("s3:max-keys", ("9",)),
        ),
        (
            only_if({"DateGreaterThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}}),
            Dependency("aws:CurrentTime", ("2026-01-01T00:00:01Z",)),
        ),
        (
            only_if({"ArnLike": {"s3:accesspoint": "arn:aws:s3:*:111122223333:accesspoint/team-*"}}),
            Dependency("s3:accesspoint", ("arn:aws:s3:*:111122223333:accesspoint/team-*",)),
        ),
        (
            only_if({"ForAnyValue:StringEquals": {"aws:TagKeys": ["team", "cost"]}}),
            Dependency("aws:TagKeys", ("team", "cost", "team and cost")),
        ),
        (
            only_if({"StringEquals": {"aws:ResourceTag/owner": "${aws:username}"}}),
            Dependency("aws:ResourceTag/owner", ("ana",)),
        ),
    ],
)
def test_one_key(stack: PolicyStack, expected: Dependency) -> None:
    found = answer(stack)
    assert [replace(one, key=one.key.lower()) for one in found] == [replace(expected, key=expected.key.lower())]
    if expected.key.startswith("aws:") and "/" not in expected.key:
        assert found[0].key == expected.key


def test_words() -> None:
    assert str(Dependency(MFA, ("true",), absent_allows=True)) == f"{MFA}: true or no such key"
    assert str(Dependency("s3:prefix", others_allow=True)) == "s3:prefix: any other value"
    assert str(Dependency("s3:prefix")) == "s3:prefix"


def test_two_keys_that_both_count() -> None:
    stack = only_if({"Bool": {MFA: "true"}, "StringEquals": {"aws:SourceVpc": "vpc-1"}})
    assert answer(stack) == (Dependency(MFA, ("true",)), Dependency("aws:SourceVpc", ("vpc-1",)))
    assert allowing_context(ask(unknown=["*"]), stack) == {MFA: "true", "aws:SourceVpc": "vpc-1"}


def test_either_of_two_keys() -> None:
    found = answer(only_if({"Bool": {MFA: "true"}}, {"StringEquals": {"aws:SourceVpc": "vpc-1"}}))
    assert [one.key for one in found] == [MFA, "aws:SourceVpc"]
    assert all("true" in one.would_allow or "vpc-1" in one.would_allow for one in found)


def test_a_variable_of_which_nothing_is_known() -> None:
    own = {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::reports/${aws:PrincipalTag/team}/*"}
    request = ask(resource="arn:aws:s3:::reports/blue/a.csv", unknown=["*"])
    assert answer(PolicyStack(identity(own)), request) == (Dependency("aws:principaltag/team", ("blue",)),)


def test_what_does_not_matter_is_not_told() -> None:
    """MFA is asked for, but nothing can allow without the VPC."""
    stack = PolicyStack(
        identity({**ALLOW, "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}}),
        bucket({**ALLOW, "Principal": {"AWS": "111122223333"}, "Condition": {"Bool": {MFA: "true"}}}),
    )
    assert [one.key for one in answer(stack)] == ["aws:SourceVpc"]


def test_decided_answers_and_unknown_layers_rest_on_no_key() -> None:
    assert answer(PolicyStack(identity(ALLOW_ALL))) == ()
    assert answer(PolicyStack()) == ()
    assert answer(PolicyStack(Unknown("not read"))) == ()
    limited = PolicyStack(identity(ALLOW_ALL), boundary=Unknown("not read"))
    assert answer(limited) == ()
    assert depends_on(ask("s3:*", unknown=["*"]), PolicyStack(identity(ALLOW_ALL))) == ()


def test_a_key_that_can_only_deny_beside_an_unknown_layer() -> None:
    boundary = layer(PolicyType.BOUNDARY, {**ALLOW, "Condition": {"Bool": {MFA: "true"}}})
    found = answer(PolicyStack(Unknown("not read"), boundary=boundary))
    assert found == (Dependency(MFA),)
    assert allowing_context(ask(unknown=["*"]), PolicyStack(Unknown("not read"), boundary=boundary)) is None


def test_many_keys_with_many_values_end() -> None:
    conditions = {f"s3:k{number}": [f"v{value}" for value in range(40)] for number in range(12)}
    assert isinstance(answer(only_if({"StringEquals": {**conditions}})), tuple)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(questions())
def test_every_example_is_confirmed_by_the_engine(question: tuple[Request, PolicyStack]) -> None:
    request, stack = question
    request = replace(request, unknown_keys=frozenset({"*"}), absent_keys=frozenset())
    example = allowing_context(request, stack)
    if example is None:
        return
    assert evaluate(request, stack).outcome is Outcome.UNDECIDED
    given_now = {key: value for key, value in example.items() if value is not None}
    names = {key.lower() for key in example}
    context = {key: value for key, value in request.context.items() if key.lower() not in names}
    confirmed = replace(
        request,
        context={**context, **given_now},
        absent_keys=frozenset(key for key, value in example.items() if value is None),
    )
    # Keys that do not matter may still be unknown: no value of theirs makes a difference.
    assert evaluate(confirmed, stack).outcome in (Outcome.ALLOWED, Outcome.UNDECIDED)
    assert {one.key for one in depends_on(request, stack)} == set(example)
