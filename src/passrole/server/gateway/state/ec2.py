"""EC2: tags, owners of images and snapshots, and the attributes of resources that condition keys are about.

Source: Service Authorization Reference, Amazon EC2, condition keys
<https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html>
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from passrole.activity.bind.state import Answer, Encryption, Known, NoSuchThing, NotKnown
from passrole.policy.arn import Arn
from passrole.server.gateway.state.ec2_defaults import association_instance, default_subnet, group_named
from passrole.server.gateway.state.ec2_links import behind
from passrole.server.gateway.state.ec2_volumes import default_encryption, encryption_of, root_snapshot, volumes_of
from passrole.server.gateway.state.of_service import OfService, member_of, tags_under

_Value = Callable[[Mapping[str, object], Arn], object]


def _at(*path: str) -> _Value:
    return lambda found, _: member_of(found, *path)


def _arn(kind: str, *path: str) -> _Value:
    """The ARN of another resource of the same account, of whose id the answer tells."""

    def value(found: Mapping[str, object], resource: Arn) -> object:
        name = member_of(found, *path)
        account = "" if kind == "snapshot" else str(found.get("OwnerId") or resource.account)
        return f"arn:{resource.partition}:ec2:{resource.region}:{account}:{kind}/{name}" if name else None

    return value


def _id(_: Mapping[str, object], resource: Arn) -> object:
    return resource.resource.partition("/")[2]


def _owner(found: Mapping[str, object], _: Arn) -> object:
    """ec2:Owner is an account, or the alias that Amazon's own and the marketplace's images have."""
    return found.get("ImageOwnerAlias") or found.get("OwnerAlias") or found.get("OwnerId")


def _market(found: Mapping[str, object], _: Arn) -> object:
    return found.get("InstanceLifecycle") or "on-demand"


_VPC: Final = {"ec2:Vpc": _arn("vpc", "VpcId")}
_READ: Final[Mapping[str, tuple[str, str, str]]] = {
    "image": ("DescribeImages", "ImageIds", "Images"),
    "internet-gateway": ("DescribeInternetGateways", "InternetGatewayIds", "InternetGateways"),
    "key-pair": ("DescribeKeyPairs", "KeyNames", "KeyPairs"),
    "network-acl": ("DescribeNetworkAcls", "NetworkAclIds", "NetworkAcls"),
    "network-interface": ("DescribeNetworkInterfaces", "NetworkInterfaceIds", "NetworkInterfaces"),
    "placement-group": ("DescribePlacementGroups", "GroupNames", "PlacementGroups"),
    "route-table": ("DescribeRouteTables", "RouteTableIds", "RouteTables"),
    "security-group": ("DescribeSecurityGroups", "GroupIds", "SecurityGroups"),
    "snapshot": ("DescribeSnapshots", "SnapshotIds", "Snapshots"),
    "subnet": ("DescribeSubnets", "SubnetIds", "Subnets"),
    "volume": ("DescribeVolumes", "VolumeIds", "Volumes"),
    "vpc": ("DescribeVpcs", "VpcIds", "Vpcs"),
}
"""What shows a resource: the operation, the parameter that takes its name, and the member that lists it."""

_ATTRIBUTES: Final[Mapping[str, Mapping[str, _Value]]] = {
    "image": {
        "ec2:ImageID": _id,
        "ec2:ImageType": _at("ImageType"),
        "ec2:Owner": _owner,
        "ec2:Public": _at("Public"),
        "ec2:RootDeviceType": _at("RootDeviceType"),
    },
    "instance": {
        "ec2:AvailabilityZone": _at("Placement", "AvailabilityZone"),
        "ec2:EbsOptimized": _at("EbsOptimized"),
        "ec2:InstanceID": _id,
        "ec2:InstanceMarketType": _market,
        "ec2:InstanceProfile": _at("IamInstanceProfile", "Arn"),
        "ec2:InstanceType": _at("InstanceType"),
        "ec2:MetadataHttpEndpoint": _at("MetadataOptions", "HttpEndpoint"),
        "ec2:MetadataHttpPutResponseHopLimit": _at("MetadataOptions", "HttpPutResponseHopLimit"),
        "ec2:MetadataHttpTokens": _at("MetadataOptions", "HttpTokens"),
        "ec2:PlacementGroup": _arn("placement-group", "Placement", "GroupName"),
        "ec2:RootDeviceType": _at("RootDeviceType"),
        "ec2:Tenancy": _at("Placement", "Tenancy"),
    },
    "internet-gateway": {"ec2:InternetGatewayID": _id},
    "key-pair": {"ec2:KeyPairName": _id, "ec2:KeyPairType": _at("KeyType")},
    "network-acl": {**_VPC, "ec2:NetworkAclID": _id},
    "network-interface": {
        **_VPC,
        "ec2:AvailabilityZone": _at("AvailabilityZone"),
        "ec2:NetworkInterfaceID": _id,
        "ec2:Subnet": _arn("subnet", "SubnetId"),
    },
    "placement-group": {"ec2:PlacementGroupName": _id, "ec2:PlacementGroupStrategy": _at("Strategy")},
    "route-table": {**_VPC, "ec2:RouteTableID": _id},
    "security-group": {**_VPC, "ec2:SecurityGroupID": _id},
    "snapshot": {
        "ec2:Encrypted": _at("Encrypted"),
        "ec2:Owner": _owner,
        "ec2:ParentVolume": _arn("volume", "VolumeId"),
        "ec2:SnapshotID": _id,
        "ec2:VolumeSize": _at("VolumeSize"),
    },
    "subnet": {
        **_VPC,
        "ec2:AvailabilityZone": _at("AvailabilityZone"),
        "ec2:AvailabilityZoneId": _at("AvailabilityZoneId"),
        "ec2:SubnetID": _id,
    },
    "volume": {
        "ec2:AvailabilityZone": _at("AvailabilityZone"),
        "ec2:Encrypted": _at("Encrypted"),
        "ec2:KmsKeyId": _at("KmsKeyId"),
        "ec2:ParentSnapshot": _arn("snapshot", "SnapshotId"),
        "ec2:VolumeID": _id,
        "ec2:VolumeIops": _at("Iops"),
        "ec2:VolumeSize": _at("Size"),
        "ec2:VolumeThroughput": _at("Throughput"),
        "ec2:VolumeType": _at("VolumeType"),
    },
    "vpc": {"ec2:Tenancy": _at("InstanceTenancy"), "ec2:VpcID": _id},
}
_BY_NAME: Final = frozenset({"key-pair", "placement-group"})
"""Whose ARNs have a name, which DescribeTags does not know."""


class Ec2State(OfService):
    service = "ec2"

    def tags(self, resource: Arn) -> Answer[Mapping[str, str]]:
        kind, _, name = resource.resource.partition("/")
        if kind in _BY_NAME:
            found = self._shown(resource)
            return tags_under(found, "Tags") if isinstance(found, (Known, NotKnown)) else NoSuchThing()
        filters = [{"Name": "resource-id", "Values": [name]}]
        listed = self.place.readings.all_of(
            "ec2",
            "DescribeTags",
            "Tags",
            region=resource.region,
            account=resource.account or self._holder(resource),
            Filters=filters,
        )
        return tags_under(Known({"Tags": list(listed.value)}), "Tags") if isinstance(listed, Known) else listed

    def owner(self, resource: Arn) -> Answer[str]:
        if resource.account or "*" in resource.resource:
            # What a call is to make is its caller's.
            return super().owner(resource)
        found = self._shown(resource)
        if not isinstance(found, Known):
            return found
        owner = found.value.get("OwnerId")
        return Known(str(owner)) if owner else NotKnown(f"the backend does not show whose `{resource}` is")

    def stands_for(self, resource: Arn) -> Answer[str]:
        kind, _, name = resource.resource.partition("/")
        if kind == "iam-instance-profile-association":
            return association_instance(self.place, resource, name)
        if kind == "subnet" and name.partition("/")[0] == "default":
            return default_subnet(self.place, resource, name.partition("/")[2])
        if kind == "security-group":
            named, _, subnet = name.partition("/")
            return group_named(self.place, resource, named, subnet)
        return behind(self.place, resource)

    def encryption(self, resource: Arn) -> Answer[Encryption]:
        """NoSuchThing for what is not encrypted; of `volume/*` the default for new volumes."""
        kind, _, name = resource.resource.partition("/")
        if (kind, name) == ("volume", "*"):
            return default_encryption(self.place, resource)
        if kind not in ("image", "snapshot", "volume"):
            return super().encryption(resource)
        found = self._shown(resource)
        if kind == "image" and isinstance(found, Known):
            snapshot = root_snapshot(found.value)
            if snapshot is None:
                return NoSuchThing()
            found = self._shown(Arn(resource.partition, "ec2", resource.region, "", f"snapshot/{snapshot}"))
        if not isinstance(found, Known):
            return found
        return encryption_of(self.place, found.value, str(found.value.get("OwnerId") or self.place.account))

    def content(self, resource: Arn, what: str) -> Answer[Mapping[str, object]]:
        """The data of one version of a launch template."""
        kind, _, identifier = resource.resource.partition("/")
        if kind != "launch-template":
            return super().content(resource, what)
        answer = self.read("DescribeLaunchTemplateVersions", resource, LaunchTemplateId=identifier, Versions=[what])
        if not isinstance(answer, Known):
            return answer
        version = _first(answer.value.get("LaunchTemplateVersions"))
        data = member_of(version.value, "LaunchTemplateData") if isinstance(version, Known) else None
        return Known(data) if isinstance(data, Mapping) else NoSuchThing()

    def attribute(self, resource: Arn, name: str) -> Answer[str | tuple[str, ...]]:
        kind, _, identifier = resource.resource.partition("/")
        if (kind, name) == ("instance", "Volumes"):
            shown = self._shown(resource)
            return Known(volumes_of(shown.value)) if isinstance(shown, Known) else shown
        value = _ATTRIBUTES.get(kind, {}).get(name)
        if value is None or "*" in identifier:
            return super().attribute(resource, name)
        if value is _id:
            return Known(identifier)
        found = self._shown(resource)
        if not isinstance(found, Known):
            return found
        seen = value(found.value, resource)
        if seen is None:
            return NoSuchThing()
        return Known(str(seen).lower() if isinstance(seen, bool) else str(seen))

    def _shown(self, resource: Arn) -> Answer[Mapping[str, object]]:
        """The resource as its Describe operation shows it."""
        kind, _, name = resource.resource.partition("/")
        if kind == "instance":
            answer = self.read("DescribeInstances", resource, InstanceIds=[name])
            listed = answer.value.get("Reservations") if isinstance(answer, Known) else None
            return _first(_first_list(listed, "Instances")) if isinstance(answer, Known) else answer
        if kind not in _READ:
            return NotKnown(f"passrole does not read resources of EC2 of the type {kind}")
        operation, parameter, member = _READ[kind]
        answer = self.read(operation, resource, **{parameter: [name]})
        return _first(answer.value.get(member)) if isinstance(answer, Known) else answer

    def _holder(self, resource: Arn) -> str:
        """Tags are the account's that reads them; those of an image of another account do not show."""
        return self.place.account if not resource.account else resource.account


def _first_list(value: object, member: str) -> object:
    first = value[0] if isinstance(value, list) and value else None
    return member_of(first, member)


def _first(value: object) -> Answer[Mapping[str, object]]:
    if isinstance(value, list) and value and isinstance(value[0], Mapping):
        return Known(value[0])
    return NoSuchThing()
