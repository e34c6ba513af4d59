"""EC2's machines and disks: instances, hosts and what is reserved for them, snapshots, images, import and export."""

from __future__ import annotations

from typing import Final

from passrole.activity.bind.rows import Table
from passrole.activity.bind.services.ec2_parts import rows

_COPYING_IMAGES: Final = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/copy-ami-permissions.html"

_INSTANCES: Final = {
    "CreateApplicationStatusCheck": "+application-status-check subnet=?HealthCheckPaths.Source.SubnetId "
    "security-group=?HealthCheckPaths.Source.SecurityGroupId subnet=?HealthCheckPaths.Destinations.SubnetId "
    "security-group=?HealthCheckPaths.Destinations.SecurityGroupId",
    "ModifyApplicationStatusCheck": "application-status-check=ApplicationStatusCheckId "
    "subnet=?HealthCheckPaths.Source.SubnetId security-group=?HealthCheckPaths.Source.SecurityGroupId "
    "subnet=?HealthCheckPaths.Destinations.SubnetId security-group=?HealthCheckPaths.Destinations.SecurityGroupId",
    "ModifyInstanceAttribute": "instance=InstanceId security-group=?Groups volume=?BlockDeviceMappings.Ebs.VolumeId",
    "ModifyInstanceCapacityReservationAttributes": "instance=InstanceId "
    "capacity-reservation=?CapacityReservationSpecification.CapacityReservationTarget.CapacityReservationId",
    "ModifyInstanceCreditSpecification": "instance=InstanceCreditSpecifications.InstanceId",
    "ModifyInstancePlacement": "instance=InstanceId dedicated-host=?HostId placement-group=?GroupName "
    "placement-group<?GroupId",
    "ReportInstanceStatus": "instance=Instances",
}

_RESERVED: Final = {
    "AcceptReservedInstancesExchangeQuote": "reserved-instances=ReservedInstanceIds",
    "AllocateHosts": "+dedicated-host",
    "CancelCapacityReservation": "capacity-reservation=CapacityReservationId "
    "capacity-reservation-cancellation-quote=?QuoteId",
    "GetReservedInstancesExchangeQuote": "reserved-instances=ReservedInstanceIds",
    "ModifyHosts": "dedicated-host=HostIds",
    "MoveCapacityReservationInstances": "capacity-reservation=SourceCapacityReservationId "
    "capacity-reservation=DestinationCapacityReservationId",
    "PurchaseHostReservation": "dedicated-host=HostIdSet",
    "ReleaseHosts": "dedicated-host=HostIds",
}

_IMAGES: Final = {
    "CreateImage": "+image instance=InstanceId +snapshot",
    "CreateImageUsageReport": "image=ImageId +image-usage-report",
    "DeleteImageUsageReport": "image-usage-report=ReportId",
    "EnableFastLaunch": "image=ImageId launch-template=?LaunchTemplate.LaunchTemplateId",
    "RegisterImage": "+image snapshot=?BlockDeviceMappings.Ebs.SnapshotId",
}

_SNAPSHOTS: Final = {
    "DisableFastSnapshotRestores": "snapshot=SourceSnapshotIds",
    "EnableFastSnapshotRestores": "snapshot=SourceSnapshotIds",
}

_TASKS: Final = {
    "CancelDeclarativePoliciesReport": "declarative-policies-report=ReportId",
    "CancelExportTask": "*=ExportTaskId",
    "CancelImportTask": "*=?ImportTaskId",
    "GetDeclarativePoliciesReportSummary": "declarative-policies-report=ReportId",
    "ImportInstance": "+instance +volume security-group=?LaunchSpecification.GroupIds "
    "subnet=?LaunchSpecification.SubnetId",
    "ImportVolume": "+volume",
}

LINES: Final = {**_INSTANCES, **_RESERVED, **_IMAGES, **_SNAPSHOTS, **_TASKS}
TABLE: Table = rows(LINES)
