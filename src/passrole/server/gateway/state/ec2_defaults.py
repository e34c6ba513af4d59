"""What EC2 takes where a call does not say: the default subnet and security group; and an association's instance.

Source: <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html>: without a subnet, one of the
default VPC's; without a security group, the default group of the subnet's VPC.
"""

from __future__ import annotations

from typing import Final

from passrole.activity.bind.state import Answer, Known, NoSuchThing, NotKnown
from passrole.policy.arn import Arn
from passrole.server.gateway.state.of_service import Place, member_of, texts_of

_MOTO: Final = "moto in this process"


def default_subnet(place: Place, like: Arn, zone: str) -> Answer[str]:
    """Of an Availability Zone, where the call names one."""
    filters = [{"Name": "default-for-az", "Values": ["true"]}]
    answer = place.read("ec2", "DescribeSubnets", like, Filters=filters)
    if not isinstance(answer, Known):
        return answer
    listed = answer.value.get("Subnets")
    subnets: list[object] = listed if isinstance(listed, list) else []
    if not zone and len(subnets) > 1 and place.readings.name == _MOTO:
        # moto takes the first zone.
        zone = f"{like.region}a"
    if zone:
        subnets = [each for each in subnets if member_of(each, "AvailabilityZone") == zone]
    names = texts_of(subnets, "SubnetId")
    if len(names) > 1:
        return NotKnown("EC2 chooses one of several default subnets: name one with `SubnetId`")
    return Known(_arn(like, "subnet", names[0])) if names else NoSuchThing()


def group_named(place: Place, like: Arn, name: str, subnet: str) -> Answer[str]:
    """A security group by its name (`default`), of the VPC of a subnet, or of the default VPC without one."""
    if subnet:
        answer = place.read("ec2", "DescribeSubnets", like, SubnetIds=[subnet])
    else:
        answer = place.read("ec2", "DescribeVpcs", like, Filters=[{"Name": "is-default", "Values": ["true"]}])
    if not isinstance(answer, Known):
        return answer
    vpcs = texts_of(answer.value.get("Subnets" if subnet else "Vpcs"), "VpcId")
    if not vpcs:
        return NoSuchThing()
    filters = [{"Name": "vpc-id", "Values": [vpcs[0]]}, {"Name": "group-name", "Values": [name]}]
    found = place.read("ec2", "DescribeSecurityGroups", like, Filters=filters)
    if not isinstance(found, Known):
        return found
    names = texts_of(found.value.get("SecurityGroups"), "GroupId")
    return Known(_arn(like, "security-group", names[0])) if len(names) == 1 else NoSuchThing()


def association_instance(place: Place, like: Arn, association: str) -> Answer[str]:
    answer = place.read("ec2", "DescribeIamInstanceProfileAssociations", like, AssociationIds=[association])
    if not isinstance(answer, Known):
        return answer
    names = texts_of(answer.value.get("IamInstanceProfileAssociations"), "InstanceId")
    return Known(_arn(like, "instance", names[0])) if names else NoSuchThing()


def _arn(like: Arn, kind: str, name: str) -> str:
    return f"arn:{like.partition}:ec2:{like.region}:{like.account}:{kind}/{name}"
