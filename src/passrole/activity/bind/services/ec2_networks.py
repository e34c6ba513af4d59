"""EC2's networks: VPCs, subnets, route tables, interfaces, addresses and gateways, a line each (see `ec2_parts`)."""

from __future__ import annotations

from typing import Final

from passrole.activity.bind.rows import Table
from passrole.activity.bind.services.ec2_parts import rows

_VPCS: Final = {
    "AcceptVpcPeeringConnection": "vpc<VpcPeeringConnectionId vpc-peering-connection=VpcPeeringConnectionId",
    "AssociateSubnetCidrBlock": "subnet=SubnetId ipam-pool=?Ipv6IpamPoolId",
    "AssociateVpcCidrBlock": "vpc=VpcId ipam-pool=?Ipv4IpamPoolId ipam-pool=?Ipv6IpamPoolId ipv6pool-ec2=?Ipv6Pool",
    "AttachClassicLinkVpc": "instance=InstanceId vpc=VpcId security-group=Groups",
    "CreateSubnet": "+subnet vpc=VpcId ipam-pool=?Ipv4IpamPoolId ipam-pool=?Ipv6IpamPoolId",
    "CreateVpc": "+vpc ipam-pool=?Ipv4IpamPoolId ipam-pool=?Ipv6IpamPoolId ipv6pool-ec2=?Ipv6Pool",
    "CreateVpcBlockPublicAccessExclusion": "+vpc-block-public-access-exclusion subnet=?SubnetId vpc=?VpcId",
    "DeleteVpcBlockPublicAccessExclusion": "vpc-block-public-access-exclusion=ExclusionId",
    "DisassociateSubnetCidrBlock": "subnet<AssociationId",
    "DisassociateVpcCidrBlock": "vpc<AssociationId",
    "ModifyVpcBlockPublicAccessExclusion": "vpc-block-public-access-exclusion=ExclusionId",
}

_GROUPS: Final = {
    "AssociateSecurityGroupVpc": "security-group=GroupId vpc=VpcId",
    "DescribeSecurityGroupReferences": "security-group=GroupId",
    "DisassociateSecurityGroupVpc": "security-group=GroupId vpc=VpcId",
}

_ROUTES: Final = {
    "AssociateRouteTable": "route-table=RouteTableId subnet=?SubnetId *=?GatewayId ipv4pool-ec2=?PublicIpv4Pool",
    "CreateLocalGatewayRoute": "local-gateway-route-table=LocalGatewayRouteTableId "
    "local-gateway-virtual-interface-group=?LocalGatewayVirtualInterfaceGroupId network-interface=?NetworkInterfaceId "
    "prefix-list=?DestinationPrefixListId",
    "CreateCoipPool": "+coip-pool local-gateway-route-table=LocalGatewayRouteTableId",
    "DeleteLocalGatewayRoute": "local-gateway-route-table=LocalGatewayRouteTableId "
    "prefix-list=?DestinationPrefixListId",
    "DisableVgwRoutePropagation": "route-table=RouteTableId vpn-gateway=GatewayId",
    "DisassociateRouteTable": "route-table<?AssociationId subnet<?AssociationId internet-gateway<?AssociationId "
    "vpn-gateway<?AssociationId ipv4pool-ec2<?AssociationId ipv6pool-ec2<?AssociationId",
    "EnableVgwRoutePropagation": "route-table=RouteTableId vpn-gateway=GatewayId",
    "GetCoipPoolUsage": "coip-pool=PoolId",
    "ModifyLocalGatewayRoute": "local-gateway-route-table=LocalGatewayRouteTableId "
    "local-gateway-virtual-interface-group=?LocalGatewayVirtualInterfaceGroupId network-interface=?NetworkInterfaceId "
    "prefix-list=?DestinationPrefixListId",
    "ReplaceNetworkAclAssociation": "network-acl=NetworkAclId subnet<AssociationId",
    "ReplaceRouteTableAssociation": "route-table=RouteTableId subnet<?AssociationId internet-gateway<?AssociationId "
    "vpn-gateway<?AssociationId ipv4pool-ec2<?AssociationId ipv6pool-ec2<?AssociationId",
}

_INTERFACES: Final = {
    "CreateNetworkInterface": "+network-interface subnet=SubnetId security-group=?Groups",
    "DeleteNetworkInterfacePermission": "network-interface<?NetworkInterfacePermissionId",
    "DetachNetworkInterface": "instance<AttachmentId network-interface<AttachmentId",
    "ModifyNetworkInterfaceAttribute": "network-interface=NetworkInterfaceId security-group=?Groups "
    "subnet=?AssociatedSubnetIds instance<?Attachment.AttachmentId",
}

_ADDRESSES: Final = {
    "AcceptAddressTransfer": "+elastic-ip",
    "AllocateAddress": "+elastic-ip ipam-pool=?IpamPoolId ipv4pool-ec2=?PublicIpv4Pool",
    "CreatePublicIpv4Pool": "+ipv4pool-ec2",
    "DeletePublicIpv4Pool": "ipv4pool-ec2=PoolId",
    "DeprovisionPublicIpv4PoolCidr": "ipv4pool-ec2=PoolId",
    "DisassociateAddress": "elastic-ip<?AssociationId elastic-ip<?PublicIp network-interface<?AssociationId "
    "network-interface<?PublicIp",
    "DisassociateNatGatewayAddress": "natgateway=NatGatewayId elastic-ip<AssociationIds "
    "network-interface<?AssociationIds",
    "GetAssociatedIpv6PoolCidrs": "ipv6pool-ec2=PoolId",
    "ProvisionPublicIpv4PoolCidr": "ipam-pool=IpamPoolId ipv4pool-ec2=PoolId",
}

_IPAM: Final = {
    "AssociateIpamResourceDiscovery": "ipam=IpamId ipam-resource-discovery=IpamResourceDiscoveryId "
    "+ipam-resource-discovery-association",
    "CreateIpamPrefixListResolver": "+ipam-prefix-list-resolver ipam=IpamId ipam-scope=?Rules.IpamScopeId",
    "ModifyIpamPolicyAllocationRules": "ipam-policy=IpamPolicyId ipam-pool=?AllocationRules.SourceIpamPoolId",
    "ModifyIpamPrefixListResolver": "ipam-prefix-list-resolver=IpamPrefixListResolverId ipam-scope=?Rules.IpamScopeId",
    "ModifyIpamResourceCidr": "ipam-scope=CurrentIpamScopeId ipam-scope=?DestinationIpamScopeId",
}

LINES: Final = {**_VPCS, **_GROUPS, **_ROUTES, **_INTERFACES, **_ADDRESSES, **_IPAM}
TABLE: Table = rows(LINES)
