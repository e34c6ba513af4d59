"""What kind of resource of EC2 an id names, by its beginning, as CreateTags and TagSpecifications need it.

Source: <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html> and the ARN formats of
<https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html>.
"""

from __future__ import annotations

from typing import Final

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.model import CannotBindError, Why

_TYPES: Final = {
    "acl": "network-acl",
    "ami": "image",
    "cagw": "carrier-gateway",
    "cgw": "customer-gateway",
    "cr": "capacity-reservation",
    "dopt": "dhcp-options",
    "eipalloc": "elastic-ip",
    "eigw": "egress-only-internet-gateway",
    "eni": "network-interface",
    "export-ami": "export-image-task",
    "fl": "vpc-flow-log",
    "fleet": "fleet",
    "h": "dedicated-host",
    "i": "instance",
    "igw": "internet-gateway",
    "import-ami": "import-image-task",
    "import-snap": "import-snapshot-task",
    "key": "key-pair",
    "lt": "launch-template",
    "nat": "natgateway",
    "pcx": "vpc-peering-connection",
    "pg": "placement-group",
    "pl": "prefix-list",
    "r": "reserved-instances",
    "rtb": "route-table",
    "sfr": "spot-fleet-request",
    "sg": "security-group",
    "sgr": "security-group-rule",
    "sir": "spot-instances-request",
    "snap": "snapshot",
    "subnet": "subnet",
    "tgw": "transit-gateway",
    "tgw-attach": "transit-gateway-attachment",
    "tgw-rtb": "transit-gateway-route-table",
    "vgw": "vpn-gateway",
    "vol": "volume",
    "vpc": "vpc",
    "vpce": "vpc-endpoint",
    "vpce-svc": "vpc-endpoint-service",
    "vpn": "vpn-connection",
}
_OWNERLESS: Final = frozenset({"image", "snapshot"})
"""Whose ARNs have a Region and no account: others may own them."""


def ec2_arn(inquiry: Inquiry, kind: str, name: str) -> str:
    return inquiry.arn("ec2", f"{kind}/{name}", account="" if kind in _OWNERLESS else None)


def resource_of_id(inquiry: Inquiry, identifier: str) -> tuple[str, str]:
    """The ARN and the type; raises CannotBindError for an id of a kind that is not known."""
    kind = _TYPES.get(identifier.rpartition("-")[0])
    if kind is None:
        raise CannotBindError(Why.RESOURCE_NOT_NAMED, f"of what kind of resource the id `{identifier}` is unknown")
    return ec2_arn(inquiry, kind, identifier), kind
