"""What stands behind names and ids of EC2 that are no resource's own: associations, attachments, addresses, names.

All things of the type are listed, and searched for the one that has the id: filters differ between backends.
Source: the Describe operations of the Amazon EC2 API Reference
<https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Operations.html>
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from passrole.activity.bind.state import Answer, Known, NoSuchThing, NotKnown
from passrole.policy.arn import Arn
from passrole.server.gateway.state.of_service import Place, member_of


@dataclass(frozen=True, slots=True)
class Link:
    """`operation` lists things under `member`; `within` is a list in each of them where the id may stand (empty: in the
    thing itself) at `id_path`, and beside it at `value_path` what is behind. `of_thing` says that the value is of the
    thing and not of the entry. Only a value that begins with `prefix` is of the type asked for."""

    operation: str
    member: str
    id_path: tuple[str, ...]
    value_path: tuple[str, ...]
    within: str = ""
    of_thing: bool = False
    prefix: str = ""


_ADDRESSES: Final = ("DescribeAddresses", "Addresses")
_TABLES: Final = ("DescribeRouteTables", "RouteTables", ("RouteTableAssociationId",))
_LINKS: Final[Mapping[tuple[str, str], Link]] = {
    ("elastic-ip", "eipassoc"): Link(*_ADDRESSES, ("AssociationId",), ("AllocationId",)),
    ("network-interface", "eipassoc"): Link(*_ADDRESSES, ("AssociationId",), ("NetworkInterfaceId",)),
    ("instance", "eni-attach"): Link(
        "DescribeNetworkInterfaces", "NetworkInterfaces", ("Attachment", "AttachmentId"), ("Attachment", "InstanceId")
    ),
    ("network-interface", "eni-attach"): Link(
        "DescribeNetworkInterfaces", "NetworkInterfaces", ("Attachment", "AttachmentId"), ("NetworkInterfaceId",)
    ),
    ("internet-gateway", "rtbassoc"): Link(*_TABLES, ("GatewayId",), "Associations", prefix="igw-"),
    ("key-pair", "key"): Link("DescribeKeyPairs", "KeyPairs", ("KeyPairId",), ("KeyName",)),
    ("placement-group", "pg"): Link("DescribePlacementGroups", "PlacementGroups", ("GroupId",), ("GroupName",)),
    ("route-table", "rtbassoc"): Link(*_TABLES, ("RouteTableId",), "Associations", of_thing=True),
    ("subnet", "aclassoc"): Link(
        "DescribeNetworkAcls", "NetworkAcls", ("NetworkAclAssociationId",), ("SubnetId",), "Associations"
    ),
    ("subnet", "rtbassoc"): Link(*_TABLES, ("SubnetId",), "Associations"),
    ("subnet", "subnet-cidr-assoc"): Link(
        "DescribeSubnets", "Subnets", ("AssociationId",), ("SubnetId",), "Ipv6CidrBlockAssociationSet", of_thing=True
    ),
    ("vpc", "pcx"): Link(
        "DescribeVpcPeeringConnections",
        "VpcPeeringConnections",
        ("VpcPeeringConnectionId",),
        ("AccepterVpcInfo", "VpcId"),
    ),
    ("vpc", "vpc-cidr-assoc"): Link(
        "DescribeVpcs", "Vpcs", ("AssociationId",), ("VpcId",), "CidrBlockAssociationSet", of_thing=True
    ),
    ("vpn-gateway", "rtbassoc"): Link(*_TABLES, ("GatewayId",), "Associations", prefix="vgw-"),
}
"""By the type that is asked for, and how the id begins."""

_BY_NAME: Final[Mapping[str, Link]] = {
    "elastic-ip": Link(*_ADDRESSES, ("PublicIp",), ("AllocationId",)),
    "launch-template": Link(
        "DescribeLaunchTemplates", "LaunchTemplates", ("LaunchTemplateName",), ("LaunchTemplateId",)
    ),
    "network-interface": Link(*_ADDRESSES, ("PublicIp",), ("NetworkInterfaceId",)),
}


def behind(place: Place, resource: Arn) -> Answer[str]:
    """The ARN of the resource of the type that the name or id leads to; NoSuchThing where it leads to none."""
    kind, _, name = resource.resource.partition("/")
    link = _LINKS.get((kind, name.rpartition("-")[0])) or _BY_NAME.get(kind)
    if link is None:
        return NotKnown(f"passrole does not read what `{resource}` stands for")
    listed = place.readings.all_of("ec2", link.operation, link.member, region=resource.region, account=resource.account)
    if not isinstance(listed, Known):
        return listed
    found = {value for thing in listed.value for value in _values(thing, link, name)}
    if len(found) != 1:
        return NoSuchThing()
    return Known(f"arn:{resource.partition}:ec2:{resource.region}:{resource.account}:{kind}/{found.pop()}")


def _values(thing: object, link: Link, name: str) -> Iterator[str]:
    entries = member_of(thing, link.within) if link.within else [thing]
    for entry in entries if isinstance(entries, list) else []:
        if member_of(entry, *link.id_path) == name:
            value = member_of(thing if link.of_thing else entry, *link.value_path)
            if isinstance(value, str) and value.startswith(link.prefix):
                yield value
