"""EC2's connections: endpoints and their services, transit gateways, VPNs, flow logs, mirrors and analyses of paths."""

from __future__ import annotations

from typing import Final

from passrole.activity.bind.rows import Table
from passrole.activity.bind.services.ec2_parts import rows

_SERVICE: Final = "vpc-endpoint-service=ServiceId"
_ENDPOINTS: Final = {
    "AcceptVpcEndpointConnections": _SERVICE,
    "CreateVpcEndpointConnectionNotification": "vpc-endpoint=?VpcEndpointId vpc-endpoint-service=?ServiceId",
    "CreateVpcEndpointServiceConfiguration": "+vpc-endpoint-service",
    "DeleteVpcEndpointConnectionNotifications": "vpc-endpoint<?ConnectionNotificationIds "
    "vpc-endpoint-service<?ConnectionNotificationIds",
    "DeleteVpcEndpointServiceConfigurations": "vpc-endpoint-service=ServiceIds",
    "DescribeVpcEndpointServicePermissions": _SERVICE,
    "ModifyVpcEndpoint": "vpc-endpoint=VpcEndpointId route-table=?AddRouteTableIds route-table=?RemoveRouteTableIds "
    "subnet=?AddSubnetIds subnet=?RemoveSubnetIds subnet=?SubnetConfigurations.SubnetId "
    "security-group=?AddSecurityGroupIds security-group=?RemoveSecurityGroupIds",
    "ModifyVpcEndpointConnectionNotification": "vpc-endpoint<?ConnectionNotificationId "
    "vpc-endpoint-service<?ConnectionNotificationId",
    "ModifyVpcEndpointPayerResponsibility": "vpc-endpoint-service=?ServiceId",
    "ModifyVpcEndpointServiceConfiguration": _SERVICE,
    "ModifyVpcEndpointServicePayerResponsibility": _SERVICE,
    "ModifyVpcEndpointServicePermissions": _SERVICE,
    "RejectVpcEndpointConnections": _SERVICE,
    "StartVpcEndpointServicePrivateDnsVerification": _SERVICE,
}

_TRANSIT: Final = {
    "CreateTransitGatewayMeteringPolicy": "+transit-gateway-metering-policy transit-gateway=TransitGatewayId "
    "transit-gateway-attachment=?MiddleboxAttachmentIds",
    "CreateTransitGatewayMeteringPolicyEntry": "transit-gateway-metering-policy=TransitGatewayMeteringPolicyId "
    "transit-gateway-attachment=?SourceTransitGatewayAttachmentId "
    "transit-gateway-attachment=?DestinationTransitGatewayAttachmentId",
    "CreateTransitGatewayPolicyTableEntry": "transit-gateway-policy-table=TransitGatewayPolicyTableId "
    "transit-gateway-route-table=TargetRouteTableId",
    "CreateTransitGatewayRouteTableAnnouncement": "+transit-gateway-route-table-announcement "
    "transit-gateway-route-table=TransitGatewayRouteTableId transit-gateway-attachment=PeeringAttachmentId",
    "ModifyTransitGateway": "transit-gateway=TransitGatewayId "
    "transit-gateway-route-table=?Options.AssociationDefaultRouteTableId "
    "transit-gateway-route-table=?Options.PropagationDefaultRouteTableId",
    "ModifyTransitGatewayMeteringPolicy": "transit-gateway-metering-policy=TransitGatewayMeteringPolicyId "
    "transit-gateway-attachment=?AddMiddleboxAttachmentIds transit-gateway-attachment=?RemoveMiddleboxAttachmentIds",
    "ModifyTransitGatewayPolicyTableEntry": "transit-gateway-policy-table=TransitGatewayPolicyTableId "
    "transit-gateway-route-table=?TargetRouteTableId",
    "ModifyTransitGatewayVpcAttachment": "transit-gateway-attachment=TransitGatewayAttachmentId subnet=?AddSubnetIds "
    "subnet=?RemoveSubnetIds",
}

_VPNS: Final = {
    "CreateClientVpnEndpoint": "+client-vpn-endpoint security-group=?SecurityGroupIds vpc=?VpcId "
    "transit-gateway=?TransitGatewayConfiguration.TransitGatewayId",
    "CreateClientVpnRoute": "client-vpn-endpoint=ClientVpnEndpointId subnet=?TargetVpcSubnetId",
    "CreateVpnConnection": "+vpn-connection customer-gateway=CustomerGatewayId vpn-gateway=?VpnGatewayId "
    "transit-gateway=?TransitGatewayId +transit-gateway-attachment?TransitGatewayId "
    "vpn-concentrator=?VpnConcentratorId",
    "DeleteClientVpnRoute": "client-vpn-endpoint=ClientVpnEndpointId subnet=?TargetVpcSubnetId",
    "ModifyClientVpnEndpoint": "client-vpn-endpoint=ClientVpnEndpointId security-group=?SecurityGroupIds vpc=?VpcId "
    "transit-gateway=?TransitGatewayConfiguration.TransitGatewayId",
}

_ACCESS: Final = {
    "CreateVerifiedAccessEndpoint": "+verified-access-endpoint verified-access-group=VerifiedAccessGroupId "
    "security-group=?SecurityGroupIds network-interface=?NetworkInterfaceOptions.NetworkInterfaceId "
    "subnet=?LoadBalancerOptions.SubnetIds subnet=?RdsOptions.SubnetIds subnet=?CidrOptions.SubnetIds",
    "ModifyVerifiedAccessEndpoint": "verified-access-endpoint=VerifiedAccessEndpointId "
    "verified-access-group=?VerifiedAccessGroupId subnet=?LoadBalancerOptions.SubnetIds subnet=?RdsOptions.SubnetIds",
}

_WATCHING: Final = {
    "CreateFlowLogs": "*=ResourceIds +vpc-flow-log",
    "CreateNetworkInsightsPath": "+network-insights-path *=Source *=?Destination",
    "CreateTrafficMirrorTarget": "+traffic-mirror-target network-interface=?NetworkInterfaceId "
    "vpc-endpoint=?GatewayLoadBalancerEndpointId",
    "DeleteFlowLogs": "vpc-flow-log=FlowLogIds",
    "DeleteTrafficMirrorFilterRule": "traffic-mirror-filter<TrafficMirrorFilterRuleId "
    "traffic-mirror-filter-rule=TrafficMirrorFilterRuleId",
    "GetFlowLogsIntegrationTemplate": "vpc-flow-log=FlowLogId",
    "ModifyTrafficMirrorFilterRule": "traffic-mirror-filter<TrafficMirrorFilterRuleId "
    "traffic-mirror-filter-rule=TrafficMirrorFilterRuleId",
}

LINES: Final = {**_ENDPOINTS, **_TRANSIT, **_VPNS, **_ACCESS, **_WATCHING}
TABLE: Table = rows(LINES)
