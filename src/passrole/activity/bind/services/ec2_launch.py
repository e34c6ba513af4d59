"""RunInstances: the image, the instance, what it is put into and what is made with it, tags and the role it gets.

A launch template is refused: what it says is not in the call.
Sources: <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ExamplePolicies_EC2.html#iam-example-runinstances>,
<https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html>.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.model import Asked, CannotBindError, Why
from passrole.activity.bind.pass_role import pass_role, role_of_profile
from passrole.activity.bind.services.ec2_ids import ec2_arn
from passrole.activity.bind.tags import request_tag_keys, specified_tags
from passrole.engine.request import ContextValue

Keys = dict[str, ContextValue | None]


def run_instances(inquiry: Inquiry) -> Iterator[Asked]:
    """One question for each resource, then for tagging what is made, then for the role."""
    if inquiry.call.parameters.get("LaunchTemplate"):
        raise CannotBindError(Why.NOT_KNOWN, "what a launch template says is not in the call, and is not read")
    image = inquiry.text("ImageId")
    if image is None or not image.startswith("ami-"):
        raise CannotBindError(Why.RESOURCE_NOT_NAMED, "the call names no image by its id")
    yield _ask(inquiry, "image", image, {"ec2:ImageID": image})
    yield _ask(inquiry, "instance", "*", _instance_keys(inquiry), new=True)
    yield from _network(inquiry)
    yield from _volumes(inquiry)
    for member, kind in (("KeyName", "key-pair"),):
        named = inquiry.text(member)
        if named:
            yield _ask(inquiry, kind, named, {"ec2:KeyPairName": named})
    group = inquiry.mapping("Placement").get("GroupName")
    if group:
        yield _ask(inquiry, "placement-group", str(group), {"ec2:PlacementGroupName": str(group)})
    yield from create_tags(inquiry)
    profile = inquiry.mapping("IamInstanceProfile")
    if profile:
        role = role_of_profile(inquiry, profile)
        if role is not None:
            yield pass_role(inquiry, role, "ec2")


def create_tags(inquiry: Inquiry) -> Iterator[Asked]:
    """ec2:CreateTags on each type of what a call makes and tags, with ec2:CreateAction."""
    specifications = inquiry.call.parameters.get("TagSpecifications")
    for each in specifications if isinstance(specifications, (list, tuple)) else ():
        kind = str(each.get("ResourceType"))
        tags = request_tag_keys(specified_tags([each], kind))
        if tags:
            keys: Keys = {"ec2:CreateAction": inquiry.call.operation, "ec2:Region": inquiry.call.region}
            arn = ec2_arn(inquiry, kind, "*")
            yield inquiry.ask("ec2:CreateTags", arn, kind, keys, requested=tags, new=True)


def _ask(inquiry: Inquiry, kind: str, name: str, keys: Keys, *, new: bool = False) -> Asked:
    tags = request_tag_keys(specified_tags(inquiry.call.parameters.get("TagSpecifications"), kind))
    known: Keys = {
        "ec2:Region": inquiry.call.region,
        "ec2:IsLaunchTemplateResource": "false",
        "ec2:LaunchTemplate": None,
        "ec2:ManagedResourceOperator": None,
        **keys,
    }
    return inquiry.ask("ec2:RunInstances", ec2_arn(inquiry, kind, name), kind, known, requested=tags, new=new)


def _instance_keys(inquiry: Inquiry) -> Keys:
    metadata = inquiry.mapping("MetadataOptions")
    placement = inquiry.mapping("Placement")
    market = inquiry.mapping("InstanceMarketOptions")
    keys: Keys = {
        "ec2:InstanceID": None,
        "ec2:InstanceType": inquiry.text("InstanceType") or "m1.small",
        "ec2:EbsOptimized": str(bool(inquiry.call.parameters.get("EbsOptimized"))).lower(),
        "ec2:InstanceMarketType": str(market["MarketType"]) if market.get("MarketType") else "on-demand",
        "ec2:InstanceProfile": None,
    }
    for key, member in (
        ("ec2:MetadataHttpTokens", "HttpTokens"),
        ("ec2:MetadataHttpEndpoint", "HttpEndpoint"),
        ("ec2:MetadataHttpPutResponseHopLimit", "HttpPutResponseHopLimit"),
        ("ec2:InstanceMetadataTags", "InstanceMetadataTags"),
    ):
        if metadata.get(member) is not None:
            keys[key] = str(metadata[member])
    for key, member in (("ec2:Tenancy", "Tenancy"), ("ec2:AvailabilityZone", "AvailabilityZone")):
        if placement.get(member):
            keys[key] = str(placement[member])
    if not placement.get("GroupName"):
        keys["ec2:PlacementGroup"] = None
    profile = inquiry.mapping("IamInstanceProfile")
    if profile:
        arn = profile.get("Arn") or inquiry.arn("iam", f"instance-profile/{profile.get('Name')}", region=False)
        keys["ec2:InstanceProfile"] = str(arn)
    return keys


def _network(inquiry: Inquiry) -> Iterator[Asked]:
    """Interfaces that are there or to be made, and their subnets and security groups.

    Without a subnet or group, EC2 takes defaults, which the account tells: `state.stands_for("arn:…:subnet/default")`,
    with an Availability Zone `…:subnet/default/ZONE`; `…:security-group/default` is the default VPC's, and
    `…:security-group/default/SUBNET` that of the VPC of a subnet.
    """
    subnets: list[str] = []
    groups = list(inquiry.texts("SecurityGroupIds"))
    if inquiry.texts("SecurityGroups"):
        raise CannotBindError(Why.NOT_KNOWN, "security groups are named, and which ids they have is not read")
    interfaces = inquiry.call.parameters.get("NetworkInterfaces")
    listed: Sequence[object] = interfaces if isinstance(interfaces, (list, tuple)) else ()
    for each in listed:
        if not isinstance(each, Mapping):
            continue
        if each.get("NetworkInterfaceId"):
            name = str(each["NetworkInterfaceId"])
            yield _ask(inquiry, "network-interface", name, {"ec2:NetworkInterfaceID": name})
            continue
        subnets += [str(each["SubnetId"])] if each.get("SubnetId") else []
        groups += [str(group) for group in each.get("Groups") or ()]
    if inquiry.text("SubnetId"):
        subnets.append(inquiry.need("SubnetId"))
    if listed and not subnets and all(isinstance(each, Mapping) and each.get("NetworkInterfaceId") for each in listed):
        return
    zone = inquiry.mapping("Placement").get("AvailabilityZone")
    subnet_arns = [ec2_arn(inquiry, "subnet", name) for name in subnets] or [_default(inquiry, "subnet", zone)]
    group_arns = [ec2_arn(inquiry, "security-group", name) for name in groups]
    group_arns = group_arns or [_default(inquiry, "security-group", subnets[0] if subnets else None)]
    yield _ask(
        inquiry, "network-interface", "*", {"ec2:Subnet": subnet_arns[0], "ec2:NetworkInterfaceID": None}, new=True
    )
    for arn in dict.fromkeys(subnet_arns):
        name = arn.rpartition("/")[2]
        yield _ask(inquiry, "subnet", name, {"ec2:SubnetID": name})
    for arn in dict.fromkeys(group_arns):
        name = arn.rpartition("/")[2]
        yield _ask(inquiry, "security-group", name, {"ec2:SecurityGroupID": name})


def _default(inquiry: Inquiry, kind: str, of: object = None) -> str:
    arn = inquiry.behind(ec2_arn(inquiry, kind, f"default/{of}" if of else "default"), "the default")
    if arn is None:
        raise CannotBindError(Why.RESOURCE_NOT_NAMED, f"the call names no {kind}, and there is no default one")
    return arn


def _volumes(inquiry: Inquiry) -> Iterator[Asked]:
    """A volume is made for the image's root device, and one for each device; a snapshot is asked about by its id."""
    devices = inquiry.call.parameters.get("BlockDeviceMappings")
    asked: list[Asked] = []
    for each in devices if isinstance(devices, (list, tuple)) else ():
        volume = each.get("Ebs") if isinstance(each, Mapping) else None
        if not isinstance(volume, Mapping):
            continue
        keys: Keys = {"ec2:VolumeID": None}
        for key, member in (
            ("ec2:VolumeSize", "VolumeSize"),
            ("ec2:VolumeType", "VolumeType"),
            ("ec2:VolumeIops", "Iops"),
        ):
            if volume.get(member) is not None:
                keys[key] = str(volume[member])
        if volume.get("Encrypted") is not None:
            keys["ec2:Encrypted"] = str(bool(volume["Encrypted"])).lower()
        if volume.get("SnapshotId"):
            snapshot = str(volume["SnapshotId"])
            keys["ec2:ParentSnapshot"] = ec2_arn(inquiry, "snapshot", snapshot)
            asked.append(_ask(inquiry, "snapshot", snapshot, {"ec2:SnapshotID": snapshot}))
        asked.append(_ask(inquiry, "volume", "*", keys, new=True))
    yield from asked or [_ask(inquiry, "volume", "*", {"ec2:VolumeID": None}, new=True)]
