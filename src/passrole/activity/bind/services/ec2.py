"""Amazon EC2: the table put together from its parts, and what import, export and instance profiles ask.

Sources: <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ExamplePolicies_EC2.html>,
<https://docs.aws.amazon.com/vm-import/latest/userguide/required-permissions.html>.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.model import Asked, CannotBindError, Why
from passrole.activity.bind.named import whole
from passrole.activity.bind.pass_role import pass_role, role_arn, role_of_profile
from passrole.activity.bind.rows import Builder, Row, Table, both
from passrole.activity.bind.services import (
    ec2_connections,
    ec2_copies,
    ec2_fleets,
    ec2_keys,
    ec2_machines,
    ec2_names,
    ec2_networks,
    ec2_tags,
)
from passrole.activity.bind.services.ec2_ids import ec2_arn
from passrole.activity.bind.services.ec2_kms import attach_volume, create_volume
from passrole.activity.bind.services.ec2_launch import run_instances
from passrole.activity.bind.services.ec2_parts import PAGE, asking
from passrole.activity.bind.services.ec2_tags import create_tags
from passrole.engine.request import ContextValue

_LAUNCH: Final = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ExamplePolicies_EC2.html"
_IMPORT: Final = "https://docs.aws.amazon.com/vm-import/latest/userguide/required-permissions.html"
_PROFILES: Final = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html"
_VOLUMES: Final = "https://docs.aws.amazon.com/ebs/latest/userguide/how-ebs-encryption-works.html"

PASSES: Final = {"DeliverLogsPermissionArn": "vpc-flow-logs", "IamFleetRole": "spotfleet"}
ALSO: Final = create_tags
KEYS: Final = ec2_keys.KEYS


def _task(action: str, line: str) -> Builder:
    """A task to import or export, what it is about, its tags, and the role that VM Import/Export takes (`vmimport`)."""

    def build(inquiry: Inquiry) -> Iterator[Asked]:
        yield from asking(f"ec2:{action}", line)(inquiry)
        yield from create_tags(inquiry)
        yield pass_role(inquiry, role_arn(inquiry, inquiry.text("RoleName") or "vmimport"), "vmie")

    return build


def _associate_profile(inquiry: Inquiry) -> Iterator[Asked]:
    arn = ec2_arn(inquiry, "instance", inquiry.need("InstanceId"))
    yield inquiry.ask("ec2:AssociateIamInstanceProfile", arn, "instance", _new_profile(inquiry))
    yield from _role(inquiry, arn)


def _replace_profile(inquiry: Inquiry) -> Iterator[Asked]:
    """The association is named, and the instance it is of asked about."""
    arn = _associated(inquiry)
    yield inquiry.ask("ec2:ReplaceIamInstanceProfileAssociation", arn, "instance", _new_profile(inquiry))
    yield from _role(inquiry, arn)


def _disassociate_profile(inquiry: Inquiry) -> Iterator[Asked]:
    yield inquiry.ask("ec2:DisassociateIamInstanceProfile", _associated(inquiry), "instance")


def _associated(inquiry: Inquiry) -> str:
    association = ec2_arn(inquiry, "iam-instance-profile-association", inquiry.need("AssociationId"))
    arn = inquiry.behind(association, "the instance")
    if arn is None:
        raise CannotBindError(Why.RESOURCE_NOT_NAMED, f"there is no association `{inquiry.need('AssociationId')}`")
    return arn


def _new_profile(inquiry: Inquiry) -> dict[str, ContextValue | None]:
    profile = inquiry.mapping("IamInstanceProfile")
    arn = profile.get("Arn") or inquiry.arn("iam", f"instance-profile/{profile.get('Name')}", region=False)
    return {"ec2:NewInstanceProfile": str(arn)}


def _enclave(inquiry: Inquiry) -> Iterator[Asked]:
    """The certificate and the role; the role is used by whoever has it in an enclave, and passed to no service."""
    action = f"ec2:{inquiry.call.operation}"
    yield inquiry.ask(action, whole(inquiry, inquiry.need("CertificateArn"), "acm", "certificate/"), "certificate")
    yield inquiry.ask(action, role_arn(inquiry, inquiry.need("RoleArn")), "role")


def _role(inquiry: Inquiry, instance: str) -> Iterator[Asked]:
    role = role_of_profile(inquiry, inquiry.mapping("IamInstanceProfile"))
    if role is not None:
        yield pass_role(inquiry, role, "ec2", instance)


TABLE: Table = {
    **ec2_networks.TABLE,
    **ec2_connections.TABLE,
    **ec2_machines.TABLE,
    **ec2_names.TABLE,
    **ec2_copies.TABLE,
    **ec2_fleets.TABLE,
    **ec2_tags.TABLE,
    "RunInstances": Row(run_instances, _LAUNCH),
    "CreateVolume": Row(
        both(asking("ec2:CreateVolume", "+volume snapshot=?SnapshotId"), create_tags, create_volume), _VOLUMES
    ),
    "AttachVolume": Row(
        both(asking("ec2:AttachVolume", "instance=InstanceId volume=VolumeId"), attach_volume), _VOLUMES
    ),
    "ImportImage": Row(_task("ImportImage", "+image +import-image-task snapshot=?DiskContainers.SnapshotId"), _IMPORT),
    "ImportSnapshot": Row(_task("ImportSnapshot", "+import-snapshot-task +snapshot"), _IMPORT),
    "ExportImage": Row(_task("ExportImage", "image=ImageId +export-image-task"), _IMPORT),
    "AssociateIamInstanceProfile": Row(_associate_profile, _PROFILES),
    "DisassociateIamInstanceProfile": Row(_disassociate_profile, PAGE),
    **{
        name: Row(_enclave, PAGE)
        for name in ("AssociateEnclaveCertificateIamRole", "DisassociateEnclaveCertificateIamRole")
    },
    "ReplaceIamInstanceProfileAssociation": Row(_replace_profile, _PROFILES),
}
