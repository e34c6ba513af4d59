"""EC2's fleets and requests for Spot Instances: what each launch in them is about, and the roles that they get.

A launch template in a fleet is asked about, with what it says and what the overrides say in its place.
Sources: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html>,
<https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-fleet-prerequisites.html>.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.model import Asked, CannotBindError, Why
from passrole.activity.bind.parameter_paths import found_at, texts_at
from passrole.activity.bind.pass_role import pass_role, role_of_profile
from passrole.activity.bind.rows import Builder, Row, Table, anywhere, both
from passrole.activity.bind.services.ec2_ids import ec2_arn
from passrole.activity.bind.services.ec2_parts import PAGE, asking
from passrole.activity.bind.services.ec2_tags import create_tags, create_tags_at, specified
from passrole.activity.bind.services.ec2_templates import template_arn, template_data
from passrole.catalog.actions import get_action

_NAMED: Final = {
    "image": ("ImageId",),
    "key-pair": ("KeyName",),
    "network-interface": ("NetworkInterfaces.NetworkInterfaceId",),
    "placement-group": ("Placement.GroupName",),
    "security-group": ("SecurityGroupIds", "SecurityGroups.GroupId", "NetworkInterfaces.Groups"),
    "snapshot": ("BlockDeviceMappings.Ebs.SnapshotId",),
    "subnet": ("NetworkInterfaces.SubnetId",),
}
"""Where a launch names things, by their type; a Spot Fleet's `SubnetId` can hold several, parted by commas."""


def _launch(inquiry: Inquiry, action: str, launch: Mapping[str, object]) -> Iterator[Asked]:
    """What one launch names, of the types that AWS lets the action be allowed on, and the role of its profile."""
    facts = get_action(action)
    kinds = {each.name for each in facts.resources} if facts else set()
    names = {kind: [name for path in paths for name in texts_at(launch, path)] for kind, paths in _NAMED.items()}
    names["subnet"] += [each.strip() for text in texts_at(launch, "SubnetId") for each in text.split(",")]
    for kind in sorted(kinds & set(names)):
        for name in dict.fromkeys(names[kind]):
            yield inquiry.ask(action, ec2_arn(inquiry, kind, name), kind, requested={})
    profile = launch.get("IamInstanceProfile")
    role = role_of_profile(inquiry, profile) if isinstance(profile, Mapping) and profile else None
    if role is not None:
        yield pass_role(inquiry, role, "ec2", ec2_arn(inquiry, "instance", "*"))


def _specified(action: str, path: str) -> Builder:
    """Each launch specification at the path."""

    def build(inquiry: Inquiry) -> Iterator[Asked]:
        for each in found_at(inquiry.call.parameters, path):
            if isinstance(each, Mapping):
                if any(not isinstance(group, Mapping) for group in each.get("SecurityGroups") or ()):
                    reason = "security groups are named, and which ids they have is not read"
                    raise CannotBindError(Why.NOT_KNOWN, reason)
                yield from _launch(inquiry, action, each)

    return build


def _from_templates(action: str, path: str) -> Builder:
    """Each launch template at the path, once with each of its overrides."""

    def build(inquiry: Inquiry) -> Iterator[Asked]:
        for config in found_at(inquiry.call.parameters, path):
            named = config.get("LaunchTemplateSpecification") if isinstance(config, Mapping) else None
            if not isinstance(config, Mapping) or not isinstance(named, Mapping):
                continue
            template = template_arn(inquiry, named)
            yield inquiry.ask(action, template, "launch-template", requested={})
            data = template_data(inquiry, template, str(named.get("Version") or "$Default"))
            for override in specified(config.get("Overrides")) or ({},):
                yield from _launch(inquiry, action, {**data, **override})

    return build


def _fleet(name: str, line: str, *, specifications: str = "", templates: str, tags: Builder = create_tags) -> Row:
    action = f"ec2:{name}"
    builders = [asking(action, line), _from_templates(action, templates)]
    if specifications:
        builders.append(_specified(action, specifications))
    return Row(both(*builders, tags), PAGE)


TABLE: Table = {
    "CreateFleet": _fleet("CreateFleet", "+fleet +instance", templates="LaunchTemplateConfigs"),
    "ModifyFleet": _fleet("ModifyFleet", "fleet=FleetId", templates="LaunchTemplateConfigs"),
    "ModifySpotFleetRequest": _fleet(
        "ModifySpotFleetRequest", "spot-fleet-request=SpotFleetRequestId", templates="LaunchTemplateConfigs"
    ),
    "RequestSpotFleet": _fleet(
        "RequestSpotFleet",
        "+spot-fleet-request",
        specifications="SpotFleetRequestConfig.LaunchSpecifications",
        templates="SpotFleetRequestConfig.LaunchTemplateConfigs",
        tags=create_tags_at("SpotFleetRequestConfig.TagSpecifications"),
    ),
    "RunScheduledInstances": Row(
        both(anywhere("ec2:RunScheduledInstances"), _specified("ec2:RunScheduledInstances", "LaunchSpecification")),
        PAGE,
    ),
    "RequestSpotInstances": Row(
        both(
            asking("ec2:RequestSpotInstances", "+spot-instances-request"),
            _specified("ec2:RequestSpotInstances", "LaunchSpecification"),
            create_tags,
        ),
        PAGE,
    ),
}
