"""Condition keys of what RunInstances makes: the instance, its interface and its volumes.

What a parameter does not say and EC2 fills in is not known, but for what the subnet or the image tells.
Source: <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/iam-policy-structure.html#amazon-ec2-keys>
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.parameter_paths import as_text, texts_at
from passrole.activity.bind.services.ec2_ids import ec2_arn
from passrole.activity.bind.services.ec2_templates import Launch
from passrole.activity.bind.state import Known
from passrole.engine.request import ContextValue

Keys = dict[str, ContextValue | None]

_OF_INSTANCE: Final = {
    "ec2:AvailabilityZone": "Placement.AvailabilityZone",
    "ec2:AvailabilityZoneId": "Placement.AvailabilityZoneId",
    "ec2:CpuOptionsAmdSevSnp": "CpuOptions.AmdSevSnp",
    "ec2:InstanceAutoRecovery": "MaintenanceOptions.AutoRecovery",
    "ec2:InstanceBandwidthWeighting": "NetworkPerformanceOptions.BandwidthWeighting",
    "ec2:InstanceMetadataTags": "MetadataOptions.InstanceMetadataTags",
    "ec2:MetadataHttpEndpoint": "MetadataOptions.HttpEndpoint",
    "ec2:MetadataHttpPutResponseHopLimit": "MetadataOptions.HttpPutResponseHopLimit",
    "ec2:MetadataHttpTokens": "MetadataOptions.HttpTokens",
    "ec2:Tenancy": "Placement.Tenancy",
}
_OF_VOLUME: Final = {
    "ec2:AvailabilityZone": "AvailabilityZone",
    "ec2:AvailabilityZoneId": "AvailabilityZoneId",
    "ec2:Encrypted": "Encrypted",
    "ec2:VolumeInitializationRate": "VolumeInitializationRate",
    "ec2:VolumeIops": "Iops",
    "ec2:VolumeSize": "VolumeSize",
    "ec2:VolumeThroughput": "Throughput",
    "ec2:VolumeType": "VolumeType",
}


def instance_keys(inquiry: Inquiry, launch: Launch) -> Keys:
    """EC2 launches an m1.small where no type is named, On-Demand where no market is."""
    parameters = launch.parameters
    keys: Keys = {
        "ec2:InstanceType": _first(parameters, "InstanceType") or "m1.small",
        "ec2:EbsOptimized": as_text(bool(parameters.get("EbsOptimized"))),
        "ec2:InstanceMarketType": _first(parameters, "InstanceMarketOptions.MarketType") or "on-demand",
        "ec2:InstanceProfile": _profile(inquiry, parameters.get("IamInstanceProfile")),
        "ec2:NewInstanceProfile": None,
        **_given(parameters, _OF_INSTANCE),
    }
    group = _first(parameters, "Placement.GroupName")
    keys["ec2:PlacementGroup"] = ec2_arn(inquiry, "placement-group", group) if group else None
    _add_told(inquiry, keys, "ec2:RootDeviceType", "image", _first(parameters, "ImageId"))
    subnet = _first(parameters, "SubnetId") or _first(parameters, "NetworkInterfaces.SubnetId")
    if "ec2:AvailabilityZone" not in keys:
        _add_told(inquiry, keys, "ec2:AvailabilityZone", "subnet", subnet)
    return keys


def interface_keys(inquiry: Inquiry, subnet: str, interfaces: Sequence[Mapping[str, object]]) -> Keys:
    keys: Keys = {"ec2:Subnet": subnet, "ec2:NetworkInterfaceID": None, "ec2:AuthorizedService": None}
    public = {as_text(bool(each["AssociatePublicIpAddress"])) for each in interfaces if _says(each)}
    if len(public) == 1:
        keys["ec2:AssociatePublicIpAddress"] = public.pop()
    name = subnet.rpartition("/")[2]
    for key in ("ec2:Vpc", "ec2:AvailabilityZone"):
        _add_told(inquiry, keys, key, "subnet", name)
    return keys


def volume_keys(inquiry: Inquiry, disk: Mapping[str, object]) -> Keys:
    """Of a block device's `Ebs`. Without a snapshot there, the image's may be the volume's parent."""
    keys: Keys = {"ec2:VolumeID": None, **_given(disk, _OF_VOLUME)}
    if disk.get("SnapshotId"):
        keys["ec2:ParentSnapshot"] = ec2_arn(inquiry, "snapshot", str(disk["SnapshotId"]))
    return keys


def _says(interface: Mapping[str, object]) -> bool:
    return interface.get("AssociatePublicIpAddress") is not None


def _given(parameters: Mapping[str, object], paths: Mapping[str, str]) -> Keys:
    return {key: value for key, path in paths.items() if (value := _first(parameters, path)) is not None}


def _first(parameters: Mapping[str, object], path: str) -> str | None:
    return next(iter(texts_at(parameters, path)), None)


def _profile(inquiry: Inquiry, profile: object) -> str | None:
    if not isinstance(profile, Mapping) or not profile:
        return None
    return str(profile.get("Arn") or inquiry.arn("iam", f"instance-profile/{profile.get('Name')}", region=False))


def _add_told(inquiry: Inquiry, keys: Keys, key: str, kind: str, name: str | None) -> None:
    """The value that another resource has, where the stored state tells it."""
    if name:
        answer = inquiry.state.attribute(ec2_arn(inquiry, kind, name), key)
        if isinstance(answer, Known):
            keys[key] = answer.value
