"""Documents to policies: what is read, what is refused, and where the finding points."""

from __future__ import annotations

import datetime
import json

import pytest

from passrole.errors import PassroleError, Span
from passrole.policy.model import Effect, Policy, PrincipalKind, Quantifier
from passrole.policy.parse import PolicySyntaxError, parse_policy, policy_from_value

Document = dict[str, object]

ALLOW: Document = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}


def document(*statements: object, **elements: object) -> Document:
    return {"Version": "2012-10-17", **elements, "Statement": list(statements)}


def without(element: str) -> Document:
    return {name: value for name, value in ALLOW.items() if name != element}


def codes(value: object) -> list[str]:
    """The codes of a document's findings, from its text; the same must come from its values."""
    from_text, from_value = list[str](), list[str]()
    try:
        parse_policy(json.dumps(value))
    except PolicySyntaxError as error:
        from_text = [finding.code for finding in error.diagnostics]
    try:
        policy_from_value(value)
    except PolicySyntaxError as error:
        from_value = [finding.code for finding in error.diagnostics]
    assert sorted(from_text) == sorted(from_value)
    return from_text


REFUSED: dict[str, tuple[object, list[str]]] = {
    "a list": ([], ["P0120"]),
    "a string": ("x", ["P0120"]),
    "null": (None, ["P0120"]),
    "no statement": ({"Version": "2012-10-17"}, ["P0122"]),
    "an empty list of statements": (document(), ["P0126"]),
    "a statement that is a string": (document("x"), ["P0120"]),
    "a statement that is null": ({"Statement": None}, ["P0120"]),
    "an unknown element of the policy": (document(ALLOW, Statment=[]), ["P0121"]),
    "an element of the policy in lower case": (document(ALLOW, version="2012-10-17"), ["P0121"]),
    "an unknown element of a statement": (document({**ALLOW, "Resources": "*"}), ["P0121"]),
    "an element of a statement in lower case": (document({**without("Effect"), "effect": "Allow"}), ["P0123", "P0121"]),
    "a wrong version": (document(ALLOW, Version="2013-10-17"), ["P0128"]),
    "a version that is a number": (document(ALLOW, Version=2012), ["P0120"]),
    "an Id that is a list": (document(ALLOW, Id=["x"]), ["P0120"]),
    "a Sid that is a number": (document({**ALLOW, "Sid": 1}), ["P0120"]),
    "no effect": (document(without("Effect")), ["P0123"]),
    "an unknown effect": (document({**ALLOW, "Effect": "Permit"}), ["P0127"]),
    "an effect in lower case": (document({**ALLOW, "Effect": "allow"}), ["P0127"]),
    "an effect that is a boolean": (document({**ALLOW, "Effect": True}), ["P0120"]),
    "no action": (document(without("Action")), ["P0124"]),
    "Action and NotAction": (document({**ALLOW, "NotAction": "*"}), ["P0125"]),
    "Resource and NotResource": (document({**ALLOW, "NotResource": "*"}), ["P0125"]),
    "Principal and NotPrincipal": (document({**ALLOW, "Principal": "*", "NotPrincipal": "*"}), ["P0125"]),
    "no actions in the list": (document({**ALLOW, "Action": []}), ["P0126"]),
    "no actions in NotAction": (document({**without("Action"), "NotAction": []}), ["P0126"]),
    "no resources in the list": (document({**ALLOW, "Resource": []}), ["P0126"]),
    "no resources in NotResource": (document({**without("Resource"), "NotResource": []}), ["P0126"]),
    "an action that is an object": (document({**ALLOW, "Action": {}}), ["P0120"]),
    "an action in a list in a list": (document({**ALLOW, "Action": [["s3:*"]]}), ["P0120"]),
    "a null among the resources": (document({**ALLOW, "Resource": ["*", None]}), ["P0120"]),
    "a resource that is a reference": (document({**ALLOW, "Resource": {"Ref": "Bucket"}}), ["P0120"]),
    "no principals": (document({**ALLOW, "Principal": {}}), ["P0126"]),
    "no names of a kind": (document({**ALLOW, "Principal": {"AWS": []}}), ["P0126"]),
    "an unknown kind of principal": (document({**ALLOW, "Principal": {"Aws": "*"}}), ["P0131"]),
    "a star as the kind": (document({**ALLOW, "Principal": {"*": "*"}}), ["P0131"]),
    "a principal without a kind": (document({**ALLOW, "Principal": "111122223333"}), ["P0132"]),
    "a list of principals": (document({**ALLOW, "Principal": ["*"]}), ["P0120"]),
    "a principal that is a number": (document({**ALLOW, "Principal": {"AWS": 111122223333}}), ["P0120"]),
    "a condition that is a list": (document({**ALLOW, "Condition": []}), ["P0120"]),
    "an operator that is a string": (document({**ALLOW, "Condition": {"StringEquals": "x"}}), ["P0120"]),
    "an unknown operator": (document({**ALLOW, "Condition": {"ArnEqual": {"a:b": "c"}}}), ["P0129"]),
    "an unknown operator of a Deny": (
        document({**ALLOW, "Effect": "Deny", "Condition": {"stringEquals": {"a:b": "c"}}}),
        ["P0129"],
    ),
    "an unknown operator without keys": (document({**ALLOW, "Condition": {"x": {}}}), ["P0129", "P0126"]),
    "a misspelt set operator": (
        document({**ALLOW, "Condition": {"ForAnyValues:StringEquals": {"a:b": "c"}}}),
        ["P0129"],
    ),
    "Null with IfExists": (document({**ALLOW, "Condition": {"NullIfExists": {"a:b": "true"}}}), ["P0130"]),
    "an operator without keys": (document({**ALLOW, "Condition": {"StringEquals": {}}}), ["P0126"]),
    "a key without values": (document({**ALLOW, "Condition": {"StringNotEquals": {"a:b": []}}}), ["P0126"]),
    "a null value": (document({**ALLOW, "Condition": {"StringEquals": {"a:b": None}}}), ["P0133"]),
    "a value that is an object": (document({**ALLOW, "Condition": {"StringEquals": {"a:b": {}}}}), ["P0133"]),
    "a list of lists of values": (document({**ALLOW, "Condition": {"StringEquals": {"a:b": [["c"]]}}}), ["P0133"]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_policy_is_refused(name: str) -> None:
    value, expected = REFUSED[name]
    assert codes(value) == expected


@pytest.mark.parametrize("name", REFUSED)
def test_every_finding_has_a_place_a_page_and_advice(name: str) -> None:
    with pytest.raises(PolicySyntaxError) as caught:
        parse_policy(json.dumps(REFUSED[name][0], indent=2), "policy.json")
    error = caught.value
    assert isinstance(error, PassroleError)
    assert error.code == error.diagnostics[0].code
    assert "policy.json" in error.message
    for finding in error.diagnostics:
        assert finding.span is not None
        assert finding.span.source == "policy.json"
        assert finding.see is not None
        assert finding.help or finding.cause or "not an object" in finding.message
        for part in (finding.message, finding.cause, finding.help):
            assert part is None or not part.endswith(".")


def test_all_findings_come_at_once_in_the_order_of_the_text() -> None:
    text = """{
    "Version": "2012-10-17",
    "Statement": [
        { "Effect": "allow", "Action": "s3:*", "Resource": "*" },
        { "Effect": "Deny", "Action": [], "Resource": "*",
          "Condition": { "StringEqual": { "aws:username": "ana", "aws:username": "bob" } } },
    ]
}"""
    with pytest.raises(PolicySyntaxError) as caught:
        parse_policy(text, "p.json")
    found = [(f.code, f.span.line, f.span.column) for f in caught.value.diagnostics if f.span]
    assert found == [
        ("P0127", 4, 21),
        ("P0126", 5, 39),
        ("P0129", 6, 26),
        ("P0108", 6, 66),
        ("P0104", 6, text.splitlines()[5].rindex(",") + 1),
    ]


@pytest.mark.parametrize(
    ("wrong", "advice"),
    [
        ({"Efect": "Allow"}, "Effect"),
        ({"action": "s3:*"}, "Action"),
        ({"Conditions": {}}, "Condition"),
        ({"Principle": "*"}, "Principal"),
    ],
)
def test_a_misspelt_element_is_answered_with_the_right_one(wrong: Document, advice: str) -> None:
    with pytest.raises(PolicySyntaxError) as caught:
        policy_from_value(document({**ALLOW, **wrong}))
    (finding,) = (f for f in caught.value.diagnostics if f.code == "P0121")
    assert finding.help == f"write `{advice}`"


def test_a_duplicate_element_is_refused() -> None:
    with pytest.raises(PolicySyntaxError) as caught:
        parse_policy('{"Statement": {"Effect": "Deny", "Effect": "Allow", "Action": "*", "Resource": "*"}}')
    assert [f.code for f in caught.value.diagnostics] == ["P0108"]


def test_a_statement_may_stand_without_its_list() -> None:
    assert policy_from_value({"Statement": ALLOW}) == policy_from_value({"Statement": [ALLOW]})


def test_a_single_value_is_a_list_of_one() -> None:
    listed = {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["*"]}
    assert policy_from_value(document(ALLOW)) == policy_from_value(document(listed))


@pytest.mark.parametrize("version", [None, "2008-10-17", "2012-10-17"])
def test_policy_variables_came_with_the_second_version(version: str | None) -> None:
    value = {"Statement": [ALLOW]} if version is None else {"Version": version, "Statement": [ALLOW]}
    policy = policy_from_value(value)
    assert policy.version == version
    assert policy.has_policy_variables == (version == "2012-10-17")


def test_an_empty_condition_is_no_condition() -> None:
    assert policy_from_value(document({**ALLOW, "Condition": {}})) == policy_from_value(document(ALLOW))


def test_condition_values_keep_the_text_of_numbers_and_booleans() -> None:
    text = (
        '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": '
        '{"NumericEquals": {"a:b": [1.50, "1.5", 10000000000000000000000]}, "Bool": {"a:c": true}, "Null": {"a:d": false}}}}'
    )
    conditions = parse_policy(text).statements[0].conditions
    assert [[value.text for value in condition.values] for condition in conditions] == [
        ["1.50", "1.5", "10000000000000000000000"],
        ["true"],
        ["false"],
    ]


def test_keys_that_differ_in_case_stay_two_conditions() -> None:
    value = document({**ALLOW, "Condition": {"StringLike": {"aws:username": "a*", "aws:UserName": "*b"}}})
    conditions = policy_from_value(value).statements[0].conditions
    assert [(c.key, c.values[0].text) for c in conditions] == [("aws:username", "a*"), ("aws:UserName", "*b")]


def test_operators_carry_prefix_and_suffix() -> None:
    value = document({**ALLOW, "Condition": {"ForAllValues:StringLikeIfExists": {"aws:TagKeys": ["a", "b"]}}})
    (condition,) = policy_from_value(value).statements[0].conditions
    assert condition.operator.base == "StringLike"
    assert condition.operator.if_exists
    assert condition.operator.quantifier is Quantifier.FOR_ALL_VALUES


def test_principals_keep_their_kinds_and_order() -> None:
    value = document(
        {**ALLOW, "NotPrincipal": {"Service": "ec2.amazonaws.com", "AWS": ["*", "111122223333"], "Federated": "x.com"}}
    )
    principals = policy_from_value(value).statements[0].principals
    assert principals is not None
    assert principals.negated
    assert [(entry.kind, entry.value.text) for entry in principals.entries] == [
        (PrincipalKind.SERVICE, "ec2.amazonaws.com"),
        (PrincipalKind.AWS, "*"),
        (PrincipalKind.AWS, "111122223333"),
        (PrincipalKind.FEDERATED, "x.com"),
    ]


def test_everyone_is_a_kind_of_its_own() -> None:
    principals = policy_from_value(document({**ALLOW, "Principal": "*"})).statements[0].principals
    assert principals is not None
    assert [(entry.kind, entry.value.text) for entry in principals.entries] == [(PrincipalKind.EVERYONE, "*")]


def test_a_trust_policy_has_no_resource() -> None:
    value = document({"Effect": "Allow", "Principal": {"Service": "vmie.amazonaws.com"}, "Action": "sts:AssumeRole"})
    assert policy_from_value(value).statements[0].resources is None


TEXT = """{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "é",
      "Effect": "Deny",
      "Principal": {"AWS": ["111122223333", "*"]},
      "NotAction": ["s3:Get*", "s3:\\u0050ut*"],
      "Resource": "arn:aws:s3:::b",
      "Condition": {"Bool": {"aws:SecureTransport": [false, "false"]},
                    "StringLike": {"s3:prefix": "a\\tb"}}
    }
  ]
}"""


def slice_of(text: str, span: Span | None) -> str:
    assert span is not None
    lines = text.splitlines(keepends=True)
    start = sum(map(len, lines[: span.line - 1])) + span.column - 1
    end = sum(map(len, lines[: span.end_line - 1])) + span.end_column - 1
    return text[start:end]


def test_every_value_knows_its_place() -> None:
    policy = parse_policy(TEXT, "p.json")
    (statement,) = policy.statements
    assert statement.effect is Effect.DENY
    assert statement.resources is not None
    assert statement.principals is not None
    assert slice_of(TEXT, policy.span) == TEXT
    assert json.loads(slice_of(TEXT, statement.span)) == json.loads(TEXT)["Statement"][0]
    values = [
        *statement.actions.patterns,
        *statement.resources.patterns,
        *(entry.value for entry in statement.principals.entries),
        *(value for condition in statement.conditions for value in condition.values),
    ]
    assert len(values) == 8
    for value in values:
        written = slice_of(TEXT, value.span)
        assert value.text == (json.loads(written) if written.startswith('"') else written)
    assert [slice_of(TEXT, condition.span).split(":")[0] for condition in statement.conditions] == ['"aws', '"s3']
    assert slice_of(TEXT, statement.conditions[1].span) == '"s3:prefix": "a\\tb"'


def test_parsed_values_have_no_place_and_are_the_same_policy() -> None:
    from_text, from_value = parse_policy(TEXT), policy_from_value(json.loads(TEXT))
    assert from_text == from_value
    assert from_value.span is None
    assert all(value.span is None for value in from_value.statements[0].actions.patterns)


def test_the_source_is_kept_and_does_not_take_part_in_equality() -> None:
    a, b = parse_policy(TEXT, "a.json"), parse_policy(TEXT, "b.json")
    assert (a.source, b.source) == ("a.json", "b.json")
    assert a == b


def test_bytes_are_read_like_text() -> None:
    assert parse_policy(TEXT.encode()) == parse_policy(TEXT)


@pytest.mark.parametrize(
    "value",
    [
        {"Version": datetime.date(2012, 10, 17), "Statement": [ALLOW]},
        document({**ALLOW, "Action": {"s3:GetObject"}}),
        document({**ALLOW, "Condition": {"StringEquals": {1: "x"}}}),
        document({**ALLOW, "Condition": {"NumericEquals": {"a:b": float("nan")}}}),
        document({**ALLOW, "Sid": "\ud800"}),
    ],
    ids=["a date, as YAML reads it", "a set", "a key that is a number", "NaN", "half of a surrogate pair"],
)
def test_values_that_json_does_not_have_are_findings(value: object) -> None:
    with pytest.raises(PolicySyntaxError) as caught:
        policy_from_value(value)
    assert [finding.code for finding in caught.value.diagnostics] == ["P0112"]


def test_deep_values_are_findings_and_no_recursion_error() -> None:
    value: object = "x"
    for _ in range(5000):
        value = [value]
    with pytest.raises(PolicySyntaxError) as caught:
        policy_from_value(document({**ALLOW, "Action": value}))
    assert "P0109" in [finding.code for finding in caught.value.diagnostics]


def test_tuples_and_other_mappings_are_taken() -> None:
    from collections import OrderedDict

    value = OrderedDict(Statement=(OrderedDict(ALLOW),))
    assert policy_from_value(value) == policy_from_value({"Statement": [ALLOW]})


def test_a_policy_is_a_value() -> None:
    policy = policy_from_value(document(ALLOW))
    assert isinstance(policy, Policy)
    assert hash(policy) == hash(policy_from_value(document(ALLOW)))
