"""What a launch of EC2 uses beside its network and disks: reserved capacity, licences, Spot requests, second networks.

Source: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html>
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.model import Asked
from passrole.activity.bind.named import whole
from passrole.activity.bind.parameter_paths import texts_at
from passrole.activity.bind.services.ec2_ids import ec2_arn
from passrole.activity.bind.tags import request_tag_keys, specified_tags

_RESERVATION: Final = "CapacityReservationSpecification.CapacityReservationTarget"


def beside(inquiry: Inquiry, parameters: Mapping[str, object]) -> Iterator[Asked]:
    """One question for each thing that the parameters of a launch, with its template's, name or make."""
    action = "ec2:RunInstances"
    for name in texts_at(parameters, f"{_RESERVATION}.CapacityReservationId"):
        yield inquiry.ask(action, ec2_arn(inquiry, "capacity-reservation", name), "capacity-reservation", requested={})
    for name in texts_at(parameters, f"{_RESERVATION}.CapacityReservationResourceGroupArn"):
        yield inquiry.ask(action, whole(inquiry, name, "resource-groups", "group/"), "group", requested={})
    for name in texts_at(parameters, "LicenseSpecifications.LicenseConfigurationArn"):
        arn = whole(inquiry, name, "license-manager", "license-configuration:")
        yield inquiry.ask(action, arn, "license-configuration", requested={})
    made = ["spot-instances-request"] if texts_at(parameters, "InstanceMarketOptions.MarketType") == ("spot",) else []
    subnets = texts_at(parameters, "SecondaryInterfaces.SecondarySubnetId")
    made += ["secondary-interface"] if subnets else []
    for kind in made:
        tags = request_tag_keys(specified_tags(parameters.get("TagSpecifications"), kind))
        yield inquiry.ask(action, ec2_arn(inquiry, kind, "*"), kind, requested=tags, new=True)
    for name in subnets:
        yield inquiry.ask(action, ec2_arn(inquiry, "secondary-subnet", name), "secondary-subnet", requested={})
