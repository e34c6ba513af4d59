"""Partitions and regions, with botocore's own endpoint resolution as the independent witness."""

from __future__ import annotations

import subprocess
import sys

import pytest

from passrole.catalog.partitions import (
    UnknownPartitionError,
    UnknownRegionError,
    close_regions,
    default_region,
    dns_suffix,
    iam_region,
    is_known_region,
    is_region,
    partition,
    partition_of_region,
    partitions,
)


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        ("us-east-1", "aws"),
        ("eu-west-1", "aws"),
        ("mx-central-1", "aws"),
        ("cn-north-1", "aws-cn"),
        ("cn-northwest-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("us-iso-east-1", "aws-iso"),
        ("us-isob-east-1", "aws-iso-b"),
        ("eu-isoe-west-1", "aws-iso-e"),
        ("us-isof-south-1", "aws-iso-f"),
        ("eusc-de-east-1", "aws-eusc"),
    ],
)
def test_a_region_is_in_its_partition(region: str, expected: str) -> None:
    assert partition_of_region(region) == expected
    assert region in partition(expected).regions
    assert is_known_region(region)


def test_a_region_newer_than_botocore_is_placed_by_its_form() -> None:
    assert partition_of_region("ap-southeast-99") == "aws"
    assert partition_of_region("us-gov-north-7") == "aws-us-gov"
    assert is_region("ap-southeast-99")
    assert not is_known_region("ap-southeast-99")


@pytest.mark.parametrize("region", ["", "us-east", "useast1", "US-EAST-1", "us-east-1a", "aws-global", "us-east-1\n"])
def test_what_is_no_region_is_refused(region: str) -> None:
    assert not is_region(region)
    with pytest.raises(UnknownRegionError):
        partition_of_region(region)


@pytest.mark.parametrize(
    ("written", "meant"), [("useast1", "us-east-1"), ("US-EAST-1", "us-east-1"), ("eu-west1", "eu-west-1")]
)
def test_a_misspelt_region_brings_the_right_one(written: str, meant: str) -> None:
    with pytest.raises(UnknownRegionError) as caught:
        partition_of_region(written)
    assert caught.value.suggestions[0] == meant
    assert caught.value.exit_code == 252


def test_a_misspelt_region_of_the_right_form_is_not_refused_but_has_a_close_one() -> None:
    assert is_region("us-esat-1")
    assert not is_known_region("us-esat-1")
    assert "us-east-1" in close_regions("us-esat-1")


@pytest.mark.parametrize(
    ("partition_id", "suffix"),
    [
        ("aws", "amazonaws.com"),
        ("aws-cn", "amazonaws.com.cn"),
        ("aws-us-gov", "amazonaws.com"),
        ("aws-iso", "c2s.ic.gov"),
        ("aws-iso-b", "sc2s.sgov.gov"),
    ],
)
def test_dns_suffix(partition_id: str, suffix: str) -> None:
    assert dns_suffix(partition_id) == suffix


def test_an_unknown_partition_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownPartitionError) as caught:
        dns_suffix("aws-china")
    assert "aws-cn" in (caught.value.help or "")


def test_the_main_partition_comes_first() -> None:
    assert next(iter(partitions())) == "aws"
    assert not any(region.endswith("-global") for found in partitions().values() for region in found.regions)


def test_iam_is_signed_for_the_region_botocore_signs_it_for() -> None:
    from botocore.session import Session

    session = Session()
    for partition_id, found in partitions().items():
        for region in found.regions if partition_id != "aws" else ("us-east-1", "eu-west-1"):
            client = session.create_client(
                "iam", region_name=region, aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="example"
            )
            assert client._request_signer._region_name == iam_region(partition_id), region


def test_sts_without_a_region_goes_to_a_region_of_the_partition() -> None:
    for partition_id, found in partitions().items():
        assert default_region(partition_id) in found.regions
    assert default_region("aws") == "us-east-1"


def test_botocore_is_not_imported() -> None:
    program = (
        "import sys; from passrole.catalog.partitions import partition_of_region as p;"
        "assert p('us-east-1') == 'aws'; sys.exit('botocore' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
