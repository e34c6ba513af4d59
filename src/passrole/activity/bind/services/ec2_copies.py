"""EC2's copies and snapshots of several things: what is copied, in the Region where it is, and what the copy makes.

Sources: <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/copy-ami-permissions.html>,
<https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html>.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.model import Asked, CannotBindError, Why
from passrole.activity.bind.rows import Row, Table, both
from passrole.activity.bind.services.ec2_ids import ec2_arn
from passrole.activity.bind.services.ec2_parts import PAGE, asking
from passrole.activity.bind.services.ec2_tags import create_tags
from passrole.activity.bind.state import Known, NotKnown

_COPYING: Final = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/copy-ami-permissions.html"


def _there(inquiry: Inquiry, kind: str, name: str) -> str:
    """The ARN of a source, which may be in another Region."""
    return f"arn:{inquiry.call.partition}:ec2:{inquiry.need('SourceRegion')}::{kind}/{name}"


def _copy_image(inquiry: Inquiry) -> Iterator[Asked]:
    source = _there(inquiry, "image", inquiry.need("SourceImageId"))
    yield inquiry.ask("ec2:CopyImage", source, "image", requested={})
    for kind in ("image", "snapshot"):
        yield inquiry.ask("ec2:CopyImage", ec2_arn(inquiry, kind, "*"), kind, new=True)


def _copy_snapshot(inquiry: Inquiry) -> Iterator[Asked]:
    source = _there(inquiry, "snapshot", inquiry.need("SourceSnapshotId"))
    yield inquiry.ask("ec2:CopySnapshot", source, "snapshot", requested={})
    yield inquiry.ask("ec2:CopySnapshot", ec2_arn(inquiry, "snapshot", "*"), "snapshot", new=True)


def _create_snapshots(inquiry: Inquiry) -> Iterator[Asked]:
    """Of every volume of an instance but those left out; the stored state lists them: `attribute(instance, "Volumes")`,
    their ids, the root volume's first."""
    chosen = inquiry.mapping("InstanceSpecification")
    if not chosen.get("InstanceId"):
        raise CannotBindError(Why.RESOURCE_NOT_NAMED, "the call has no `InstanceSpecification.InstanceId`")
    instance = ec2_arn(inquiry, "instance", str(chosen["InstanceId"]))
    yield inquiry.ask("ec2:CreateSnapshots", instance, "instance")
    answer = inquiry.state.attribute(instance, "Volumes")
    if isinstance(answer, NotKnown):
        raise CannotBindError(Why.NOT_KNOWN, f"the volumes of `{instance}` are not known: {answer.reason}")
    listed: tuple[str, ...] = ()
    if isinstance(answer, Known):
        listed = (answer.value,) if isinstance(answer.value, str) else tuple(answer.value)
    excluded = chosen.get("ExcludeDataVolumeIds")
    left_out = {str(each) for each in excluded} if isinstance(excluded, (list, tuple)) else set()
    if chosen.get("ExcludeBootVolume") and listed:
        left_out.add(listed[0])
    for volume in [each for each in listed if each not in left_out] or ["*"]:
        yield inquiry.ask("ec2:CreateSnapshots", ec2_arn(inquiry, "volume", volume), "volume")
    yield inquiry.ask("ec2:CreateSnapshots", ec2_arn(inquiry, "snapshot", "*"), "snapshot", new=True)


TABLE: Table = {
    "CopyImage": Row(both(_copy_image, create_tags), _COPYING),
    "CopySnapshot": Row(both(_copy_snapshot, create_tags), PAGE),
    "CopyVolumes": Row(both(asking("ec2:CopyVolumes", "volume=SourceVolumeId +volume"), create_tags), PAGE),
    "CreateReplaceRootVolumeTask": Row(
        both(
            asking(
                "ec2:CreateReplaceRootVolumeTask",
                "instance=InstanceId +replace-root-volume-task +volume snapshot=?SnapshotId image=?ImageId",
            ),
            create_tags,
        ),
        PAGE,
    ),
    "CreateSnapshots": Row(both(_create_snapshots, create_tags), PAGE),
}
