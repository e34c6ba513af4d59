"""What kind of resource of EC2 an id names, by its beginning, as CreateTags and TagSpecifications need it.

Sources: <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html>, the examples of
<https://docs.aws.amazon.com/cli/latest/reference/ec2/index.html>, and the ARN formats of
<https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html>.
"""

from __future__ import annotations

import re
from typing import Final

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.model import CannotBindError, Why

_TYPES: Final = {
    "acl": "network-acl",
    "afi": "fpga-image",
    "ami": "image",
    "cagw": "carrier-gateway",
    "cgw": "customer-gateway",
    "cr": "capacity-reservation",
    "crf": "capacity-reservation-fleet",
    "cvpn-endpoint": "client-vpn-endpoint",
    "dopt": "dhcp-options",
    "eice": "instance-connect-endpoint",
    "eigw": "egress-only-internet-gateway",
    "eipalloc": "elastic-ip",
    "eni": "network-interface",
    "export-ami": "export-image-task",
    "export-i": "export-instance-task",
    "fl": "vpc-flow-log",
    "fleet": "fleet",
    "h": "dedicated-host",
    "hr": "host-reservation",
    "i": "instance",
    "iew": "instance-event-window",
    "igw": "internet-gateway",
    "import-ami": "import-image-task",
    "import-snap": "import-snapshot-task",
    "ipam": "ipam",
    "ipam-pool": "ipam-pool",
    "ipam-res-disco": "ipam-resource-discovery",
    "ipam-res-disco-assoc": "ipam-resource-discovery-association",
    "ipam-scope": "ipam-scope",
    "ipv4pool-coip": "coip-pool",
    "ipv4pool-ec2": "ipv4pool-ec2",
    "ipv6pool-ec2": "ipv6pool-ec2",
    "key": "key-pair",
    "lgw": "local-gateway",
    "lgw-rtb": "local-gateway-route-table",
    "lgw-vif": "local-gateway-virtual-interface",
    "lgw-vif-grp": "local-gateway-virtual-interface-group",
    "lt": "launch-template",
    "nat": "natgateway",
    "nia": "network-insights-analysis",
    "nip": "network-insights-path",
    "nis": "network-insights-access-scope",
    "nisa": "network-insights-access-scope-analysis",
    "pcx": "vpc-peering-connection",
    "pg": "placement-group",
    "pl": "prefix-list",
    "r": "reserved-instances",
    "replacevol": "replace-root-volume-task",
    "rtb": "route-table",
    "scr": "subnet-cidr-reservation",
    "sfr": "spot-fleet-request",
    "sg": "security-group",
    "sgr": "security-group-rule",
    "sir": "spot-instances-request",
    "snap": "snapshot",
    "subnet": "subnet",
    "tgw": "transit-gateway",
    "tgw-attach": "transit-gateway-attachment",
    "tgw-connect-peer": "transit-gateway-connect-peer",
    "tgw-mcast-domain": "transit-gateway-multicast-domain",
    "tgw-ptb": "transit-gateway-policy-table",
    "tgw-rtb": "transit-gateway-route-table",
    "tmf": "traffic-mirror-filter",
    "tmfr": "traffic-mirror-filter-rule",
    "tms": "traffic-mirror-session",
    "tmt": "traffic-mirror-target",
    "vae": "verified-access-endpoint",
    "vagr": "verified-access-group",
    "vai": "verified-access-instance",
    "vatp": "verified-access-trust-provider",
    "vgw": "vpn-gateway",
    "vol": "volume",
    "vpc": "vpc",
    "vpce": "vpc-endpoint",
    "vpce-svc": "vpc-endpoint-service",
    "vpn": "vpn-connection",
}
_OWNERLESS: Final = frozenset({"image", "snapshot"})
"""Whose ARNs have a Region and no account: others may own them."""

_REGIONLESS: Final = re.compile(r"ipam(?!-pool-allocation$)(-[a-z-]+)?")
"""IPAM and its parts, whose ARNs have an account and no Region; an allocation of a pool has both."""


def ec2_arn(inquiry: Inquiry, kind: str, name: str) -> str:
    owner = "" if kind in _OWNERLESS else None
    return inquiry.arn("ec2", f"{kind}/{name}", region=not _REGIONLESS.fullmatch(kind), account=owner)


def resource_of_id(inquiry: Inquiry, identifier: str) -> tuple[str, str]:
    """The ARN and the type; raises CannotBindError for an id of a kind that is not known."""
    kind = _TYPES.get(identifier.rpartition("-")[0])
    if kind is None:
        raise CannotBindError(Why.RESOURCE_NOT_NAMED, f"of what kind of resource the id `{identifier}` is unknown")
    return ec2_arn(inquiry, kind, identifier), kind
