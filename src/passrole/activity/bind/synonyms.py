"""Placeholders of ARN formats that operations fill under another name than the placeholder's own.

By prefix and placeholder: the members that hold what it stands for, wherever an operation has one of them. Only where
every operation of the service means the same by that member.
Source: <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>
beside the API reference of each service.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SYNONYMS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "appsync": {"GraphQLAPIId": ("apiId",)},
    "athena": {"DataCatalogName": ("CatalogName",), "WorkGroupName": ("WorkGroup",)},
    "cloudtrail": {
        "ChannelId": ("Channel",),
        "DashboardName": ("DashboardId",),
        "EventDataStoreId": ("EventDataStore",),
    },
    "elasticfilesystem": {"FileSystemId": ("SourceFileSystemId",)},
    "elasticmapreduce": {"ClusterId": ("JobFlowId", "JobFlowIds")},
    "glue": {"DevEndpointName": ("EndpointName",), "UserDefinedFunctionName": ("FunctionName",)},
    "rds": {
        "ClusterSnapshotName": ("DBClusterSnapshotIdentifier",),
        "DbClusterInstanceName": ("DBClusterIdentifier",),
        "GlobalCluster": ("GlobalClusterIdentifier",),
        "SnapshotName": ("DBSnapshotIdentifier",),
    },
    "sagemaker": {"MlflowTrackingServerName": ("TrackingServerName",)},
    "ses": {
        "DedicatedIPPool": ("PoolName", "DestinationPoolName"),
        "ExportJobId": ("JobId",),
        "IdentityName": ("EmailIdentity",),
        "ImportJobId": ("JobId",),
    },
    "xray": {"SamplingRuleName": ("RuleName",)},
}
