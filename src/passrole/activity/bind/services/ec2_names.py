"""EC2's security groups, key pairs, placement groups, launch templates and addresses, which a name or an id can name.

Only the stored state tells the id behind a name (`state.stands_for("…:security-group/web")`, of a group of the default
VPC; `…:launch-template/web`; `…:elastic-ip/198.51.100.7`; `…:key-pair/key-0123` the other way round).
Source: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html>
"""

from __future__ import annotations

from typing import Final

from passrole.activity.bind.rows import Table
from passrole.activity.bind.services.ec2_parts import rows

_GROUP: Final = "security-group=?GroupId security-group<GroupName"
_TEMPLATE: Final = "launch-template=?LaunchTemplateId launch-template<LaunchTemplateName"

_ON_GROUP: Final = """
AuthorizeSecurityGroupIngress DeleteSecurityGroup RevokeSecurityGroupIngress UpdateSecurityGroupRuleDescriptionsEgress
UpdateSecurityGroupRuleDescriptionsIngress
"""
_ON_TEMPLATE: Final = """
CreateLaunchTemplateVersion DeleteLaunchTemplate DeleteLaunchTemplateVersions ModifyLaunchTemplate
"""

LINES: Final = {
    **dict.fromkeys(_ON_GROUP.split(), _GROUP),
    **dict.fromkeys(_ON_TEMPLATE.split(), _TEMPLATE),
    "AssociateAddress": "elastic-ip=?AllocationId elastic-ip<PublicIp instance=?InstanceId "
    "network-interface=?NetworkInterfaceId",
    "AuthorizeSecurityGroupEgress": "security-group=GroupId",
    "CreateLaunchTemplate": "+launch-template",
    "CreateSecurityGroup": "+security-group vpc=?VpcId",
    "CreateKeyPair": "+key-pair=KeyName",
    "CreatePlacementGroup": "+placement-group=GroupName",
    "DeleteKeyPair": "key-pair=?KeyName key-pair<KeyPairId",
    "DeletePlacementGroup": "placement-group=GroupName",
    "ImportKeyPair": "+key-pair=KeyName",
    "ModifySecurityGroupRules": "security-group=GroupId security-group-rule=SecurityGroupRules.SecurityGroupRuleId "
    "prefix-list=?SecurityGroupRules.SecurityGroupRule.PrefixListId",
    "RevokeSecurityGroupEgress": "security-group=GroupId",
    "ReleaseAddress": "elastic-ip=?AllocationId elastic-ip<PublicIp",
}
TABLE: Table = rows(LINES)
