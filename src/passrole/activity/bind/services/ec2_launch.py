"""RunInstances: the image, the instance, what it is put into and what is made with it, tags, keys and the role it gets.

With a launch template, the template is asked about too, and everything that it says.
Sources: <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ExamplePolicies_EC2.html#iam-example-runinstances>,
<https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/permissions-for-launch-templates.html>,
<https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html>.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.model import Asked, CannotBindError, Why
from passrole.activity.bind.pass_role import pass_role, role_of_profile
from passrole.activity.bind.services.ec2_ids import ec2_arn
from passrole.activity.bind.services.ec2_kms import made_volume
from passrole.activity.bind.services.ec2_launch_beside import beside
from passrole.activity.bind.services.ec2_launch_keys import instance_keys, interface_keys, volume_keys
from passrole.activity.bind.services.ec2_tags import create_tags_of, specified
from passrole.activity.bind.services.ec2_templates import Launch, launch_of
from passrole.activity.bind.tags import request_tag_keys, specified_tags
from passrole.engine.request import ContextValue

Keys = dict[str, ContextValue | None]
_PARAMETER: Final = "resolve:ssm:"


def run_instances(inquiry: Inquiry) -> Iterator[Asked]:
    """One question for each resource, then for tagging what is made, for keys, then for the role."""
    launch = launch_of(inquiry)
    if launch.template:
        yield _ask(inquiry, launch, launch.template, "launch-template", {}, True)
    yield from _image(inquiry, launch)
    from_template = True if launch.adds_nothing else None if launch.template else False
    instance = ec2_arn(inquiry, "instance", "*")
    yield _ask(inquiry, launch, instance, "instance", instance_keys(inquiry, launch), from_template, new=True)
    yield from _network(inquiry, launch)
    yield from _volumes(inquiry, launch)
    named = _text(launch, "KeyName")
    if named:
        yield _ask(inquiry, launch, ec2_arn(inquiry, "key-pair", named), "key-pair", {}, _origin(launch, "KeyName"))
    group = _mapping(launch, "Placement").get("GroupName")
    if group:
        arn = ec2_arn(inquiry, "placement-group", str(group))
        yield _ask(inquiry, launch, arn, "placement-group", {}, _origin(launch, "Placement"))
    yield from beside(inquiry, launch.parameters)
    yield from create_tags_of(inquiry, launch.parameters.get("TagSpecifications"))
    profile = _mapping(launch, "IamInstanceProfile")
    role = role_of_profile(inquiry, profile) if profile else None
    if role is not None:
        yield pass_role(inquiry, role, "ec2", instance)


def _ask(
    inquiry: Inquiry, launch: Launch, arn: str, kind: str, keys: Keys, from_template: bool | None, *, new: bool = False
) -> Asked:
    """`from_template` None leaves ec2:IsLaunchTemplateResource unknown."""
    known: Keys = {"ec2:LaunchTemplate": launch.template, "ec2:ManagedResourceOperator": None, **keys}
    if from_template is not None:
        known["ec2:IsLaunchTemplateResource"] = str(from_template).lower()
    tags = request_tag_keys(specified_tags(launch.parameters.get("TagSpecifications"), kind)) if new else {}
    return inquiry.ask("ec2:RunInstances", arn, kind, known, requested=tags, new=new)


def _origin(launch: Launch, *members: str) -> bool | None:
    return launch.is_of_template(*members)


def _image(inquiry: Inquiry, launch: Launch) -> Iterator[Asked]:
    """By its id, or by the parameter of Systems Manager that holds it, which is then read for the caller."""
    image = _text(launch, "ImageId")
    if image is not None and image.startswith(_PARAMETER):
        name = image.removeprefix(_PARAMETER).partition(":")[0]
        parameter = inquiry.arn("ssm", f"parameter/{name.removeprefix('/')}")
        yield inquiry.ask("ssm:GetParameters", parameter, "parameter")
        image = (inquiry.behind(parameter, "the image") or "").rpartition("/")[2]
    if image is None or not image.startswith("ami-"):
        raise CannotBindError(Why.RESOURCE_NOT_NAMED, "the call names no image by its id")
    yield _ask(inquiry, launch, ec2_arn(inquiry, "image", image), "image", {}, _origin(launch, "ImageId"))


def _network(inquiry: Inquiry, launch: Launch) -> Iterator[Asked]:
    """Interfaces that are there or to be made, and their subnets and security groups.

    Without a subnet or group, EC2 takes defaults, which the account tells: `state.stands_for("arn:…:subnet/default")`,
    with an Availability Zone `…:subnet/default/ZONE`; `…:security-group/default` is the default VPC's, and
    `…:security-group/default/SUBNET` that of the VPC of a subnet, as for a group
    by its name `…:security-group/NAME`.
    """
    members = ("SubnetId", "SecurityGroupIds", "SecurityGroups", "NetworkInterfaces")
    origin = _origin(launch, *members)
    subnets: list[str] = []
    groups = [ec2_arn(inquiry, "security-group", name) for name in _texts(launch, "SecurityGroupIds")]
    groups += [_behind(inquiry, "security-group", name) for name in _texts(launch, "SecurityGroups")]
    listed = specified(launch.parameters.get("NetworkInterfaces"))
    for each in listed:
        if each.get("NetworkInterfaceId"):
            arn = ec2_arn(inquiry, "network-interface", str(each["NetworkInterfaceId"]))
            yield _ask(inquiry, launch, arn, "network-interface", {}, origin)
            continue
        subnets += [str(each["SubnetId"])] if each.get("SubnetId") else []
        groups += [ec2_arn(inquiry, "security-group", str(group)) for group in _listed(each.get("Groups"))]
    subnets += [named] if (named := _text(launch, "SubnetId")) else []
    if listed and not subnets and all(each.get("NetworkInterfaceId") for each in listed):
        return
    zone = _mapping(launch, "Placement").get("AvailabilityZone")
    subnet_arns = [ec2_arn(inquiry, "subnet", name) for name in subnets] or [_default(inquiry, "subnet", zone)]
    group_arns = groups or [_default(inquiry, "security-group", subnets[0] if subnets else None)]
    keys = interface_keys(inquiry, subnet_arns[0], listed)
    interface = ec2_arn(inquiry, "network-interface", "*")
    yield _ask(inquiry, launch, interface, "network-interface", keys, origin, new=True)
    for arn in dict.fromkeys(subnet_arns):
        yield _ask(inquiry, launch, arn, "subnet", {}, origin)
    for arn in dict.fromkeys(group_arns):
        yield _ask(inquiry, launch, arn, "security-group", {}, origin)


def _default(inquiry: Inquiry, kind: str, of: object = None) -> str:
    return _behind(inquiry, kind, f"default/{of}" if of else "default")


def _behind(inquiry: Inquiry, kind: str, name: str) -> str:
    arn = inquiry.behind(ec2_arn(inquiry, kind, name), "the id")
    if arn is None:
        raise CannotBindError(Why.RESOURCE_NOT_NAMED, f"there is no {kind} `{name}` in the default VPC")
    return arn


def _volumes(inquiry: Inquiry, launch: Launch) -> Iterator[Asked]:
    """A volume is made for the image's root device, and one for each device; a snapshot is asked about by its id."""
    asked: list[Asked] = []
    volume = ec2_arn(inquiry, "volume", "*")
    origin = _origin(launch, "BlockDeviceMappings")
    for device in specified(launch.parameters.get("BlockDeviceMappings")):
        disk = device.get("Ebs")
        if not isinstance(disk, Mapping):
            continue
        if disk.get("SnapshotId"):
            snapshot = ec2_arn(inquiry, "snapshot", str(disk["SnapshotId"]))
            asked.append(_ask(inquiry, launch, snapshot, "snapshot", {}, origin))
        asked.append(_ask(inquiry, launch, volume, "volume", volume_keys(inquiry, disk), origin, new=True))
        asked += made_volume(inquiry, disk, attached=True)
    yield from asked or [_ask(inquiry, launch, volume, "volume", {}, origin, new=True)]
    # The root volume is made of the image whatever the devices say of others.
    yield from _root(inquiry, launch)


def _root(inquiry: Inquiry, launch: Launch) -> Iterator[Asked]:
    """The key of the root volume, as the image describes it."""
    yield from made_volume(inquiry, {}, attached=True, image=_text(launch, "ImageId"))


def _text(launch: Launch, member: str) -> str | None:
    value = launch.parameters.get(member)
    return str(value) if value not in (None, "") else None


def _texts(launch: Launch, member: str) -> tuple[str, ...]:
    return tuple(str(each) for each in _listed(launch.parameters.get(member)))


def _listed(value: object) -> tuple[object, ...]:
    return tuple(value) if isinstance(value, (list, tuple)) else ()


def _mapping(launch: Launch, member: str) -> Mapping[str, object]:
    value = launch.parameters.get(member)
    return value if isinstance(value, Mapping) else {}
