"""Values of parameters: what AWS would refuse is refused before anything is done, with what to type instead."""

from __future__ import annotations

from typing import Any

import pytest

from passrole.errors import Diagnostic, Span, UsageError
from passrole.recipes.desired import DesiredState, Json
from passrole.recipes.parameter_types import ParameterType, Place, ValueProblem, read_text
from passrole.recipes.problems import ParameterError
from passrole.recipes.read import read_recipe
from passrole.recipes.render import render

PLACE = Place("111122223333", "aws", "us-east-1")
KEY = "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-12345EXAMPLE"

RECIPE = read_recipe(
    """\
format = "passrole-recipe-1"
name = "all-types"
title = "t"
service = "s"
summary = "s"
[parameters]
bucket = { type = "s3-bucket", required = true, description = "d", example = "files" }
prefix = { type = "s3-prefix", description = "d" }
keys = { type = "kms-key-arn", list = true, description = "d" }
name = { type = "iam-name", default = "acme-{{region}}", description = "d" }
profile = { type = "iam-name", max_length = 128, default = "{{name}}", description = "d" }
names = { type = "iam-name", list = true, default = ["one", "two"], description = "d" }
on = { type = "boolean", description = "d" }
off = { type = "boolean", default = true, description = "d" }
count = { type = "number", default = 3, description = "d" }
mode = { type = "choice", choices = ["none", "s3", "both"], default = "none", description = "d" }
log_bucket = { type = "s3-bucket", required_when = { mode = ["s3", "both"] }, applies_when = { mode = ["s3", "both"] }, description = "d" }
code = { type = "string", pattern = "[A-Z]{2}", example = "AB", description = "d" }
""",
    "all-types.toml",
)


def bound(**values: Json) -> DesiredState:
    return render(
        RECIPE, {"bucket": "files", **values}, account_id="111122223333", partition="aws", region="us-east-1"
    )  # fmt: skip


def findings(values: dict[str, Any], **spans: Span) -> tuple[Diagnostic, ...]:
    with pytest.raises(ParameterError) as caught:
        render(RECIPE, values, account_id="111122223333", partition="aws", region="us-east-1", spans=spans)
    return caught.value.diagnostics


def test_defaults_may_name_built_in_values_and_parameters_above() -> None:
    assert bound().parameters == {
        "bucket": "files",
        "name": "acme-us-east-1",
        "profile": "acme-us-east-1",
        "names": ["one", "two"],
        "on": False,
        "off": True,
        "count": 3,
        "mode": "none",
    }


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"prefix": "/a/b/"}, {"prefix": "a/b"}),
        ({"prefix": "///"}, {}),
        ({"prefix": ""}, {}),
        ({"keys": f"{KEY}, {KEY}"}, {"keys": [KEY]}),
        ({"keys": [KEY]}, {"keys": [KEY]}),
        ({"keys": ""}, {}),
        ({"names": "x,y"}, {"names": ["x", "y"]}),
        ({"names": []}, {}),
        ({"on": "true"}, {"on": True}),
        ({"on": "No"}, {"on": False}),
        ({"off": False}, {"off": False}),
        ({"count": "12"}, {"count": 12}),
        ({"name": None}, {"name": "acme-us-east-1"}),
        ({"name": "x", "profile": "p" * 128}, {"name": "x", "profile": "p" * 128}),
        ({"mode": "s3", "log_bucket": "logs"}, {"mode": "s3", "log_bucket": "logs"}),
        ({"code": "AB"}, {"code": "AB"}),
    ],
)
def test_values_get_their_normal_form(values: dict[str, Any], expected: dict[str, Json]) -> None:
    parameters = bound(**values).parameters
    assert {name: parameters[name] for name in values if name in parameters} == expected


@pytest.mark.parametrize(
    ("values", "code", "message", "help_text"),
    [
        ({}, "R0102", "`bucket` is missing", "add --set bucket=files"),
        ({"bucket": ""}, "R0102", "`bucket` is missing", "add --set bucket=files"),
        ({"bucket": "files", "buket": "x"}, "R0101", "`all-types` has no parameter `buket`", "did you mean `bucket`?"),
        ({"bucket": "files", "zzz": "x"}, "R0101", "has no parameter `zzz`", "its parameters are `bucket`"),
        ({"bucket": "Files"}, "R0103", "lower-case letters", "`files` would be possible"),
        ({"bucket": 7}, "R0103", "a string is needed", "in quotes"),
        ({"bucket": ["files"]}, "R0103", "a string is needed", None),
        ({"bucket": "fi\tles"}, "R0103", "a control character (U+0009)", None),
        ({"bucket": "files", "on": "maybe"}, "R0103", "either true or false", None),
        ({"bucket": "files", "on": 1}, "R0103", "either true or false", None),
        ({"bucket": "files", "count": "many"}, "R0103", "a whole number", None),
        ({"bucket": "files", "count": True}, "R0103", "a whole number", None),
        ({"bucket": "files", "mode": "boht"}, "R0103", "one of `none`, `s3` or `both`", "did you mean `both`?"),
        ({"bucket": "files", "mode": "s3"}, "R0102", "`log_bucket` is missing: it is needed where `mode` is `s3` or `both`", "--set log_bucket="),
        ({"bucket": "files", "log_bucket": "logs"}, "R0104", "`log_bucket` would have no effect", "leave `log_bucket` out"),
        ({"bucket": "files", "code": "ab"}, "R0103", "it must be of the form [A-Z]{2}", "for example AB"),
        ({"bucket": "files", "name": "n" * 65}, "R0103", "it has 65 characters, and at most 64", None),
        ({"bucket": "files", "profile": "n" * 129}, "R0103", "it has 129 characters, and at most 128", None),
        ({"bucket": "files", "names": [1]}, "R0103", "a string is needed", None),
    ],
)  # fmt: skip
def test_a_bad_parameter_is_told(values: dict[str, Any], code: str, message: str, help_text: str | None) -> None:
    (finding,) = findings(values)

    assert finding.code == code
    assert message in finding.message
    assert (help_text or "") in (finding.help or "")


def test_all_bad_parameters_are_told_together_where_they_stand() -> None:
    span = Span("passrole.toml", 4, 1, 4, 7)
    found = findings({"bucket": "X", "mood": "none", "keys": "alias/a", "on": "x"}, keys=span)

    assert [one.code for one in found] == ["R0101", "R0103", "R0103", "R0103"]
    assert [one.span for one in found] == [None, None, span, None]


def test_what_a_set_up_was_rendered_with_renders_it_again() -> None:
    first = bound(prefix="a", on=True, mode="s3", log_bucket="logs", names="x,y")
    again = render(RECIPE, first.parameters, account_id="111122223333", partition="aws", region="us-east-1")
    assert again == first


def test_an_unknown_variant_and_an_impossible_label_are_refused() -> None:
    with pytest.raises(UsageError, match="there is no variant `document`") as caught:
        render(
            RECIPE, {"bucket": "files"}, account_id="1" * 12, partition="aws", region="us-east-1", variant="document"
        )
    assert caught.value.help == "did you mean `documented`?"
    with pytest.raises(UsageError, match="cannot be a set-up's label"):
        render(RECIPE, {"bucket": "files"}, account_id="1" * 12, partition="aws", region="us-east-1", label="a b")


T = ParameterType


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        (T.S3_BUCKET, "abc"),
        (T.S3_BUCKET, "my.bucket-1"),
        (T.S3_BUCKET, "b" * 63),
        (T.S3_BUCKET, "123456789012-logs"),
        (T.KMS_KEY_ARN, KEY),
        (T.KMS_KEY_ARN, "arn:aws:kms:eu-west-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab"),
        (T.ACCOUNT_ID, "012345678901"),
        (T.IAM_NAME, "a+b=c,d.e@f-g_h"),
        (T.IAM_PATH, "/"),
        (T.IAM_PATH, "/a/b/"),
        (T.PRINCIPAL, "user/bob"),
        (T.PRINCIPAL, "group/" + "g" * 128),
        (T.PRINCIPAL, "role/Admin"),
        (T.ARN, "arn:aws:sns:us-east-1:111122223333:topic"),
        (T.ARN, "arn:aws:s3:::bucket"),
        (T.REGION, "ap-southeast-3"),
        (T.REGION, "us-gov-west-1"),
        (T.LOG_GROUP, "/aws/ssm/x_y.z#1"),
    ],
)
def test_what_aws_takes_is_taken_as_it_is(type_: ParameterType, text: str) -> None:
    assert read_text(type_, text, PLACE) == text


@pytest.mark.parametrize(
    ("type_", "text", "reason", "help_text"),
    [
        (T.S3_BUCKET, "ab", "3 to 63 characters", None),
        (T.S3_BUCKET, "b" * 64, "3 to 63 characters", None),
        (T.S3_BUCKET, "my_bucket", "lower-case letters", "`my-bucket` would be possible"),
        (T.S3_BUCKET, "-abc", "lower-case letters", None),
        (T.S3_BUCKET, "abc.", "lower-case letters", None),
        (T.S3_BUCKET, "a..b", "two dots", None),
        (T.S3_BUCKET, "192.168.5.4", "IP address", None),
        (T.S3_BUCKET, "xn--abc", "may not begin with `xn--`", None),
        (T.S3_BUCKET, "sthree-abc", "may not begin", None),
        (T.S3_BUCKET, "amzn-s3-demo-bucket", "may not begin", None),
        (T.S3_BUCKET, "abc-s3alias", "may not end in `-s3alias`", None),
        (T.S3_BUCKET, "abc--ol-s3", "may not end", None),
        (T.S3_BUCKET, "s3://my-bucket/key", "a bucket's name is needed", "type `my-bucket`"),
        (T.S3_BUCKET, "arn:aws:s3:::my-bucket", "a bucket's name is needed", "type `my-bucket`"),
        (T.S3_PREFIX, "logs/*", "may not hold `*`", None),
        (T.S3_PREFIX, "logs/${aws:username}", "may not hold `${`", None),
        (T.KMS_KEY_ARN, "alias/disk", "this is an alias", "aws kms describe-key --key-id alias/disk"),
        (T.KMS_KEY_ARN, "arn:aws:kms:us-east-1:111122223333:alias/disk", "this is an alias", "describe-key"),
        (T.KMS_KEY_ARN, "1234abcd-12ab-34cd-56ef-1234567890ab", "a key id",
         "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
        (T.KMS_KEY_ARN, "key-name", "not the ARN of a KMS key", "KEY-ID"),
        (T.KMS_KEY_ARN, KEY.replace("arn:aws:", "arn:aws-cn:"), "partition `aws-cn`", None),
        (T.KMS_KEY_ARN, KEY[:-1] + "*", "not the ARN of a KMS key", None),
        (T.ACCOUNT_ID, "1111-2222-3333", "without hyphens", "type 111122223333"),
        (T.ACCOUNT_ID, "12345", "12 digits", None),
        (T.ACCOUNT_ID, "１１１１２２２２３３３３", "12 digits", None),
        (T.IAM_NAME, "a b", "letters, digits", None),
        (T.IAM_NAME, "service-role/x", "without a path", "type `x`"),
        (T.IAM_NAME, "é", "letters, digits", None),
        (T.IAM_PATH, "team", "begins and ends with `/`", "type `/team/`"),
        (T.IAM_PATH, "/team", "begins and ends with `/`", "type `/team/`"),
        (T.IAM_PATH, "/te am/", "begins and ends", None),
        (T.IAM_PATH, "/*/", "may not hold `*`", None),
        (T.PRINCIPAL, "bob", "user/NAME", "type user/bob"),
        (T.PRINCIPAL, "user/", "1 to 64", None),
        (T.PRINCIPAL, "user/" + "u" * 65, "1 to 64", None),
        (T.PRINCIPAL, "team/bob", "user/NAME", None),
        (T.PRINCIPAL, "role/service-role/x", "without its path", "type role/x"),
        (T.PRINCIPAL, "arn:aws:iam::111122223333:user/team/bob", "without its ARN", "type user/bob"),
        (T.ARN, "topic", "this is not an ARN", None),
        (T.ARN, "arn:aws:sns:us-east-1:111122223333:*", "may not hold `*`", None),
        (T.ARN, "arn:aws-us-gov:sns:x:1:t", "partition `aws-us-gov`", None),
        (T.REGION, "eu-west-1a", "not a Region's code", None),
        (T.REGION, "Ireland", "not a Region's code", None),
        (T.LOG_GROUP, "a b", "1 to 512", None),
        (T.LOG_GROUP, "aws/x", "may not begin", None),
        (T.LOG_GROUP, "arn:aws:logs:us-east-1:111122223333:log-group:/ssm/x:*", "name is needed", "type /ssm/x"),
    ],
)  # fmt: skip
def test_what_aws_refuses_is_refused_with_the_next_step(
    type_: ParameterType, text: str, reason: str, help_text: str | None
) -> None:
    with pytest.raises(ValueProblem) as caught:
        read_text(type_, text, PLACE)

    assert reason in caught.value.reason
    assert (help_text or "") in (caught.value.help_text or "")
