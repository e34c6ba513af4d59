"""Which resources an action works on."""

from __future__ import annotations

import pytest

from passrole.catalog.resource_fit import formats_that_fit_not

BUCKET = "arn:${Partition}:s3:::${BucketName}"


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:GetObject", "arn:aws:s3:::reports/a/b.csv"),
        ("s3:GetObject", "arn:aws:s3:::reports/*"),
        ("s3:ListBucket", "arn:aws:s3:::reports"),
        ("iam:GetRole", "arn:aws:iam::111122223333:role/team/app"),
        ("ec2:DescribeImages", "*"),
        ("ec2:RunInstances", "arn:aws:ec2:us-east-1::image/ami-0123456789abcdef0"),
        ("no:SuchAction", "arn:aws:s3:::reports"),
    ],
)
def test_it_fits(action: str, resource: str) -> None:
    assert formats_that_fit_not(action, resource) == ()


def test_an_object_is_no_bucket() -> None:
    assert BUCKET in formats_that_fit_not("s3:ListBucket", "arn:aws:s3:::reports/a.csv")


def test_a_bucket_is_no_object() -> None:
    assert any(each.startswith(f"{BUCKET}/") for each in formats_that_fit_not("s3:GetObject", "arn:aws:s3:::reports"))


def test_an_action_without_resource_types_works_on_everything_at_once() -> None:
    assert formats_that_fit_not("ec2:DescribeImages", "arn:aws:ec2:us-east-1::image/ami-1") == ("*",)
