"""Quotas and name rules, with the constraints of botocore's service models as the witness where they state them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passrole.catalog import quotas
from passrole.catalog.quotas import NameRule, policy_size


@pytest.fixture(scope="module")
def iam() -> Any:
    from botocore.session import Session

    return Session().get_service_model("iam")


@pytest.fixture(scope="module")
def sts() -> Any:
    from botocore.session import Session

    return Session().get_service_model("sts")


@pytest.mark.parametrize(
    ("rule", "shape"),
    [
        (quotas.USER_NAME, "userNameType"),
        (quotas.ROLE_NAME, "roleNameType"),
        (quotas.GROUP_NAME, "groupNameType"),
        (quotas.POLICY_NAME, "policyNameType"),
        (quotas.INSTANCE_PROFILE_NAME, "instanceProfileNameType"),
        (quotas.PATH, "pathType"),
    ],
)
def test_lengths_of_names_are_those_of_the_api(iam: Any, rule: NameRule, shape: str) -> None:
    metadata = iam.shape_for(shape).metadata
    assert (rule.min_length, rule.max_length) == (metadata["min"], metadata["max"])


@pytest.mark.parametrize(
    ("rule", "shape"),
    [(quotas.ROLE_SESSION_NAME, "roleSessionNameType"), (quotas.EXTERNAL_ID, "externalIdType")],
)
def test_lengths_of_sts_names_are_those_of_the_api(sts: Any, rule: NameRule, shape: str) -> None:
    metadata = sts.shape_for(shape).metadata
    assert (rule.min_length, rule.max_length) == (metadata["min"], metadata["max"])


@pytest.mark.parametrize(
    ("quota", "shape", "bound"),
    [
        (quotas.MIN_ROLE_MAX_SESSION, "roleMaxSessionDurationType", "min"),
        (quotas.MAX_ROLE_MAX_SESSION, "roleMaxSessionDurationType", "max"),
        (quotas.TAGS_OF_ENTITY, "tagListType", "max"),
        (quotas.TAG_KEY_LENGTH, "tagKeyType", "max"),
        (quotas.TAG_VALUE_LENGTH, "tagValueType", "max"),
        (quotas.ROLE_DESCRIPTION_LENGTH, "roleDescriptionType", "max"),
        (quotas.POLICY_DESCRIPTION_LENGTH, "policyDescriptionType", "max"),
    ],
)
def test_limits_that_the_api_states(iam: Any, quota: quotas.Quota, shape: str, bound: str) -> None:
    assert quota.value == iam.shape_for(shape).metadata[bound]


def test_limits_of_sessions_that_the_api_states(sts: Any) -> None:
    assert quotas.MIN_SESSION.value == sts.shape_for("roleDurationSecondsType").metadata["min"]
    assert quotas.SESSION_POLICY_SIZE.value == sts.shape_for("sessionPolicyDocumentType").metadata["max"]


def test_each_quota_of_the_account_summary_is_a_key_of_the_api(iam: Any) -> None:
    keys = set(iam.shape_for("summaryKeyType").enum)
    assert set(quotas.ACCOUNT_SUMMARY_QUOTAS) <= keys
    assert {key for key in keys if key.endswith("Quota")} - {
        "MFADevicesQuota",
        "PolicyVersionsInUseQuota",
    } <= set(quotas.ACCOUNT_SUMMARY_QUOTAS)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
        ("PolicySizeQuota", 6144),
        ("UserPolicySizeQuota", 2048),
        ("RolePolicySizeQuota", 10240),
        ("GroupPolicySizeQuota", 5120),
        ("AssumeRolePolicySizeQuota", 2048),
        ("AttachedPoliciesPerUserQuota", 10),
        ("AttachedPoliciesPerRoleQuota", 10),
        ("AttachedPoliciesPerGroupQuota", 10),
        ("VersionsPerPolicyQuota", 5),
        ("AccessKeysPerUserQuota", 2),
        ("GroupsPerUserQuota", 10),
        ("UsersQuota", 5000),
        ("RolesQuota", 1000),
    ],
)
def test_defaults_of_the_quotas_page(name: str, value: int) -> None:
    assert quotas.ACCOUNT_SUMMARY_QUOTAS[name].value == value


def test_every_quota_has_a_source_and_no_maximum_below_its_default() -> None:
    every = [value for value in vars(quotas).values() if isinstance(value, quotas.Quota)]
    assert len(every) > 25
    for quota in every:
        assert quota.source.startswith("https://docs.aws.amazon.com/")
        assert quota.maximum is None or quota.maximum > quota.value


@pytest.mark.parametrize(
    ("rule", "name", "allowed"),
    [
        (quotas.ROLE_NAME, "dms-vpc-role", True),
        (quotas.ROLE_NAME, "a" * 64, True),
        (quotas.ROLE_NAME, "a" * 65, False),
        (quotas.ROLE_NAME, "", False),
        (quotas.ROLE_NAME, "a b", False),
        (quotas.ROLE_NAME, "a/b", False),
        (quotas.ROLE_NAME, "rôle", False),
        (quotas.ROLE_NAME, "role\n", False),
        (quotas.USER_NAME, "first.last@example,com=1+2_3-4", True),
        (quotas.PATH, "/", True),
        (quotas.PATH, "/service-role/", True),
        (quotas.PATH, "/a/b/", True),
        (quotas.PATH, "service-role/", False),
        (quotas.PATH, "/service-role", False),
        (quotas.PATH, "/a b/", False),
        (quotas.PATH, "", False),
        (quotas.EXTERNAL_ID, "vmimport", True),
        (quotas.EXTERNAL_ID, "a", False),
        (quotas.ROLE_SESSION_NAME, "s", False),
        (quotas.ACCOUNT_ID, "111122223333", True),
        (quotas.ACCOUNT_ID, "11112222333", False),
        (quotas.ACCOUNT_ID, "11112222333a", False),
    ],
)
def test_names(rule: NameRule, name: str, allowed: bool) -> None:
    assert rule.allows(name) is allowed


@settings(max_examples=50, deadline=None)
@given(st.text('ab{}": \n\t\r', max_size=60))
def test_white_space_does_not_count(document: str) -> None:
    assert policy_size(document) == sum(character not in " \n\t\r" for character in document)
