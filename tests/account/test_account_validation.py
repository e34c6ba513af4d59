"""Parameters that AWS's model does not allow, refused in the words that IAM and STS use."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passrole.account.aws_models import shared_loader
from passrole.account.operations import OPERATIONS
from passrole.account.service_error import ServiceError
from passrole.account.validation import _compiled, check_parameters

TAG_PATTERN = r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+"


def constraint(path: str, text: str) -> str:
    return f"1 validation error detected: Value at '{path}' failed to satisfy constraint: {text}"


# The texts are those of recorded answers; the parameters are the ones that those answers were given to.
CASES = [
    ("GetPolicyVersion", {"PolicyArn": "a" * 20, "VersionId": "1"}, "versionId", r"Member must satisfy regular expression pattern: v[1-9][0-9]*(\.[A-Za-z0-9-]*)?"),
    ("CreateRole", {"RoleName": "x" * 65, "AssumeRolePolicyDocument": "{}"}, "roleName", "Member must have length less than or equal to 64"),
    ("TagPolicy", {"PolicyArn": "a" * 20, "Tags": [{"Key": "k" * 129, "Value": ""}]}, "tags.1.member.key", "Member must have length less than or equal to 128"),
    ("TagPolicy", {"PolicyArn": "a" * 20, "Tags": [{"Key": "k", "Value": "v" * 257}]}, "tags.1.member.value", "Member must have length less than or equal to 256"),
    ("TagPolicy", {"PolicyArn": "a" * 20, "Tags": [{"Key": "#", "Value": ""}]}, "tags.1.member.key", f"Member must satisfy regular expression pattern: {TAG_PATTERN}"),
    ("UntagPolicy", {"PolicyArn": "a" * 20, "TagKeys": ["#"]}, "tagKeys", f"Member must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: {TAG_PATTERN}, Member must not be null]"),
    ("UntagPolicy", {"PolicyArn": "a" * 20, "TagKeys": ["k"] * 51}, "tagKeys", "Member must have length less than or equal to 50"),
    ("UpdateAccessKey", {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "Status": "Off"}, "status", "Member must satisfy enum value set"),
    ("ListRoles", {"MaxItems": 0}, "maxItems", "Member must have value greater than or equal to 1"),
    ("ListRoles", {"MaxItems": 1001}, "maxItems", "Member must have value less than or equal to 1000"),
    ("GetRole", {}, "roleName", "Member must not be null"),
]  # fmt: skip


@pytest.mark.parametrize(("operation", "params", "path", "text"), CASES)
def test_iam_names_the_parameter_and_not_its_value(operation, params, path, text):
    with pytest.raises(ServiceError) as caught:
        check_parameters("iam", operation, params)
    assert (caught.value.code, caught.value.http_status) == ("ValidationError", 400)
    assert caught.value.message == constraint(path, text)


@pytest.mark.parametrize(
    ("operation", "params", "text"),
    [
        # Public reports: app-sre/qontract-reconcile 2640 (userName), the ROSA CLI's tests (roleName).
        (
            "GetUser",
            {"UserName": "{a.name}"},
            "userName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-",
        ),
        (
            "CreateRole",
            {"RoleName": "^^^^-Installer-Role", "AssumeRolePolicyDocument": "{}"},
            "roleName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-",
        ),
        (
            "CreateUser",
            {"UserName": "u", "Path": "test"},
            "path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.",
        ),
    ],
)
def test_names_and_paths_are_refused_in_words(operation, params, text):
    with pytest.raises(ServiceError) as caught:
        check_parameters("iam", operation, params)
    assert (caught.value.code, caught.value.message) == ("ValidationError", f"The specified value for {text}")


def test_constraints_come_before_names():
    with pytest.raises(ServiceError) as caught:
        check_parameters("iam", "CreateRole", {"RoleName": "^"})
    assert caught.value.message == constraint("assumeRolePolicyDocument", "Member must not be null")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Session1:2", r"Member must satisfy regular expression pattern: [\w+=,.@-]*"),
        ("s" * 65, "Member must have length less than or equal to 64"),
    ],
)
def test_sts_repeats_the_value(name, text):
    with pytest.raises(ServiceError) as caught:
        check_parameters("sts", "AssumeRole", {"RoleArn": "a" * 20, "RoleSessionName": name})
    assert caught.value.message == (
        f"1 validation error detected: Value '{name}' at 'roleSessionName' failed to satisfy constraint: {text}"
    )


@pytest.mark.parametrize(
    ("seconds", "text"), [(899, "greater than or equal to 900"), (43201, "less than or equal to 43200")]
)
def test_length_of_a_session(seconds, text):
    params = {"RoleArn": "a" * 20, "RoleSessionName": "s1", "DurationSeconds": seconds}
    with pytest.raises(ServiceError) as caught:
        check_parameters("sts", "AssumeRole", params)
    assert caught.value.message == (
        f"1 validation error detected: Value '{seconds}' at 'durationSeconds' failed to satisfy constraint: Member must "
        f"have value {text}"
    )


def test_several_errors_are_counted_and_named_together():
    with pytest.raises(ServiceError) as caught:
        check_parameters("iam", "PutRolePolicy", {"RoleName": "", "PolicyDocument": "{}"})
    first = "Value at 'roleName' failed to satisfy constraint: Member must have length greater than or equal to 1"
    assert caught.value.message.startswith("2 validation errors detected: ")
    assert first in caught.value.message
    assert "Value at 'policyName' failed to satisfy constraint: Member must not be null" in caught.value.message


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("CreateRole", {"RoleName": "A-Za_z0+=,.@", "Path": "/a!/~/", "AssumeRolePolicyDocument": "{}\n\t\u00ff"}),
        ("TagRole", {"RoleName": "r", "Tags": [{"Key": "Größe 大 _.:/=+-@", "Value": ""}]}),
        ("ListRoles", {"MaxItems": 1000, "PathPrefix": "/a"}),
        ("GetAccountSummary", {}),
    ],
)
def test_what_the_model_allows(operation, params):
    check_parameters("iam", operation, params)


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("CreateRole", {"RoleName": "r\n", "AssumeRolePolicyDocument": "{}"}),
        ("CreateRole", {"RoleName": "rôle", "AssumeRolePolicyDocument": "{}"}),
        ("CreateRole", {"RoleName": "r", "AssumeRolePolicyDocument": "{}\u0100"}),
        ("CreateRole", {"RoleName": "r", "AssumeRolePolicyDocument": "{}", "Path": "no-slashes"}),
        ("CreateRole", {"RoleName": "r", "AssumeRolePolicyDocument": "{}", "Path": "/open"}),
        ("CreatePolicy", {"PolicyName": "p", "PolicyDocument": "{}", "Path": "/a b/"}),
        ("CreateAccountAlias", {"AccountAlias": "Upper"}),
        ("CreateAccountAlias", {"AccountAlias": "double--hyphen"}),
    ],
)
def test_what_the_model_does_not_allow(operation, params):
    with pytest.raises(ServiceError):
        check_parameters("iam", operation, params)


def test_every_pattern_of_the_models_is_understood():
    for service in ("iam", "sts"):
        for shape in shared_loader().load_service_model(service, "service-2")["shapes"].values():
            if "pattern" in shape:
                assert _compiled(shape["pattern"]) is not None


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(sorted(OPERATIONS)),
    st.dictionaries(
        st.sampled_from(["RoleName", "UserName", "Tags", "Marker", "MaxItems", "PolicyDocument"]),
        st.none()
        | st.booleans()
        | st.integers()
        | st.text()
        | st.lists(st.text())
        | st.dictionaries(st.text(), st.text()),
        max_size=4,
    ),
)
def test_any_values_are_answered_with_a_validation_error_or_let_through(key, params):
    code = None
    try:
        check_parameters(*key, params)
    except ServiceError as error:
        code = error.code
    assert code in (None, "ValidationError")
