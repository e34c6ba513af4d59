"""Amazon EC2: launching, tagging, import and export, instance profiles."""

from __future__ import annotations

import pytest
from tests.activity.activity_bind_state import HERE, KEY, Facts, asks_of, call, pairs

from passrole.activity.bind.bind import bind
from passrole.activity.bind.model import Asked, Basis, Bound, Refused, Why
from passrole.activity.bind.services.ec2_keys import _TELLING
from passrole.activity.bind.state import Encryption
from passrole.catalog.actions import get_action

LAUNCH = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ExamplePolicies_EC2.html"
TAGGING = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html"
IMPORT = "https://docs.aws.amazon.com/vm-import/latest/userguide/required-permissions.html"
SAR = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html"

EC2 = f"arn:aws:ec2:{HERE}:"
IMAGES = "arn:aws:ec2:eu-central-1::"
ROLE = "arn:aws:iam::111122223333:role/web"
PROFILE = "arn:aws:iam::111122223333:instance-profile/web"
LICENCE = f"arn:aws:license-manager:{HERE}:license-configuration:lic-1"
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
            {"LicenseSpecifications": [{"LicenseConfigurationArn": LICENCE}]},
            ("ec2:RunInstances", LICENCE),
        ),
        (
            {"CapacityReservationSpecification": {"CapacityReservationTarget": {"CapacityReservationId": "cr-1"}}},
            ("ec2:RunInstances", f"{EC2}capacity-reservation/cr-1"),
        ),
        (
            {"InstanceMarketOptions": {"MarketType": "spot"}},
            ("ec2:RunInstances", f"{EC2}spot-instances-request/*"),
        ),
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
    ("CreateImage", {"InstanceId": "i-1", "Name": "n"}, [("ec2:CreateImage", "arn:aws:ec2:eu-central-1::image/*"), ("ec2:CreateImage", f"{EC2}instance/i-1"), ("ec2:CreateImage", "arn:aws:ec2:eu-central-1::snapshot/*")], SAR),
    ("CreateVolume", {"AvailabilityZone": "eu-central-1a", "TagSpecifications": [{"ResourceType": "volume", "Tags": [{"Key": "a", "Value": "b"}]}]}, [("ec2:CreateVolume", f"{EC2}volume/*"), ("ec2:CreateTags", f"{EC2}volume/*")], SAR),
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


TEMPLATE = f"{EC2}launch-template/lt-1"
TEMPLATES = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/permissions-for-launch-templates.html"
WITH_TEMPLATE = Facts(
    names={**STATE.names, f"{EC2}launch-template/web": TEMPLATE},
    contents={
        (TEMPLATE, "$Default"): {
            "ImageId": "ami-7",
            "InstanceType": "t3.micro",
            "SecurityGroupIds": ["sg-7"],
            "IamInstanceProfile": {"Arn": PROFILE},
            "TagSpecifications": TAGS,
        },
        (TEMPLATE, "2"): {"ImageId": "ami-8"},
    },
)


def test_a_launch_asks_about_its_template_and_what_the_template_says() -> None:
    parameters = {"LaunchTemplate": {"LaunchTemplateName": "web"}, "SubnetId": "subnet-1", "MinCount": 1, "MaxCount": 1}
    asks = asks_of("ec2", "RunInstances", parameters, WITH_TEMPLATE)
    assert pairs(asks) == [
        ("ec2:RunInstances", TEMPLATE),
        ("ec2:RunInstances", f"{IMAGES}image/ami-7"),
        ("ec2:RunInstances", f"{EC2}instance/*"),
        ("ec2:RunInstances", f"{EC2}network-interface/*"),
        ("ec2:RunInstances", f"{EC2}subnet/subnet-1"),
        ("ec2:RunInstances", f"{EC2}security-group/sg-7"),
        ("ec2:RunInstances", f"{EC2}volume/*"),
        ("ec2:CreateTags", f"{EC2}instance/*"),
        ("iam:PassRole", ROLE),
    ], TEMPLATES
    assert all(each.context["ec2:LaunchTemplate"] == TEMPLATE for each in asks if each.action == "ec2:RunInstances")
    assert _of(asks, "image/ami-7").context["ec2:IsLaunchTemplateResource"] == "true"
    assert _of(asks, "subnet-1").context["ec2:IsLaunchTemplateResource"] == "false"
    assert _of(asks, "instance/*").context["ec2:InstanceType"] == "t3.micro"


def test_the_call_overrides_the_template() -> None:
    named = {"LaunchTemplateId": "lt-1"}
    parameters = {"LaunchTemplate": named, "ImageId": "ami-1", "InstanceType": "m5.large"}
    asks = asks_of("ec2", "RunInstances", parameters, WITH_TEMPLATE)
    assert _of(asks, "image/ami-1").context["ec2:IsLaunchTemplateResource"] == "false", TEMPLATES
    assert _of(asks, "instance/*").context["ec2:InstanceType"] == "m5.large"
    assert "ec2:IsLaunchTemplateResource" in _of(asks, "instance/*").unknown, "call and template both describe it"


def test_a_version_of_a_template_that_is_not_known_refuses_the_launch() -> None:
    for version, facts, why in [("3", WITH_TEMPLATE, Why.RESOURCE_NOT_NAMED), ("3", Facts(open=True), Why.NOT_KNOWN)]:
        named = {"LaunchTemplateId": "lt-1", "Version": version}
        refused = bind(call("ec2", "RunInstances", {"LaunchTemplate": named}), facts)
        assert isinstance(refused, Refused)
        assert refused.why is why
    second = {"LaunchTemplate": {"LaunchTemplateId": "lt-1", "Version": "2"}}
    assert _of(asks_of("ec2", "RunInstances", second, WITH_TEMPLATE), "image/ami-8")


def test_an_image_that_a_parameter_holds_is_read_for_the_caller() -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-systems-manager-parameter-to-find-AMI.html"""
    parameter = f"arn:aws:ssm:{HERE}:parameter/golden/ami"
    facts = Facts(names={**STATE.names, parameter: f"{IMAGES}image/ami-9"})
    asked = pairs(asks_of("ec2", "RunInstances", {**IN_SUBNET, "ImageId": "resolve:ssm:/golden/ami:3"}, facts))
    assert asked[:2] == [("ssm:GetParameters", parameter), ("ec2:RunInstances", f"{IMAGES}image/ami-9")]


def test_security_groups_by_name_are_those_of_the_default_vpc() -> None:
    facts = Facts(names={**STATE.names, f"{EC2}security-group/web": f"{EC2}security-group/sg-9"})
    asked = pairs(asks_of("ec2", "RunInstances", {"ImageId": "ami-1", "SecurityGroups": ["web"]}, facts))
    assert ("ec2:RunInstances", f"{EC2}security-group/sg-9") in asked


def test_the_instance_that_a_passed_role_is_for() -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html"""
    profile = {"IamInstanceProfile": {"Arn": PROFILE}}
    launched = asks_of("ec2", "RunInstances", {**IN_SUBNET, **profile}, STATE)[-1]
    assert launched.context["iam:AssociatedResourceArn"] == f"{EC2}instance/*"
    associated = asks_of("ec2", "AssociateIamInstanceProfile", {"InstanceId": "i-1", **profile}, STATE)
    assert associated[0].context["ec2:NewInstanceProfile"] == PROFILE
    assert associated[1].context["iam:AssociatedResourceArn"] == f"{EC2}instance/i-1"


def test_a_spot_fleet_asks_for_each_of_its_launches() -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-fleet-prerequisites.html"""
    launch = {"ImageId": "ami-1", "SubnetId": "subnet-1, subnet-2", "IamInstanceProfile": {"Arn": PROFILE}}
    fleet_role = "arn:aws:iam::111122223333:role/aws-ec2-spot-fleet-tagging-role"
    parameters = {"SpotFleetRequestConfig": {"IamFleetRole": fleet_role, "LaunchSpecifications": [launch]}}
    asks = asks_of("ec2", "RequestSpotFleet", parameters, STATE)
    assert pairs(asks) == [
        ("ec2:RequestSpotFleet", f"{EC2}spot-fleet-request/*"),
        ("ec2:RequestSpotFleet", f"{IMAGES}image/ami-1"),
        ("ec2:RequestSpotFleet", f"{EC2}subnet/subnet-1"),
        ("ec2:RequestSpotFleet", f"{EC2}subnet/subnet-2"),
        ("iam:PassRole", ROLE),
        ("iam:PassRole", fleet_role),
    ]
    assert asks[-1].context["iam:PassedToService"] == "spotfleet.amazonaws.com"


def test_a_fleet_asks_about_its_templates_with_their_overrides() -> None:
    config = {"LaunchTemplateSpecification": {"LaunchTemplateId": "lt-1"}, "Overrides": [{"SubnetId": "subnet-1"}]}
    asked = pairs(asks_of("ec2", "CreateFleet", {"LaunchTemplateConfigs": [config]}, WITH_TEMPLATE))
    assert asked == [
        ("ec2:CreateFleet", f"{EC2}fleet/*"),
        ("ec2:CreateFleet", f"{EC2}instance/*"),
        ("ec2:CreateFleet", TEMPLATE),
        ("ec2:CreateFleet", f"{IMAGES}image/ami-7"),
        ("ec2:CreateFleet", f"{EC2}subnet/subnet-1"),
        ("iam:PassRole", ROLE),
    ], SAR


def test_keys_of_what_a_call_makes() -> None:
    """https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html#amazonec2-policy-keys"""
    parameters = {"AvailabilityZone": "eu-central-1a", "Size": 8, "Encrypted": True, "SnapshotId": "snap-1"}
    volume = asks_of("ec2", "CreateVolume", parameters, STATE)[0]
    assert volume.context["ec2:VolumeSize"] == "8"
    assert volume.context["ec2:Encrypted"] == "true"
    assert volume.context["ec2:ParentSnapshot"] == f"{IMAGES}snapshot/snap-1"
    assert "ec2:VolumeType" in volume.unknown, "EC2 takes its default"
    assert "ec2:VolumeID" not in {*volume.context, *volume.unknown}
    assert "aws:ResourceTag/*" not in volume.unknown, "the reference lists no such key for a volume that is made"
    source = Facts(attributes={(f"{EC2}volume/vol-1", "ec2:VolumeSize"): "8"})
    snapshot = asks_of("ec2", "CreateSnapshot", {"VolumeId": "vol-1"}, source, Basis.SAME_NAME)[0]
    assert snapshot.context["ec2:VolumeSize"] == "8"
    assert snapshot.context["ec2:ParentVolume"] == f"{EC2}volume/vol-1"


def test_the_two_sides_of_a_peering() -> None:
    parameters = {"VpcId": "vpc-1", "PeerVpcId": "vpc-2", "PeerOwnerId": "444455556666", "PeerRegion": "us-east-1"}
    asks = asks_of("ec2", "CreateVpcPeeringConnection", parameters, STATE, Basis.SAME_NAME)
    connection = _of(asks, "vpc-peering-connection/*")
    assert connection.context["ec2:RequesterVpc"] == f"{EC2}vpc/vpc-1", SAR
    assert connection.context["ec2:AccepterVpc"] == "arn:aws:ec2:us-east-1:444455556666:vpc/vpc-2", SAR


def test_the_owner_of_an_endpoints_service() -> None:
    for name, owner in [
        ("com.amazonaws.eu-central-1.s3", "amazon"),
        ("com.amazonaws.vpce.eu-central-1.vpce-svc-1", None),
    ]:
        asks = asks_of("ec2", "CreateVpcEndpoint", {"VpcId": "vpc-1", "ServiceName": name}, STATE, Basis.SAME_NAME)
        endpoint = _of(asks, "vpc-endpoint/*")
        assert endpoint.context.get("ec2:VpceServiceOwner") == owner, SAR
        assert endpoint.context["ec2:VpceServiceName"] == name


def test_what_a_call_tells_is_listed_for_its_action() -> None:
    """A key that AWS does not list for the action would allow by a condition that AWS never fulfils."""
    for (operation, kind), keys in _TELLING.items():
        action = get_action(f"ec2:{operation}")
        assert action is not None
        (listed,) = [each.condition_keys for each in action.resources if each.name == kind]
        assert set(keys) <= {key.lower() for key in listed}, operation


def test_keys_of_what_is_there_come_from_the_stored_state() -> None:
    instance = f"{EC2}instance/i-1"
    facts = Facts(attributes={(instance, "ec2:InstanceType"): "t3.micro", (instance, "ec2:Tenancy"): "default"})
    (asked,) = asks_of("ec2", "StopInstances", {"InstanceIds": ["i-1"]}, facts, Basis.SAME_NAME)
    assert asked.context["ec2:InstanceType"] == "t3.micro"
    assert asked.context["ec2:InstanceID"] == "i-1"
    assert asked.context["ec2:Region"] == "eu-central-1"
    assert asked.unknown["ec2:InstanceProfile"] == "the test does not say"


def test_with_whom_a_snapshot_is_shared() -> None:
    for parameters in (
        {"CreateVolumePermission": {"Add": [{"UserId": "444455556666"}]}},
        {"OperationType": "add", "UserIds": ["444455556666"]},
    ):
        (asked,) = asks_of(
            "ec2", "ModifySnapshotAttribute", {"SnapshotId": "snap-1", **parameters}, STATE, Basis.SAME_NAME
        )
        assert asked.context["ec2:Add/userId"] == ("444455556666",)
        assert "ec2:Remove/userId" not in {*asked.context, *asked.unknown}


def test_the_key_of_an_encrypted_volume() -> None:
    """https://docs.aws.amazon.com/ebs/latest/userguide/how-ebs-encryption-works.html"""
    empty = {"AvailabilityZone": "eu-central-1a", "KmsKeyId": KEY, "Encrypted": True}
    asks = asks_of("ec2", "CreateVolume", empty, STATE)
    assert pairs(asks)[1:] == [("kms:GenerateDataKeyWithoutPlaintext", KEY)]
    assert asks[1].context["kms:ViaService"] == "ec2.eu-central-1.amazonaws.com"
    assert asks[1].called_via == ("ec2.amazonaws.com",)
    from_plain = pairs(asks_of("ec2", "CreateVolume", {**empty, "SnapshotId": "snap-1"}, STATE))
    assert from_plain[2:] == [("kms:GenerateDataKeyWithoutPlaintext", KEY), ("kms:CreateGrant", KEY)]
    encrypted = Facts(encrypted={f"{IMAGES}snapshot/snap-1": Encryption("aws:kms", KEY)})
    inherited = pairs(asks_of("ec2", "CreateVolume", {"AvailabilityZone": "a", "SnapshotId": "snap-1"}, encrypted))
    assert inherited[2:] == [("kms:GenerateDataKeyWithoutPlaintext", KEY)]
    managed = {**empty, "KmsKeyId": "alias/aws/ebs"}
    assert len(asks_of("ec2", "CreateVolume", managed, STATE)) == 1


def test_attaching_an_encrypted_volume_asks_for_a_grant() -> None:
    """https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption-requirements.html"""
    facts = Facts(encrypted={f"{EC2}volume/vol-1": Encryption("aws:kms", KEY)})
    asks = asks_of("ec2", "AttachVolume", {"InstanceId": "i-1", "VolumeId": "vol-1", "Device": "/dev/sdh"}, facts)
    assert pairs(asks)[2:] == [("kms:CreateGrant", KEY)]
    assert asks[2].context["kms:GrantIsForAWSResource"] == "true"
    assert asks[2].context["kms:EncryptionContext:aws:ebs:id"] == "vol-1"


def test_new_volumes_have_the_accounts_default_key() -> None:
    """https://docs.aws.amazon.com/ebs/latest/userguide/encryption-by-default.html"""
    always = Facts(encrypted={f"{EC2}volume/*": Encryption("aws:kms", KEY)})
    on_demand = Facts(encrypted={f"{EC2}volume/*": Encryption("", KEY)})
    plain, asked = {"AvailabilityZone": "a", "Size": 1}, {"AvailabilityZone": "a", "Size": 1, "Encrypted": True}
    for parameters, facts, expected in [(plain, always, 1), (plain, on_demand, 0), (asked, on_demand, 1)]:
        assert len(asks_of("ec2", "CreateVolume", parameters, facts)) == 1 + expected


def test_a_launch_with_an_encrypted_disk_makes_and_attaches_it() -> None:
    disk = [{"DeviceName": "/dev/sdh", "Ebs": {"VolumeSize": 8, "Encrypted": True, "KmsKeyId": KEY}}]
    asked = pairs(asks_of("ec2", "RunInstances", {**IN_SUBNET, "BlockDeviceMappings": disk}, STATE))
    assert asked[-2:] == [("kms:GenerateDataKeyWithoutPlaintext", KEY), ("kms:CreateGrant", KEY)]


def test_the_root_volume_of_an_encrypted_image_asks_its_key_whatever_other_disks_there_are() -> None:
    """https://docs.aws.amazon.com/ebs/latest/userguide/how-ebs-encryption-works.html"""
    facts = Facts(encrypted={f"{IMAGES}image/ami-1": Encryption("aws:kms", KEY)})
    disk = [{"DeviceName": "/dev/sdh", "Ebs": {"VolumeSize": 8}}]
    for more in ({}, {"BlockDeviceMappings": disk}):
        asked = pairs(asks_of("ec2", "RunInstances", {**IN_SUBNET, **more}, facts))
        assert asked[-2:] == [("kms:GenerateDataKeyWithoutPlaintext", KEY), ("kms:CreateGrant", KEY)]


def test_how_a_disk_is_encrypted_must_be_known() -> None:
    for operation, parameters in [
        ("CreateVolume", {"AvailabilityZone": "a", "Size": 1}),
        ("AttachVolume", {"InstanceId": "i-1", "VolumeId": "vol-1", "Device": "/dev/sdh"}),
        ("RunInstances", IN_SUBNET),
    ]:
        refused = bind(call("ec2", operation, parameters), Facts(open=True))
        assert isinstance(refused, Refused), operation
        assert refused.why is Why.NOT_KNOWN
