"""Operations of EC2 whose parameters name things otherwise than their ARNs: security groups, key pairs, images.

Source: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html>
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.model import Asked
from passrole.activity.bind.rows import Builder, Row, Table, both, reference
from passrole.activity.bind.services.ec2_ids import ec2_arn
from passrole.activity.bind.services.ec2_launch import create_tags

_PAGE: Final = reference("amazonec2")


def _on(action: str, kind: str, member: str) -> Builder:
    """The resource that a member names, by the part of the ARN that stands last."""

    def build(inquiry: Inquiry) -> Iterator[Asked]:
        arn = ec2_arn(inquiry, kind, inquiry.need(member))
        yield inquiry.ask(f"ec2:{action}", arn, kind, {"ec2:Region": inquiry.call.region})

    return build


def _new(action: str, kind: str, member: str | None = None) -> Builder:
    """What the call makes, by its name where the call gives one."""

    def build(inquiry: Inquiry) -> Iterator[Asked]:
        arn = ec2_arn(inquiry, kind, inquiry.need(member) if member else "*")
        yield inquiry.ask(f"ec2:{action}", arn, kind, {"ec2:Region": inquiry.call.region}, new=True)

    return build


_ON_GROUP: Final = """
AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress DeleteSecurityGroup ModifySecurityGroupRules
RevokeSecurityGroupEgress RevokeSecurityGroupIngress UpdateSecurityGroupRuleDescriptionsEgress
UpdateSecurityGroupRuleDescriptionsIngress
"""

NAMED: Table = {
    # By the group's id only: a group's name does not tell it.
    **{name: Row(both(_on(name, "security-group", "GroupId"), create_tags), _PAGE) for name in _ON_GROUP.split()},
    "CreateSecurityGroup": Row(
        both(_new("CreateSecurityGroup", "security-group"), _on("CreateSecurityGroup", "vpc", "VpcId"), create_tags),
        _PAGE,
    ),
    **{
        name: Row(both(_new(name, "key-pair", "KeyName"), create_tags), _PAGE)
        for name in ("CreateKeyPair", "ImportKeyPair")
    },
    "DeleteKeyPair": Row(_on("DeleteKeyPair", "key-pair", "KeyName"), _PAGE),
    "CreatePlacementGroup": Row(both(_new("CreatePlacementGroup", "placement-group", "GroupName"), create_tags), _PAGE),
    "DeletePlacementGroup": Row(_on("DeletePlacementGroup", "placement-group", "GroupName"), _PAGE),
    "CreateImage": Row(
        both(_new("CreateImage", "image"), _on("CreateImage", "instance", "InstanceId"), create_tags), _PAGE
    ),
}
