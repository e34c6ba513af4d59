"""Amazon EC2: launching, tagging, import and export, profiles, groups and key pairs; the rest by the same-name rule.

Sources: <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ExamplePolicies_EC2.html>,
<https://docs.aws.amazon.com/vm-import/latest/userguide/required-permissions.html>.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.model import Asked, CannotBindError, Why
from passrole.activity.bind.pass_role import pass_role, role_arn, role_of_profile
from passrole.activity.bind.rows import Builder, Row, Table, both, reference
from passrole.activity.bind.services.ec2_ids import ec2_arn, resource_of_id
from passrole.activity.bind.services.ec2_launch import create_tags, run_instances
from passrole.activity.bind.services.ec2_names import NAMED
from passrole.activity.bind.tags import request_tag_keys, tags_in
from passrole.engine.request import ContextValue

_PAGE: Final = reference("amazonec2")
_LAUNCH: Final = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ExamplePolicies_EC2.html"
_TAGGING: Final = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html"
_IMPORT: Final = "https://docs.aws.amazon.com/vm-import/latest/userguide/required-permissions.html"
_PROFILES: Final = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html"

PASSES: Final = {"DeliverLogsPermissionArn": "vpc-flow-logs", "IamFleetRole": "spotfleet"}


def _spot_roles(inquiry: Inquiry) -> Iterator[Asked]:
    """A request for Spot Instances hands the role of its profile to EC2; profiles by ARN are found without a row."""
    fleet = inquiry.mapping("SpotFleetRequestConfig").get("LaunchSpecifications")
    specifications = [inquiry.mapping("LaunchSpecification"), *(fleet if isinstance(fleet, (list, tuple)) else ())]
    for each in specifications:
        profile = each.get("IamInstanceProfile")
        if isinstance(profile, Mapping) and not profile.get("Arn"):
            role = role_of_profile(inquiry, profile)
            if role is not None:
                yield pass_role(inquiry, role, "ec2")


ALSO: Final = both(create_tags, _spot_roles)


def _tag(action: str) -> Builder:
    """Every resource of the list; ec2:CreateAction is for tags that come with another call."""

    def build(inquiry: Inquiry) -> Iterator[Asked]:
        tags = request_tag_keys(tags_in(inquiry.call.parameters.get("Tags")))
        if not inquiry.texts("Resources"):
            raise CannotBindError(Why.RESOURCE_NOT_NAMED, "the call has no `Resources`, which name what is tagged")
        for identifier in inquiry.texts("Resources"):
            arn, kind = resource_of_id(inquiry, identifier)
            keys: dict[str, ContextValue | None] = {"ec2:CreateAction": None, "ec2:Region": inquiry.call.region}
            yield inquiry.ask(f"ec2:{action}", arn, kind, keys, requested=tags)

    return build


def _task(action: str, *kinds: str) -> Builder:
    """A task to import or export, what it is about, its tags, and the role that VM Import/Export takes (`vmimport`)."""

    def build(inquiry: Inquiry) -> Iterator[Asked]:
        keys: dict[str, ContextValue | None] = {"ec2:Region": inquiry.call.region}
        for kind in kinds:
            image = inquiry.text("ImageId") if kind == "image" else None
            arn = ec2_arn(inquiry, kind, image or "*")
            yield inquiry.ask(f"ec2:{action}", arn, kind, keys, requested={}, new=image is None)
        yield from create_tags(inquiry)
        yield pass_role(inquiry, role_arn(inquiry, inquiry.text("RoleName") or "vmimport"), "vmie")

    return build


def _associate_profile(inquiry: Inquiry) -> Iterator[Asked]:
    arn = ec2_arn(inquiry, "instance", inquiry.need("InstanceId"))
    yield inquiry.ask("ec2:AssociateIamInstanceProfile", arn, "instance", {"ec2:Region": inquiry.call.region})
    yield from _role(inquiry)


def _replace_profile(inquiry: Inquiry) -> Iterator[Asked]:
    """The association is named, and the instance it is of asked about."""
    association = ec2_arn(inquiry, "iam-instance-profile-association", inquiry.need("AssociationId"))
    arn = inquiry.behind(association, "the instance")
    if arn is None:
        raise CannotBindError(Why.RESOURCE_NOT_NAMED, f"there is no association `{inquiry.need('AssociationId')}`")
    keys: dict[str, ContextValue | None] = {"ec2:Region": inquiry.call.region}
    yield inquiry.ask("ec2:ReplaceIamInstanceProfileAssociation", arn, "instance", keys)
    yield from _role(inquiry)


def _role(inquiry: Inquiry) -> Iterator[Asked]:
    role = role_of_profile(inquiry, inquiry.mapping("IamInstanceProfile"))
    if role is not None:
        yield pass_role(inquiry, role, "ec2")


TABLE: Table = {
    **NAMED,
    "RunInstances": Row(run_instances, _LAUNCH),
    "CreateTags": Row(_tag("CreateTags"), _TAGGING),
    "DeleteTags": Row(_tag("DeleteTags"), _TAGGING),
    "ImportImage": Row(_task("ImportImage", "image", "import-image-task"), _IMPORT),
    "ImportSnapshot": Row(_task("ImportSnapshot", "import-snapshot-task", "snapshot"), _IMPORT),
    "ExportImage": Row(_task("ExportImage", "image", "export-image-task"), _IMPORT),
    "AssociateIamInstanceProfile": Row(_associate_profile, _PROFILES),
    "ReplaceIamInstanceProfileAssociation": Row(_replace_profile, _PROFILES),
}
