"""EC2's own condition keys: the Region, what an ARN says itself, and what a call says of the thing that it makes.

A thing that is there is described by the stored state (`state.attribute(arn, "ec2:VolumeSize")`). Where a parameter is
not given and EC2 fills in a default, the key's value is not known: a line with `!` says that the key is absent then.
Source: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html#amazonec2-policy-keys>
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.key_sources import Found, KeySource, Told
from passrole.activity.bind.parameter_paths import texts_at
from passrole.activity.bind.services.ec2_ids import ec2_arn
from passrole.activity.bind.state import Known

_ID_KEYS: Final = {
    "allocationid": "elastic-ip",
    "dhcpoptionsid": "dhcp-options",
    "imageid": "image",
    "instanceid": "instance",
    "internetgatewayid": "internet-gateway",
    "keypairname": "key-pair",
    "networkaclid": "network-acl",
    "networkinterfaceid": "network-interface",
    "placementgroupname": "placement-group",
    "routetableid": "route-table",
    "securitygroupid": "security-group",
    "snapshotid": "snapshot",
    "subnetid": "subnet",
    "volumeid": "volume",
    "vpcid": "vpc",
    "vpcpeeringconnectionid": "vpc-peering-connection",
    **{
        f"{kind.title().replace('-', '').lower()}id": kind
        for kind in (
            "transit-gateway",
            "transit-gateway-attachment",
            "transit-gateway-connect-peer",
            "transit-gateway-metering-policy",
            "transit-gateway-multicast-domain",
            "transit-gateway-policy-table",
            "transit-gateway-route-table",
            "transit-gateway-route-table-announcement",
        )
    },
}
"""By the key, the type of resource whose name in the ARN is its value."""

_TOLD: Final[Mapping[str, str]] = {
    "AllocateHosts/dedicated-host": "AutoPlacement=AutoPlacement AvailabilityZone=AvailabilityZone "
    "HostRecovery=HostRecovery InstanceType=InstanceType! Quantity=Quantity",
    "CreateCapacityReservation/capacity-reservation": "InstanceType=InstanceType InstancePlatform=InstancePlatform "
    "AvailabilityZone=AvailabilityZone AvailabilityZoneId=AvailabilityZoneId Tenancy=Tenancy EbsOptimized=EbsOptimized "
    "InstanceCount=InstanceCount EndDate=EndDate! EndDateType=EndDateType InstanceMatchCriteria=InstanceMatchCriteria "
    "EphemeralStorage=EphemeralStorage OutpostArn=OutpostArn! PlacementGroup=PlacementGroupArn!",
    "CreateKeyPair/key-pair": "KeyPairType=KeyType",
    "CreatePlacementGroup/placement-group": "PlacementGroupStrategy=Strategy",
    "CreateSnapshot/snapshot": "ParentVolume=volume/VolumeId OutpostArn=OutpostArn! Location=Location",
    "CreateSubnet/subnet": "Ipv4IpamPoolId=Ipv4IpamPoolId! Ipv6IpamPoolId=Ipv6IpamPoolId!",
    "CreateVolume/volume": "AvailabilityZone=AvailabilityZone AvailabilityZoneId=AvailabilityZoneId "
    "Encrypted=Encrypted KmsKeyId=KmsKeyId ParentSnapshot=snapshot/SnapshotId! VolumeIops=Iops VolumeSize=Size "
    "VolumeThroughput=Throughput VolumeType=VolumeType VolumeInitializationRate=VolumeInitializationRate!",
    "CreateVpc/vpc": "Ipv4IpamPoolId=Ipv4IpamPoolId! Ipv6IpamPoolId=Ipv6IpamPoolId!",
    "CreateVpcEndpoint/vpc-endpoint": "VpceServiceName=ServiceName VpceServiceRegion=ServiceRegion",
    "CreateVpcPeeringConnection/vpc-peering-connection": "RequesterVpc=vpc/VpcId",
}
"""What a call says of one type of resource: keys without `ec2:`, each with the path of its parameter, which may hold
the id of a type whose ARN is the key's value (`vpc/VpcId`)."""


def _region(inquiry: Inquiry, _action: str, _resource: str, _new: bool) -> Found:
    return inquiry.call.region


def _of_arn(kind: str, _inquiry: Inquiry, _action: str, resource: str, new: bool) -> Found:
    """The resource's own name; a thing yet to be made has none, unless the call names it."""
    of_kind, slash, name = resource.split(":", 5)[-1].partition("/")
    if of_kind != kind or not slash:
        return Told.NOT_HERE
    if name == "*":
        return Told.ABSENT if new else Told.NOT_HERE
    return name


def _told(key: str, inquiry: Inquiry, _action: str, resource: str, new: bool) -> Found:
    kind = resource.split(":", 5)[-1].partition("/")[0]
    told = _TELLING.get((inquiry.call.operation, kind), {}).get(key)
    if told is None or not new:
        return Told.NOT_HERE
    path = told.rstrip("!")
    of_kind, slash, member = path.rpartition("/")
    values = texts_at(inquiry.call.parameters, member)
    if not values:
        return Told.ABSENT if told.endswith("!") else Told.NOT_HERE
    named = tuple(ec2_arn(inquiry, of_kind, value) if slash else value for value in values)
    return named[0] if len(named) == 1 else named


def _shared(change: str, what: str, inquiry: Inquiry, _action: str, _resource: str, _new: bool) -> Found:
    """With whom ModifySnapshotAttribute starts or stops sharing, in either of the two ways to say so."""
    parameters = inquiry.call.parameters
    if inquiry.call.operation != "ModifySnapshotAttribute":
        return Told.ABSENT
    named = list(texts_at(parameters, f"CreateVolumePermission.{change}.{what}"))
    if inquiry.text("OperationType") == change.lower():
        named += inquiry.texts(f"{what}s" if what == "UserId" else "GroupNames")
    return tuple(named) if named else Told.ABSENT


def _accepter(inquiry: Inquiry, _action: str, _resource: str, new: bool) -> Found:
    """The VPC that is asked to peer, which may be in another account and Region."""
    peer = inquiry.text("PeerVpcId")
    if not new or peer is None:
        return Told.NOT_HERE
    call = inquiry.call
    region, owner = inquiry.text("PeerRegion") or call.region, inquiry.text("PeerOwnerId") or call.account
    return f"arn:{call.partition}:ec2:{region}:{owner}:vpc/{peer}"


def _service_owner(inquiry: Inquiry, _action: str, _resource: str, new: bool) -> Found:
    """`amazon` for a service of AWS's own; of a service in an account, only AWS knows the account."""
    name = inquiry.text("ServiceName") or ""
    own = new and name.startswith(("com.amazonaws.", "aws.")) and ".vpce." not in name
    return "amazon" if own else Told.NOT_HERE


def _size_of_source(inquiry: Inquiry, action: str, resource: str, new: bool) -> Found:
    """A snapshot has the size of its volume, which the stored state tells."""
    if new and inquiry.call.operation == "CreateSnapshot" and inquiry.text("VolumeId"):
        source = inquiry.state.attribute(ec2_arn(inquiry, "volume", inquiry.need("VolumeId")), "ec2:VolumeSize")
        return source.value if isinstance(source, Known) else Told.NOT_HERE
    return _told("ec2:volumesize", inquiry, action, resource, new)


def _telling() -> dict[tuple[str, str], dict[str, str]]:
    table: dict[tuple[str, str], dict[str, str]] = {}
    for place, line in _TOLD.items():
        operation, _, kind = place.partition("/")
        pairs = (word.partition("=") for word in line.split())
        table[operation, kind] = {f"ec2:{key}".lower(): path for key, _, path in pairs}
    return table


_TELLING: Final = _telling()
KEYS: Final[Mapping[str, KeySource]] = {
    **{key: partial(_told, key) for keys in _TELLING.values() for key in keys},
    **{f"ec2:{key}": partial(_of_arn, kind) for key, kind in _ID_KEYS.items()},
    **{
        f"ec2:{change}/{what}".lower(): partial(_shared, change, what)
        for change in ("Add", "Remove")
        for what in ("UserId", "Group")
    },
    "ec2:acceptervpc": _accepter,
    "ec2:region": _region,
    "ec2:volumesize": _size_of_source,
    "ec2:vpceserviceowner": _service_owner,
}
