"""Names of service principals by partition, against AWS's own managed policies where they name them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from passrole.catalog.managed_policies import get_managed_policy
from passrole.catalog.service_principals import (
    Evidence,
    is_service_principal_name,
    service_prefix,
    service_principal,
)


@pytest.mark.parametrize("service", ["dms", "vmie", "sms", "ssm", "ec2", "redshift"])
def test_in_the_main_partition_every_service_of_the_recipes_is_on_a_page_of_aws(service: str) -> None:
    found = service_principal(service)
    assert found.names == (f"{service}.amazonaws.com",)
    assert found.evidence is Evidence.AWS
    assert found.source.startswith("https://docs.aws.amazon.com/")


@pytest.mark.parametrize(
    ("service", "partition", "names"),
    [
        ("dms", "aws-cn", ("dms.amazonaws.com",)),
        ("vmie", "aws-cn", ("vmie.amazonaws.com",)),
        ("ssm", "aws-cn", ("ssm.amazonaws.com",)),
        ("redshift", "aws-cn", ("redshift.amazonaws.com",)),
        ("ec2", "aws-cn", ("ec2.amazonaws.com.cn", "ec2.amazonaws.com")),
        ("elasticmapreduce", "aws-cn", ("elasticmapreduce.amazonaws.com.cn",)),
        ("lambda", "aws-cn", ("lambda.amazonaws.com",)),
        ("ec2", "aws-us-gov", ("ec2.amazonaws.com",)),
        ("vmie", "aws-us-gov", ("vmie.amazonaws.com",)),
        ("ec2", "aws-iso", ("ec2.amazonaws.com",)),
        ("dms", "aws-iso", ("dms.amazonaws.com",)),
        ("dms", "aws-iso-b", ("dms.sc2s.sgov.gov",)),
        ("config", "aws-iso", ("config.c2s.ic.gov",)),
        ("config", "aws-iso-b", ("config.amazonaws.com",)),
    ],
)
def test_names_in_other_partitions(service: str, partition: str, names: tuple[str, ...]) -> None:
    assert service_principal(service, partition).names == names


def test_what_follows_from_the_rule_alone_says_so() -> None:
    assert service_principal("dms", "aws-cn").evidence is Evidence.RULE
    assert service_principal("a-service-of-tomorrow").evidence is Evidence.RULE


def test_aws_lets_a_role_be_passed_to_the_chinese_ec2_but_names_no_chinese_vm_import() -> None:
    policy = get_managed_policy("AWSServiceRoleForImageBuilder")
    assert policy is not None
    named = {name for statement in statements(policy.default_version.document) for name in passed_to(statement)}
    for service in ("ec2", "vmie"):
        assert named >= set(service_principal(service, "aws-cn").names)
    assert "vmie.amazonaws.com.cn" not in named


@pytest.mark.parametrize("service", ["ec2", "application-autoscaling", "autoscaling", "events", "elasticmapreduce"])
def test_each_chinese_name_is_in_a_managed_policy(service: str) -> None:
    name = service_principal(service, "aws-cn").name
    policies = ["AWSServiceRoleForImageBuilder", "AmazonDynamoDBFullAccess", "AmazonEMRFullAccessPolicy_v2"]
    texts = []
    for policy_name in [*policies, "AmazonLaunchWizardFullAccessV2"]:
        policy = get_managed_policy(policy_name)
        assert policy is not None, policy_name
        texts.append(policy.default_version.document)
    assert any(f'"{name}"' in text for text in texts)


@pytest.mark.parametrize(
    ("name", "prefix"),
    [
        ("dms", "dms"),
        ("dms.amazonaws.com", "dms"),
        ("ec2.amazonaws.com.cn", "ec2"),
        ("dms.sc2s.sgov.gov", "dms"),
        ("dms.eu-west-1.amazonaws.com", "dms.eu-west-1"),
        ("schema-conversion.dms.amazonaws.com", "schema-conversion.dms"),
        ("example.com", "example.com"),
    ],
)
def test_the_prefix_of_a_name(name: str, prefix: str) -> None:
    assert service_prefix(name) == prefix


def test_a_name_can_be_carried_from_one_partition_to_another() -> None:
    assert service_principal("ec2.amazonaws.com", "aws-cn").name == "ec2.amazonaws.com.cn"
    assert service_principal("ec2.amazonaws.com.cn", "aws").name == "ec2.amazonaws.com"
    assert service_principal("dms.eu-west-1.amazonaws.com").name == "dms.eu-west-1.amazonaws.com"


def test_what_has_the_form_of_a_service_principal() -> None:
    assert is_service_principal_name("vmie.amazonaws.com")
    assert is_service_principal_name("ec2.amazonaws.com.cn")
    assert not is_service_principal_name("vmie")
    assert not is_service_principal_name("accounts.google.com")
    assert not is_service_principal_name(".amazonaws.com")
    assert not is_service_principal_name("evilamazonaws.com")


def statements(document: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(document)["Statement"]
    return found


def passed_to(statement: dict[str, Any]) -> list[str]:
    names = statement.get("Condition", {}).get("StringEquals", {}).get("iam:PassedToService", [])
    return [names] if isinstance(names, str) else names
