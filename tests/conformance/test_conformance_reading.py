"""Reading case files: both formats, what is refused and where, and what a check finds."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from passrole.engine.conformance_check import check, skip_reason
from passrole.engine.conformance_evaluate import EvaluateCase, evaluate_case, read_case_file
from passrole.engine.conformance_json import ConformanceError
from passrole.engine.decision import Outcome
from passrole.engine.request import Organization, PrincipalType
from passrole.engine.stack import Known, Unknown
from passrole.policy.model import PolicyType
from passrole.policy.parse import PolicySyntaxError

FOLDER = Path(__file__).parents[2] / "conformance"
VALIDATOR = Draft202012Validator(json.loads((FOLDER / "evaluate.schema.json").read_text(encoding="utf-8")))
ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
DENY = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"}]}
NO_POLICY = {"Statement": [{"Effect": "Perhaps", "Action": "*", "Resource": "*"}]}
GRANT = {
    "grantee_principal": "arn:aws:iam::111122223333:role/app",
    "retiring_principal": "arn:aws:iam::111122223333:user/ana",
    "operations": ["Decrypt"],
    "constraints": {"encryption_context_subset": {"Department": "Finance"}},
}
CASE: dict[str, Any] = {
    "id": "a-topic-first-001",
    "rule": "An Allow of an identity-based policy is enough",
    "engine_rules": [56],
    "side": "match",
    "source": "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html",
    "flags": ["layers"],
    "contested": False,
    "input": {
        "request": {
            "principal": "arn:aws:iam::111122223333:user/ana",
            "action": "s3:GetObject",
            "resource": "arn:aws:s3:::amzn-s3-demo-bucket/a",
            "resource_account": "111122223333",
            "context": {"aws:SourceIp": "203.0.113.9", "aws:TagKeys": ["team"]},
            "unknown_keys": ["aws:ResourceTag/*"],
        },
        "policies": {"identity": [ALLOW], "scps": [{"level": "root", "policies": [ALLOW]}]},
    },
    "expected": {
        "outcome": "allowed",
        "decided_by": "identity",
        "determining": [{"layer": "identity", "policy": 0, "statement": 0}],
    },
}


def _with(path: str, value: object = ...) -> dict[str, Any]:
    """The case with the field at a path (`input.request.action`) set, or without it."""
    case = deepcopy(CASE)
    *parents, field = path.split(".")
    target = case
    for parent in parents:
        target = target[parent]
    if value is ...:
        del target[field]
    else:
        target[field] = value
    return case


def _file(*cases: object) -> str:
    return json.dumps({"format": "passrole-conformance-1", "topic": "a-topic", "cases": list(cases)}, indent=1)


def _is_of_the_schema(case: object) -> bool:
    return VALIDATOR.is_valid({"format": "passrole-conformance-1", "topic": "a-topic", "cases": [case]})


def test_a_case() -> None:
    (case,) = read_case_file(_file(CASE))
    assert isinstance(case, EvaluateCase)
    assert (case.id, case.contested, case.expected) == ("a-topic-first-001", False, Outcome.ALLOWED)
    assert case.request.context == {"aws:SourceIp": "203.0.113.9", "aws:TagKeys": ("team",)}
    assert case.request.unknown_keys == {"aws:ResourceTag/*"}
    assert case.decided_by is PolicyType.IDENTITY
    assert case.determining == {("identity policy 1", 0)}
    assert (case.stack.boundary, case.stack.resource) == (None, Known())
    assert check(case).passed


def test_one_case_a_line() -> None:
    text = (FOLDER / "probes.jsonl").read_text(encoding="utf-8")
    cases = read_case_file(text, "probes.jsonl")
    assert len(cases) == len(text.splitlines())
    assert not any(isinstance(case, EvaluateCase) or skip_reason(case) for case in cases)
    assert check(cases[0]).passed


def test_a_file_without_cases() -> None:
    assert read_case_file("") == []
    assert read_case_file(_file()) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "`f` is not JSON"),
        ("[1]", "`f` is not a JSON object"),
        ("{\n}", "format `None`"),
        ('{"format": "passrole-conformance-2", "cases": []}', "format `passrole-conformance-2`"),
        ('{"format": "passrole-conformance-1"}', "`cases` of `f` is not a JSON list"),
        ('{"format": "passrole-conformance-1", "cases": [], "more": 1}', "unknown field `more`"),
        (_file(CASE, CASE), "`a-topic-first-001` twice"),
        (_file(CASE, 1), "case 2 of `f` is not a JSON object"),
        ("[" * 100_000, "`f` is not JSON"),
    ],
)
def test_a_malformed_file_is_refused(text: str, message: str) -> None:
    with pytest.raises(ConformanceError, match=message):
        read_case_file(text, "f")


def test_a_key_twice_is_refused() -> None:
    text = _file(CASE).replace('"contested": false,', '"contested": false, "contested": true,')
    with pytest.raises(ConformanceError) as caught:
        read_case_file(text, "f")
    assert caught.value.causes == ("an object has the key `contested` twice",)


WRONG = {
    "no id": _with("id"),
    "no rule": _with("rule"),
    "no source": _with("source"),
    "no contested": _with("contested"),
    "no input": _with("input"),
    "no expectation": _with("expected"),
    "no request": _with("input.request"),
    "no policies": _with("input.policies"),
    "no principal": _with("input.request.principal"),
    "no action": _with("input.request.action"),
    "no resource": _with("input.request.resource"),
    "no outcome": _with("expected.outcome"),
    "an unknown outcome": _with("expected.outcome", "maybe"),
    "an unknown field": _with("comment", "x"),
    "an unknown field of the request": _with("input.request.region", "us-east-1"),
    "an unknown layer": _with("input.policies.group", []),
    "an unknown deciding layer": _with("expected.decided_by", "group"),
    "a statement of a policy that is not there": _with("expected.determining", [{"layer": "boundary", "policy": 0, "statement": 0}]),
    "a context value that is a number": _with("input.request.context", {"s3:max-keys": 10}),
    "a context value that holds a number": _with("input.request.context", {"s3:max-keys": [10]}),
    "a layer that is null": _with("input.policies.boundary", None),
    "a level without policies": _with("input.policies.scps", [{"level": "root"}]),
    "a level without a name": _with("input.policies.scps", [{"policies": []}]),
    "an unknown layer without a reason": _with("input.policies.resource", {"unknown": None}),
    "a principal of an unknown type": _with("input.request.principal", {"type": "group", "arn": "arn:aws:iam::111122223333:group/x"}),
    "a principal with an unknown fact": _with("input.request.principal", {"type": "IAM user", "arn": "x", "name": "x"}),
    "grants without their need": _with("input.kms", {"key_manager": "CUSTOMER", "grants": []}),
    "an organization without its need": _with("input.organization", {"management_account": "111122223333"}),
    "a public access block without its need": _with("input.s3_block_public_access", {"restrict_public_buckets": True}),
    "further authorizations without their need": _with("input.also", [{"action": "iam:PassRole", "resource": "*"}]),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_malformed_case_is_refused(name: str) -> None:
    with pytest.raises(ConformanceError):
        evaluate_case(WRONG[name])


@pytest.mark.parametrize("name", sorted(set(WRONG) - {"a statement of a policy that is not there"}))
def test_the_schema_refuses_it_too(name: str) -> None:
    assert _is_of_the_schema(CASE)
    assert not _is_of_the_schema(WRONG[name])


def test_the_principal_that_is_none_is_named_with_its_case() -> None:
    with pytest.raises(ConformanceError, match="the principal of case `a-topic-first-001` is none"):
        evaluate_case(_with("input.request.principal", "arn:aws:s3:::bucket"))


def test_a_contested_case_says_why() -> None:
    assert not _is_of_the_schema(_with("contested", True))
    assert not _is_of_the_schema({**CASE, "contested_because": "a reason without a dispute, at some length"})


def test_facts_of_a_principal() -> None:
    facts = {
        "type": "federated user session",
        "arn": "arn:aws:sts::111122223333:federated-user/carol",
        "account": "111122223333",
        "federating_user_arn": "arn:aws:iam::111122223333:user/ana",
    }
    principal = evaluate_case(_with("input.request.principal", facts)).request.principal
    assert principal.type is PrincipalType.FEDERATED_SESSION
    assert principal.federating_user_arn == "arn:aws:iam::111122223333:user/ana"


def test_a_layer_that_is_not_known() -> None:
    case = evaluate_case(_with("input.policies.scps", [{"level": "root", "unknown": "no permission"}]))
    assert case.stack.scps == (Unknown("no permission"),)
    assert check(case).problems == ("expected allowed, answered undecided",)


@pytest.mark.parametrize(
    ("action", "type"),
    [
        ("sts:AssumeRole", PolicyType.TRUST),
        ("sts:TagSession", PolicyType.TRUST),
        ("s3:GetObject", PolicyType.RESOURCE),
    ],
)
def test_the_resource_layer_of_a_role_is_its_trust_policy(action: str, type: PolicyType) -> None:  # noqa: A002
    value = _with("expected", {"outcome": "implicit deny", "decided_by": "resource"})
    value["input"]["request"] |= {"action": action, "resource": "arn:aws:iam::111122223333:role/app"}
    value["input"]["policies"] = {"resource": [ALLOW]}
    case = evaluate_case(value)
    assert case.decided_by is type
    assert isinstance(case.stack.resource, Known)
    assert [attached.type for attached in case.stack.resource.policies] == [type]


def test_a_document_that_is_no_policy_is_an_error_unless_expected() -> None:
    with pytest.raises(PolicySyntaxError, match="case `a-topic-first-001` identity policy 1"):
        evaluate_case(_with("input.policies.identity", [NO_POLICY]))
    value = _with("input.policies.identity", [NO_POLICY])
    value["expected"] = {"outcome": "refused"}
    case = evaluate_case(value)
    assert case.refusal is not None
    assert "Perhaps" in case.refusal
    assert check(case).passed


def test_a_refusal_that_does_not_come_is_a_problem() -> None:
    assert check(evaluate_case(_with("expected", {"outcome": "refused"}))).problems == (
        "expected undecided, answered allowed",
    )
    unsure = _with("input.policies.resource", {"unknown": "no permission"})
    unsure["expected"] = {"outcome": "refused"}
    assert check(evaluate_case(unsure)).problems == ("expected that a document is refused, and none was",)


def test_what_determines_is_compared() -> None:
    value = _with("input.policies.identity", [ALLOW, DENY])
    value["expected"] = {"outcome": "explicit deny", "decided_by": "scps", "determining": [{"layer": "identity", "policy": 0, "statement": 0}]}  # fmt: skip
    assert check(evaluate_case(value)).problems == (
        "expected that the service control policy decides, answered the identity-based policy",
        "expected identity policy 1 statement 1 to determine the answer, answered identity policy 2 statement 1",
    )


def test_levels_are_told_apart() -> None:
    value = _with("input.policies.scps", [{"level": "root", "policies": [ALLOW]}, {"level": "account", "policies": [ALLOW, DENY]}])  # fmt: skip
    value["expected"] = {"outcome": "explicit deny", "decided_by": "scps", "determining": [{"layer": "scps", "level": 1, "policy": 1, "statement": 0}]}  # fmt: skip
    assert check(evaluate_case(value)).passed
    value["expected"]["determining"][0]["level"] = 0
    with pytest.raises(ConformanceError, match="refers to a statement that it does not have"):
        evaluate_case(value)


def test_a_contested_case_may_be_denied_but_not_allowed() -> None:
    contested = replace(evaluate_case(CASE), contested=True)
    denied = replace(contested, stack=evaluate_case(_with("input.policies.identity", [DENY])).stack)
    assert check(denied).passed
    assert not check(replace(contested, expected=Outcome.IMPLICIT_DENY)).passed


def test_what_an_engine_needs_beside_policies() -> None:
    value = _with("input.kms", {"key_manager": "AWS", "grants": [GRANT]})
    value["needs"] = ["kms-grants", "management-account", "s3-block-public-access"]
    value["input"] |= {
        "organization": {"management_account": "111122223333"},
        "s3_block_public_access": {"block_public_acls": True, "restrict_public_buckets": True},
    }
    assert _is_of_the_schema(value)
    case = evaluate_case(value)
    assert skip_reason(case) is None
    assert case.request.organization == Organization("111122223333")
    assert case.stack.aws_managed_key
    assert case.stack.restrict_public_buckets is True
    (grant,) = case.stack.grants if isinstance(case.stack.grants, tuple) else ()
    assert (grant.grantee, grant.operations, grant.retiring_principal) == (
        "arn:aws:iam::111122223333:role/app",
        {"Decrypt"},
        "arn:aws:iam::111122223333:user/ana",
    )
    assert (grant.context_equals, grant.context_subset) == (None, {"Department": "Finance"})
    plain = evaluate_case(CASE)
    assert (plain.request.organization, plain.stack.grants, plain.stack.aws_managed_key) == (None, (), False)
    assert plain.stack.restrict_public_buckets is False


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("kms", {"key_manager": "Aws"}),
        ("kms", {"grants": []}),
        ("kms", {"key_manager": "CUSTOMER", "grants": [{**GRANT, "name": "x"}]}),
        ("kms", {"key_manager": "CUSTOMER", "grants": [{**GRANT, "operations": "Decrypt"}]}),
        ("kms", {"key_manager": "CUSTOMER", "grants": [{**GRANT, "constraints": {"encryption_context": {}}}]}),
        ("organization", {}),
        ("organization", {"management_account": 111122223333}),
        ("s3_block_public_access", {"restrict_public_buckets": "true"}),
        ("s3_block_public_access", {"restrict": True}),
    ],
)
def test_what_stands_beside_policies_is_checked(field: str, wrong: object) -> None:
    value = _with(f"input.{field}", wrong)
    value["needs"] = ["kms-grants", "management-account", "s3-block-public-access"]
    assert not _is_of_the_schema(value)
    with pytest.raises(ConformanceError):
        evaluate_case(value)


def test_every_authorization_of_a_call_must_be_allowed() -> None:
    value = {**_with("input.also", [{"action": "s3:GetObject", "resource": "arn:aws:s3:::amzn-s3-demo-bucket/b"}]), "needs": ["several-authorizations"]}  # fmt: skip
    value["expected"] = {"outcome": "allowed"}
    assert check(evaluate_case(value)).passed
    value["input"]["also"][0]["action"] = "s3:PutObject"
    assert check(evaluate_case(value)).problems == ("expected allowed, answered implicit deny",)


def test_a_resource_policy_is_of_the_first_resource_only() -> None:
    value = _with("input.also", [{"action": "s3:GetObject", "resource": "arn:aws:s3:::another-bucket/a"}])
    value["needs"] = ["several-authorizations"]
    value["input"]["policies"] = {"resource": [{**ALLOW, "Statement": [{**ALLOW["Statement"][0], "Principal": "*"}]}]}
    value["expected"] = {"outcome": "implicit deny"}
    assert check(evaluate_case(value)).passed


def test_the_context_of_a_further_authorization_is_its_own() -> None:
    also = [{"action": "s3:GetObject", "resource": "*", "context": {"aws:SourceIp": "198.51.100.1"}}]
    case = evaluate_case({**_with("input.also", also), "needs": ["several-authorizations"]})
    assert [request.context for request, _ in case.questions][1] == {"aws:SourceIp": "198.51.100.1"}
    assert case.questions[1][0].resource_account is None
    for wrong in ([{"action": "s3:GetObject"}], [{**also[0], "principal": "*"}], {}):
        with pytest.raises(ConformanceError):
            evaluate_case({**_with("input.also", wrong), "needs": ["several-authorizations"]})


def test_needs_are_reasons_to_skip() -> None:
    case = evaluate_case({**CASE, "needs": ["kms-grants", "several-authorizations", "something-else"]})
    assert skip_reason(case) == "something-else: there is no such need"
    assert skip_reason(evaluate_case(CASE)) is None
