"""Explanations: what failed, what was seen, what was wanted and where it stands; and the Allow that is missing."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from tests.engine.engine_builders import (
    ACCOUNT,
    ALLOW_ALL,
    ANA,
    APP,
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

from passrole.engine.decision import Outcome
from passrole.engine.evaluate import evaluate
from passrole.engine.explain import explain
from passrole.engine.explanation import LayerAnswer, LayerExplanation, Match
from passrole.engine.request import Request
from passrole.engine.stack import AttachedPolicy, Known, PolicyStack, Unknown
from passrole.policy.model import Effect, PolicyType
from passrole.policy.parse import parse_policy, policy_from_value

TEXT = """{
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Action": [
            "s3:GetObject",
            "s3:PutObject"
        ],
        "Resource": "arn:aws:s3:::reports/${aws:username}/*",
        "Condition": {
            "StringEquals": { "aws:PrincipalTag/team": "red" }
        }
    }
}"""


def _layer(layers: tuple[LayerExplanation, ...], kind: PolicyType) -> LayerExplanation:
    (found,) = [layer for layer in layers if layer.type is kind]
    return found


def test_elements_with_what_was_seen_wanted_and_where() -> None:
    policy = AttachedPolicy(PolicyType.IDENTITY, "reports", parse_policy(TEXT, "reports.json"))
    request = ask("s3:DeleteObject", "arn:aws:s3:::reports/bo/a.csv", context={"aws:PrincipalTag/Team": "blue"})
    explanation = explain(request, PolicyStack(Known((policy,))))
    (statement,) = _layer(explanation.layers, PolicyType.IDENTITY).policies[0].statements
    assert statement.match is Match.NO
    action, resource, condition = statement.elements
    assert statement.failed is action
    assert (action.element, action.match) == ("Action", Match.NO)
    assert (action.seen, action.wanted) == ("s3:DeleteObject", ("s3:GetObject", "s3:PutObject"))
    assert str(action.span) == "reports.json:6:13"
    assert action.span is not None
    assert action.span.end_line == 7
    assert (resource.match, resource.seen) == (Match.NO, "arn:aws:s3:::reports/bo/a.csv")
    assert resource.wanted == ("arn:aws:s3:::reports/ana/*",)
    assert condition.element == "Condition StringEquals aws:PrincipalTag/team"
    assert (condition.match, condition.seen, condition.wanted) == (Match.NO, "blue", ("red",))
    assert str(condition.span) == "reports.json:11:31"


def test_absent_unknown_and_multivalued_keys() -> None:
    allow = {
        **ALLOW_ALL,
        "Condition": {
            "StringEquals": {"x:absent": "a", "x:unknown": "a", "x:list": "a", "aws:username": "${x:absent}"},
        },
    }
    request = ask(context={"x:list": ("a", "b")}, unknown=["x:unknown"])
    explanation = explain(request, PolicyStack(identity(allow)))
    elements = _layer(explanation.layers, PolicyType.IDENTITY).policies[0].statements[0].elements[2:]
    assert [element.seen for element in elements] == [None, "(not known)", "[a, b]", "ana"]
    assert [element.match for element in elements] == [Match.NO, Match.UNDECIDED, Match.NO, Match.NO]
    assert elements[1].notes == ("the value of condition key `x:unknown` is not known",)
    assert elements[2].notes == ("`x:list` has several values and StringEquals no set operator",)
    assert elements[3].wanted == ("${x:absent} (a variable has no value in this request)",)


def test_layers_stand_in_the_order_of_evaluation() -> None:
    stack = PolicyStack(
        identity(ALLOW_ALL),
        bucket({**ALLOW_ALL, "Principal": {"AWS": OTHER}}),
        boundary=Unknown("not readable"),
        scps=scps([ALLOW_ALL], [{**ALLOW_ALL, "Effect": "Deny"}]),
        rcps=(layer(PolicyType.RCP, {**ALLOW_ALL, "Principal": "*"}, assumption="as in the root"),),
    )
    explanation = explain(ask(), stack)
    assert explanation.decision == evaluate(ask(), stack)
    assert [(part.type, part.level, part.answer) for part in explanation.layers] == [
        (PolicyType.RCP, 1, LayerAnswer.ALLOWS),
        (PolicyType.SCP, 1, LayerAnswer.ALLOWS),
        (PolicyType.SCP, 2, LayerAnswer.DENIES),
        (PolicyType.ENDPOINT, None, LayerAnswer.NONE),
        (PolicyType.RESOURCE, None, LayerAnswer.SILENT),
        (PolicyType.IDENTITY, None, LayerAnswer.ALLOWS),
        (PolicyType.BOUNDARY, None, LayerAnswer.UNDECIDED),
        (PolicyType.SESSION, None, LayerAnswer.NONE),
    ]
    assert explanation.layers[0].notes == ("supposed: as in the root",)
    assert explanation.layers[6].notes == ("not readable",)
    assert explanation.missing is None


def test_layers_that_are_not_asked_say_why() -> None:
    stack = PolicyStack(identity(ALLOW_ALL), scps=scps([ALLOW_ALL]))
    answers = explain(ask(who="ec2.amazonaws.com"), stack).layers
    assert _layer(answers, PolicyType.SCP).answer is LayerAnswer.NOT_ASKED
    assert _layer(answers, PolicyType.IDENTITY).notes == (
        "a service principal has none, so the resource-based policy decides alone",
    )
    answers = explain(ask("sts:GetCallerIdentity", "*"), stack).layers
    asked = {part.answer for part in answers if part.answer is not LayerAnswer.NONE}
    assert asked == {LayerAnswer.NOT_ASKED}


def test_a_grant_to_the_account_is_not_enough_and_says_so() -> None:
    stack = PolicyStack(resource=bucket({**ALLOW_ALL, "Principal": {"AWS": ACCOUNT}}))
    found = _layer(explain(ask(), stack).layers, PolicyType.RESOURCE)
    assert found.answer is LayerAnswer.ALLOWS
    assert found.notes == ("it names the caller's account: an identity-based policy must allow the request as well",)
    direct = PolicyStack(resource=bucket({**ALLOW_ALL, "Principal": {"AWS": [ACCOUNT, ANA]}}))
    assert _layer(explain(ask(), direct).layers, PolicyType.RESOURCE).notes == ()


class TestMissingAllow:
    def test_identity(self) -> None:
        missing = explain(ask(), PolicyStack()).missing
        assert missing is not None
        assert (missing.type, missing.near) == (PolicyType.IDENTITY, None)
        assert missing.statement() == {"Effect": "Allow", "Action": "s3:GetObject", "Resource": REPORT}

    def test_trust_policy_names_the_role_behind_a_session(self) -> None:
        stack = PolicyStack(
            identity(ALLOW_ALL), trust({"Effect": "Allow", "Principal": {"AWS": OTHER}, "Action": "sts:*"})
        )
        missing = explain(ask("sts:AssumeRole", APP, who=APP), stack).missing
        assert missing is not None
        assert missing.statement() == {"Effect": "Allow", "Principal": {"AWS": APP}, "Action": "sts:AssumeRole"}

    def test_resource_based_policy_of_another_account(self) -> None:
        missing = explain(ask(owner=OTHER), PolicyStack(identity(ALLOW_ALL))).missing
        assert missing is not None
        assert missing.type is PolicyType.RESOURCE
        assert missing.principal == ("AWS", ANA)

    def test_boundary(self) -> None:
        missing = explain(ask(), PolicyStack(identity(ALLOW_ALL), boundary=Known())).missing
        assert missing is not None
        assert (missing.type, missing.principal) == (PolicyType.BOUNDARY, None)

    def test_anonymous_and_service(self) -> None:
        for who, statement in (("*", "*"), ("ec2.amazonaws.com", {"Service": "ec2.amazonaws.com"})):
            missing = explain(ask(who=who), PolicyStack()).missing
            assert missing is not None
            assert missing.statement()["Principal"] == statement

    def test_a_near_miss_is_named(self) -> None:
        near = {**ALLOW_ALL, "Resource": "arn:aws:s3:::other/*"}
        far = {**ALLOW_ALL, "Action": "s3:PutObject"}
        twice_off = {**near, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}
        missing = explain(ask(), PolicyStack(identity(far, twice_off, near))).missing
        assert missing is not None
        assert missing.near is not None
        assert missing.near.ref.index == 2

    def test_none_where_no_policy_helps(self) -> None:
        root = f"arn:aws:iam::{ACCOUNT}:root"
        assert explain(ask("sts:AssumeRole", APP, who=root), PolicyStack()).missing is None

    @pytest.mark.parametrize("who", [ANA, RUN, APP, "ec2.amazonaws.com", "*"])
    @pytest.mark.parametrize("owner", [ACCOUNT, OTHER])
    @pytest.mark.parametrize(("action", "resource"), [("s3:GetObject", REPORT), ("sts:AssumeRole", APP)])
    def test_adding_it_step_by_step_allows(self, who: str, owner: str, action: str, resource: str) -> None:
        """What is named as missing really is: added to an empty stack until the request is allowed."""
        request, stack = ask(action, resource, who=who, owner=owner), PolicyStack(boundary=Known(), scps=scps([]))
        for _ in range(5):
            missing = explain(request, stack).missing
            if missing is None:
                break
            added = Known((AttachedPolicy(missing.type, "added", document(missing.statement())),))
            match missing.type:
                case PolicyType.IDENTITY:
                    stack = PolicyStack(added, stack.resource, stack.boundary, scps=stack.scps)
                case PolicyType.BOUNDARY:
                    stack = PolicyStack(stack.identity, stack.resource, added, scps=stack.scps)
                case PolicyType.SCP:
                    stack = PolicyStack(stack.identity, stack.resource, stack.boundary, scps=(added,))
                case _:
                    stack = PolicyStack(stack.identity, added, stack.boundary, scps=stack.scps)
        assert evaluate(request, stack).allowed


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(questions())
def test_an_explanation_agrees_with_its_decision(question: tuple[Request, PolicyStack]) -> None:
    request, stack = question
    explanation = explain(request, stack)
    decision = explanation.decision
    assert decision == evaluate(request, stack)
    statements = [s for part in explanation.layers for policy in part.policies for s in policy.statements]
    applying = {(str(s.ref), s.effect) for s in statements if s.match is Match.YES}
    effect = Effect.DENY if decision.outcome is Outcome.EXPLICIT_DENY else Effect.ALLOW
    assert {(str(ref), effect) for ref in decision.determining} <= applying
    for statement in statements:
        matches = [element.match for element in statement.elements]
        if statement.match is Match.YES:
            assert set(matches) == {Match.YES}
        else:
            assert (statement.failed is not None) is (statement.match is Match.NO)


def test_policy_without_spans() -> None:
    policy = policy_from_value({"Statement": [ALLOW_ALL]})
    stack = PolicyStack(Known((AttachedPolicy(PolicyType.IDENTITY, "p", policy),)))
    (statement,) = _layer(explain(ask(), stack).layers, PolicyType.IDENTITY).policies[0].statements
    assert [element.span for element in statement.elements] == [None, None]
