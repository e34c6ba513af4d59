"""Amazon EC2: launching, tagging, import and export, instance profiles."""

from __future__ import annotations

import pytest
from tests.activity.activity_bind_state import HERE, Facts, asks_of, call, pairs

from passrole.activity.bind.bind import bind
from passrole.activity.bind.model import Asked, Basis, Bound, Refused, Why

LAUNCH = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ExamplePolicies_EC2.html"
TAGGING = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html"
IMPORT = "https://docs.aws.amazon.com/vm-import/latest/userguide/required-permissions.html"
SAR = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html"

EC2 = f"arn:aws:ec2:{HERE}:"
ROLE = "arn:aws:iam::111122223333:role/web"
PROFILE = "arn:aws:iam::111122223333:instance-profile/web"
VMIMPORT = "arn:aws:iam::111122223333:role/vmimport"
STATE = Facts(
    names={
        PROFILE: ROLE,
        f"{EC2}subnet/default": f"{EC2}subnet/subnet-0d",
        f"{EC2}security-group/default": f"{EC2}security-group/sg-0d",
    }
)
IN_SUBNET: dict[str, object] = {"ImageId": "ami-1", "SubnetId": "subnet-1", "SecurityGroupIds": ["sg-1"]}
BASE = [
    ("ec2:RunInstances", "arn:aws:ec2:eu-central-1::image/ami-1"),
    ("ec2:RunInstances", f"{EC2}instance/*"),
    ("ec2:RunInstances", f"{EC2}network-interface/*"),
    ("ec2:RunInstances", f"{EC2}subnet/subnet-1"),
    ("ec2:RunInstances", f"{EC2}security-group/sg-1"),
    ("ec2:RunInstances", f"{EC2}volume/*"),
]
TAGS = [{"ResourceType": "instance", "Tags": [{"Key": "team", "Value": "a"}]}]


def test_launching_asks_about_every_resource() -> None:
    assert pairs(asks_of("ec2", "RunInstances", IN_SUBNET, STATE)) == BASE, LAUNCH


def test_without_a_subnet_those_of_the_default_vpc_are_asked_about() -> None:
    asked = pairs(asks_of("ec2", "RunInstances", {"ImageId": "ami-1"}, STATE))
    assert ("ec2:RunInstances", f"{EC2}subnet/subnet-0d") in asked
    assert ("ec2:RunInstances", f"{EC2}security-group/sg-0d") in asked
    unknown = bind(call("ec2", "RunInstances", {"ImageId": "ami-1"}), Facts(open=True))
    assert isinstance(unknown, Refused)
    assert unknown.why is Why.NOT_KNOWN


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"KeyName": "k"}, ("ec2:RunInstances", f"{EC2}key-pair/k")),
        ({"Placement": {"GroupName": "g"}}, ("ec2:RunInstances", f"{EC2}placement-group/g")),
        ({"IamInstanceProfile": {"Name": "web"}}, ("iam:PassRole", ROLE)),
        ({"IamInstanceProfile": {"Arn": PROFILE}}, ("iam:PassRole", ROLE)),
        ({"TagSpecifications": TAGS}, ("ec2:CreateTags", f"{EC2}instance/*")),
        (
            {"BlockDeviceMappings": [{"DeviceName": "/dev/sdh", "Ebs": {"SnapshotId": "snap-1"}}]},
            ("ec2:RunInstances", "arn:aws:ec2:eu-central-1::snapshot/snap-1"),
        ),
    ],
)
def test_what_a_launch_asks_besides(more: dict[str, object], expected: tuple[str, str]) -> None:
    asked = pairs(asks_of("ec2", "RunInstances", {**IN_SUBNET, **more}, STATE))
    assert set(asked) == {*BASE, expected}, LAUNCH


def test_an_interface_that_is_there_replaces_subnet_and_groups() -> None:
    parameters = {"ImageId": "ami-1", "NetworkInterfaces": [{"NetworkInterfaceId": "eni-1", "DeviceIndex": 0}]}
    asked = pairs(asks_of("ec2", "RunInstances", parameters, STATE))
    assert ("ec2:RunInstances", f"{EC2}network-interface/eni-1") in asked
    assert not any("subnet/" in resource for _, resource in asked)


def test_the_role_of_a_profile_that_is_not_known_refuses_the_launch() -> None:
    parameters = {**IN_SUBNET, "IamInstanceProfile": {"Name": "other"}}
    refused = bind(call("ec2", "RunInstances", parameters), Facts(open=True))
    assert isinstance(refused, Refused)
    assert refused.why is Why.NOT_KNOWN


def test_a_launch_template_is_refused() -> None:
    assert isinstance(
        bind(call("ec2", "RunInstances", {"LaunchTemplate": {"LaunchTemplateId": "lt-1"}}), STATE), Refused
    )


def _of(asks: object, resource: str) -> Asked:
    assert isinstance(asks, tuple)
    return next(each for each in asks if isinstance(each, Asked) and each.resource.endswith(resource))


def test_keys_of_a_launch() -> None:
    parameters = {
        **IN_SUBNET,
        "InstanceType": "t3.micro",
        "MetadataOptions": {"HttpTokens": "required"},
        "TagSpecifications": TAGS,
        "IamInstanceProfile": {"Name": "web"},
    }
    asks = asks_of("ec2", "RunInstances", parameters, STATE)
    instance = _of(asks, "instance/*")
    assert instance.context["ec2:InstanceType"] == "t3.micro"
    assert instance.context["ec2:MetadataHttpTokens"] == "required"
    assert instance.context["ec2:InstanceProfile"] == PROFILE
    assert instance.context["aws:RequestTag/team"] == "a"
    volume = _of(asks, "volume/*")
    assert "aws:RequestTag/team" not in volume.context, "tags are of the instance alone"
    assert "ec2:Encrypted" in volume.unknown, "the image or the account's default decides it"
    tagging = next(each for each in asks if each.action == "ec2:CreateTags")
    assert tagging.context["ec2:CreateAction"] == "RunInstances"
    passed = next(each for each in asks if each.action == "iam:PassRole")
    assert passed.context["iam:PassedToService"] == "ec2.amazonaws.com"


def test_in_china_ec2_has_the_partitions_name() -> None:
    from passrole.activity.bind.model import ApiCall, Bound

    profile = "arn:aws-cn:iam::111122223333:instance-profile/web"
    role = "arn:aws-cn:iam::111122223333:role/web"
    made = ApiCall(
        "ec2",
        "AssociateIamInstanceProfile",
        "cn-north-1",
        "111122223333",
        {"InstanceId": "i-1", "IamInstanceProfile": {"Arn": profile}},
        "aws-cn",
    )
    bound = bind(made, Facts(names={profile: role}))
    assert isinstance(bound, Bound)
    assert bound.asks[0].resource == "arn:aws-cn:ec2:cn-north-1:111122223333:instance/i-1"
    assert bound.asks[1].context["iam:PassedToService"] == "ec2.amazonaws.com.cn"


# (operation, parameters, expected questions, page)
CASES: list[tuple[str, dict[str, object], list[tuple[str, str]], str]] = [
    ("CreateTags", {"Resources": ["i-1", "ami-1", "tgw-attach-1"], "Tags": []}, [("ec2:CreateTags", f"{EC2}instance/i-1"), ("ec2:CreateTags", "arn:aws:ec2:eu-central-1::image/ami-1"), ("ec2:CreateTags", f"{EC2}transit-gateway-attachment/tgw-attach-1")], TAGGING),
    ("ImportImage", {"DiskContainers": []}, [("ec2:ImportImage", "arn:aws:ec2:eu-central-1::image/*"), ("ec2:ImportImage", f"{EC2}import-image-task/*"), ("iam:PassRole", VMIMPORT)], IMPORT),
    ("ExportImage", {"ImageId": "ami-1", "RoleName": "web"}, [("ec2:ExportImage", "arn:aws:ec2:eu-central-1::image/ami-1"), ("ec2:ExportImage", f"{EC2}export-image-task/*"), ("iam:PassRole", ROLE)], IMPORT),
    ("AuthorizeSecurityGroupIngress", {"GroupId": "sg-1"}, [("ec2:AuthorizeSecurityGroupIngress", f"{EC2}security-group/sg-1")], SAR),
    ("CreateSecurityGroup", {"GroupName": "g", "Description": "d", "VpcId": "vpc-1"}, [("ec2:CreateSecurityGroup", f"{EC2}security-group/*"), ("ec2:CreateSecurityGroup", f"{EC2}vpc/vpc-1")], SAR),
    ("CreateKeyPair", {"KeyName": "k"}, [("ec2:CreateKeyPair", f"{EC2}key-pair/k")], SAR),
    ("CreateImage", {"InstanceId": "i-1", "Name": "n"}, [("ec2:CreateImage", "arn:aws:ec2:eu-central-1::image/*"), ("ec2:CreateImage", f"{EC2}instance/i-1")], SAR),
]  # fmt: skip


@pytest.mark.parametrize(("operation", "parameters", "expected", "page"), CASES)
def test_what_a_call_asks(
    operation: str, parameters: dict[str, object], expected: list[tuple[str, str]], page: str
) -> None:
    asks = asks_of("ec2", operation, parameters, STATE)
    assert pairs(asks) == expected, page
    assert all(each.context["iam:PassedToService"] == "vmie.amazonaws.com" for each in asks if each.action[:3] == "iam")


# Operations of EC2 that have no row: the action of the same name, on what the parameters name.
BY_NAME: list[tuple[str, dict[str, object], list[tuple[str, str]]]] = [
    ("TerminateInstances", {"InstanceIds": ["i-1", "i-2"]}, [("ec2:TerminateInstances", f"{EC2}instance/i-1"), ("ec2:TerminateInstances", f"{EC2}instance/i-2")]),
    ("DescribeInstances", {}, [("ec2:DescribeInstances", "*")]),
    ("DeleteVpc", {"VpcId": "vpc-1"}, [("ec2:DeleteVpc", f"{EC2}vpc/vpc-1")]),
    ("CreateVolume", {"AvailabilityZone": "eu-central-1a", "TagSpecifications": [{"ResourceType": "volume", "Tags": [{"Key": "a", "Value": "b"}]}]}, [("ec2:CreateVolume", f"{EC2}volume/*"), ("ec2:CreateTags", f"{EC2}volume/*")]),
]  # fmt: skip


@pytest.mark.parametrize(("operation", "parameters", "expected"), BY_NAME)
def test_operations_without_a_row(
    operation: str, parameters: dict[str, object], expected: list[tuple[str, str]]
) -> None:
    assert pairs(asks_of("ec2", operation, parameters, STATE, Basis.SAME_NAME)) == expected, SAR


def test_a_request_for_spot_instances_passes_the_role_of_its_profile() -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html"""
    for profile in ({"Name": "web"}, {"Arn": PROFILE}):
        parameters = {"LaunchSpecification": {"ImageId": "ami-1", "IamInstanceProfile": profile}}
        asks = bind(call("ec2", "RequestSpotInstances", parameters), STATE)
        assert isinstance(asks, Bound), asks
        assert [each.resource for each in asks.asks if each.action == "iam:PassRole"] == [ROLE]
