"""Amazon EC2's rows of one line each: against the Service Authorization Reference, and what single calls ask."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from tests.activity.activity_bind_state import HERE, Facts, asks_of, call, pairs

from passrole.activity.bind.bind import bind
from passrole.activity.bind.lines import parts_of
from passrole.activity.bind.model import Refused, Why
from passrole.activity.bind.operations import operations_of
from passrole.activity.bind.services import ec2_connections, ec2_machines, ec2_names, ec2_networks
from passrole.catalog.actions import get_action, resource_types_of

SAR = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html"
COPYING = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/copy-ami-permissions.html"
LINES: Mapping[str, str] = {
    **ec2_networks.LINES,
    **ec2_connections.LINES,
    **ec2_machines.LINES,
    **ec2_names.LINES,
}
EC2 = f"arn:aws:ec2:{HERE}:"
IPAM = "arn:aws:ec2::111122223333:"
IMAGES = "arn:aws:ec2:eu-central-1::"


@pytest.mark.parametrize("operation", sorted(LINES))
def test_a_line_names_the_types_of_the_reference(operation: str) -> None:
    """No type that AWS does not list for the action, each that it requires, and only members that the call has."""
    action = get_action(f"ec2:{operation}")
    assert action is not None
    listed = {each.name: each.required for each in action.resources}
    parts = parts_of(LINES[operation])
    kinds = {part.kind for part in parts}
    assert kinds - {"*"} <= set(listed)
    assert "*" in kinds or {kind for kind, required in listed.items() if required} <= kinds
    members = operations_of("ec2")[operation].members
    assert {part.path.partition(".")[0] for part in parts if part.path} <= set(members)


def test_arns_are_written_as_the_reference_writes_them() -> None:
    from passrole.activity.bind.inquiry import Inquiry
    from passrole.activity.bind.services.ec2_ids import ec2_arn

    inquiry = Inquiry(call("ec2", "CreateVpc", {}), operations_of("ec2")["CreateVpc"], Facts())
    checked = 0
    for each in resource_types_of("ec2"):
        if each.arn_format.startswith("arn:${Partition}:ec2:"):
            place = each.arn_format.replace("${Partition}", "aws").replace("${Region}", "eu-central-1")
            start = place.replace("${Account}", "111122223333").partition("${")[0]
            assert ec2_arn(inquiry, each.name, "x") == f"{start}x"
            checked += 1
    assert checked > 90


# What stands behind what hangs between two things.
STATE = Facts(
    names={
        f"{EC2}subnet/rtbassoc-1": f"{EC2}subnet/subnet-1",
        f"{EC2}route-table/rtbassoc-1": f"{EC2}route-table/rtb-1",
        f"{EC2}elastic-ip/203.0.113.9": f"{EC2}elastic-ip/eipalloc-1",
        f"{EC2}elastic-ip/eipassoc-1": f"{EC2}elastic-ip/eipalloc-1",
        f"{EC2}network-interface/eipassoc-1": f"{EC2}network-interface/eni-1",
        f"{EC2}instance/eni-attach-1": f"{EC2}instance/i-1",
        f"{EC2}network-interface/eni-attach-1": f"{EC2}network-interface/eni-1",
        f"{EC2}vpc/pcx-1": f"{EC2}vpc/vpc-2",
        f"{EC2}security-group/web": f"{EC2}security-group/sg-7",
        f"{EC2}launch-template/web": f"{EC2}launch-template/lt-7",
        f"{EC2}iam-instance-profile-association/iip-assoc-1": f"{EC2}instance/i-1",
    },
    attributes={(f"{EC2}instance/i-1", "Volumes"): ("vol-1", "vol-2", "vol-3")},
)

# (operation, parameters, the resources asked about in order, page)
CASES: list[tuple[str, dict[str, object], list[str], str]] = [
    ("AcceptVpcPeeringConnection", {"VpcPeeringConnectionId": "pcx-1"}, [f"{EC2}vpc/vpc-2", f"{EC2}vpc-peering-connection/pcx-1"], SAR),
    ("AttachClassicLinkVpc", {"InstanceId": "i-1", "VpcId": "vpc-1", "Groups": ["sg-1", "sg-2"]}, [f"{EC2}instance/i-1", f"{EC2}vpc/vpc-1", f"{EC2}security-group/sg-1", f"{EC2}security-group/sg-2"], SAR),
    ("CreateSubnet", {"VpcId": "vpc-1", "Ipv4IpamPoolId": "ipam-pool-1"}, [f"{EC2}subnet/*", f"{EC2}vpc/vpc-1", f"{IPAM}ipam-pool/ipam-pool-1"], SAR),
    ("CreateNetworkInterface", {"SubnetId": "subnet-1", "Groups": ["sg-1"]}, [f"{EC2}network-interface/*", f"{EC2}subnet/subnet-1", f"{EC2}security-group/sg-1"], SAR),
    ("AssociateRouteTable", {"RouteTableId": "rtb-1", "GatewayId": "igw-1"}, [f"{EC2}route-table/rtb-1", f"{EC2}internet-gateway/igw-1"], SAR),
    ("AssociateRouteTable", {"RouteTableId": "rtb-1", "SubnetId": "subnet-1"}, [f"{EC2}route-table/rtb-1", f"{EC2}subnet/subnet-1"], SAR),
    ("DisassociateRouteTable", {"AssociationId": "rtbassoc-1"}, [f"{EC2}route-table/rtb-1", f"{EC2}subnet/subnet-1"], SAR),
    ("ReplaceRouteTableAssociation", {"AssociationId": "rtbassoc-1", "RouteTableId": "rtb-2"}, [f"{EC2}route-table/rtb-2", f"{EC2}subnet/subnet-1"], SAR),
    ("DisassociateAddress", {"AssociationId": "eipassoc-1"}, [f"{EC2}elastic-ip/eipalloc-1", f"{EC2}network-interface/eni-1"], SAR),
    ("ReleaseAddress", {"PublicIp": "203.0.113.9"}, [f"{EC2}elastic-ip/eipalloc-1"], SAR),
    ("ReleaseAddress", {"AllocationId": "eipalloc-1"}, [f"{EC2}elastic-ip/eipalloc-1"], SAR),
    ("DetachNetworkInterface", {"AttachmentId": "eni-attach-1"}, [f"{EC2}instance/i-1", f"{EC2}network-interface/eni-1"], SAR),
    ("AuthorizeSecurityGroupIngress", {"GroupName": "web"}, [f"{EC2}security-group/sg-7"], SAR),
    ("DeleteSecurityGroup", {"GroupId": "sg-1"}, [f"{EC2}security-group/sg-1"], SAR),
    ("CreateSecurityGroup", {"GroupName": "g", "Description": "d"}, [f"{EC2}security-group/*"], SAR),
    ("DeleteLaunchTemplate", {"LaunchTemplateName": "web"}, [f"{EC2}launch-template/lt-7"], SAR),
    ("ModifyInstanceAttribute", {"InstanceId": "i-1", "Groups": ["sg-1"], "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeId": "vol-1"}}]}, [f"{EC2}instance/i-1", f"{EC2}security-group/sg-1", f"{EC2}volume/vol-1"], SAR),
    ("ModifyVpcEndpoint", {"VpcEndpointId": "vpce-1", "AddRouteTableIds": ["rtb-1"], "RemoveSubnetIds": ["subnet-1"]}, [f"{EC2}vpc-endpoint/vpce-1", f"{EC2}route-table/rtb-1", f"{EC2}subnet/subnet-1"], SAR),
    ("DeleteVpcEndpointServiceConfigurations", {"ServiceIds": ["vpce-svc-1", "vpce-svc-2"]}, [f"{EC2}vpc-endpoint-service/vpce-svc-1", f"{EC2}vpc-endpoint-service/vpce-svc-2"], SAR),
    ("CreateFlowLogs", {"ResourceType": "Subnet", "ResourceIds": ["subnet-1"]}, [f"{EC2}subnet/subnet-1", f"{EC2}vpc-flow-log/*"], SAR),
    ("CancelImportTask", {"ImportTaskId": "import-snap-1"}, [f"{EC2}import-snapshot-task/import-snap-1"], SAR),
    ("CancelExportTask", {"ExportTaskId": "export-ami-1"}, [f"{EC2}export-image-task/export-ami-1"], SAR),
    ("RegisterImage", {"Name": "n", "BlockDeviceMappings": [{"Ebs": {"SnapshotId": "snap-1"}}]}, [f"{IMAGES}image/*", f"{IMAGES}snapshot/snap-1"], SAR),
    ("EnableFastSnapshotRestores", {"SourceSnapshotIds": ["snap-1"], "AvailabilityZones": []}, [f"{IMAGES}snapshot/snap-1"], SAR),
    ("AssociateIpamResourceDiscovery", {"IpamId": "ipam-1", "IpamResourceDiscoveryId": "ipam-res-disco-1"}, [f"{IPAM}ipam/ipam-1", f"{IPAM}ipam-resource-discovery/ipam-res-disco-1", f"{IPAM}ipam-resource-discovery-association/*"], SAR),
    ("ReleaseHosts", {"HostIds": ["h-1"]}, [f"{EC2}dedicated-host/h-1"], SAR),
    ("DisassociateIamInstanceProfile", {"AssociationId": "iip-assoc-1"}, [f"{EC2}instance/i-1"], SAR),
    ("CopyImage", {"Name": "n", "SourceImageId": "ami-1", "SourceRegion": "us-east-1"}, ["arn:aws:ec2:us-east-1::image/ami-1", f"{IMAGES}image/*", f"{IMAGES}snapshot/*"], COPYING),
    ("CreateSnapshots", {"InstanceSpecification": {"InstanceId": "i-1", "ExcludeBootVolume": True, "ExcludeDataVolumeIds": ["vol-3"]}}, [f"{EC2}instance/i-1", f"{EC2}volume/vol-2", f"{IMAGES}snapshot/*"], SAR),
    ("CreateVpnConnection", {"CustomerGatewayId": "cgw-1", "Type": "ipsec.1", "TransitGatewayId": "tgw-1"}, [f"{EC2}vpn-connection/*", f"{EC2}customer-gateway/cgw-1", f"{EC2}transit-gateway/tgw-1", f"{EC2}transit-gateway-attachment/*"], SAR),
]  # fmt: skip


@pytest.mark.parametrize(("operation", "parameters", "expected", "page"), CASES)
def test_what_a_call_asks(operation: str, parameters: dict[str, object], expected: list[str], page: str) -> None:
    asks = asks_of("ec2", operation, parameters, STATE)
    assert pairs(asks) == [(f"ec2:{operation}", resource) for resource in expected], page
    assert all(each.context["ec2:Region"] == "eu-central-1" for each in asks)


def test_what_is_not_there_is_asked_about_as_any_of_its_type() -> None:
    """The association leads nowhere: EC2 will not find it, and nobody is allowed by a policy for one subnet alone."""
    assert pairs(asks_of("ec2", "DisassociateSubnetCidrBlock", {"AssociationId": "subnet-cidr-assoc-9"}, STATE)) == [
        ("ec2:DisassociateSubnetCidrBlock", f"{EC2}subnet/*")
    ]


def test_what_stands_behind_an_association_must_be_known() -> None:
    refused = bind(call("ec2", "DisassociateRouteTable", {"AssociationId": "rtbassoc-1"}), Facts(open=True))
    assert isinstance(refused, Refused)
    assert refused.why is Why.NOT_KNOWN


def test_an_id_of_a_kind_that_is_not_known_is_refused() -> None:
    refused = bind(call("ec2", "CreateFlowLogs", {"ResourceIds": ["what-1"], "ResourceType": "VPC"}), STATE)
    assert isinstance(refused, Refused)
    assert refused.why is Why.RESOURCE_NOT_NAMED


def test_a_word_that_is_no_part_of_a_row() -> None:
    with pytest.raises(ValueError, match="no part of a row"):
        parts_of("subnet=Subnet_Id")
