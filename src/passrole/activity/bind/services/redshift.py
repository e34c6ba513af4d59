"""Amazon Redshift: what its parameters name otherwise than its ARNs, and the roles of clusters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.model import Asked, CannotBindError, Why
from passrole.activity.bind.named import at, each_of, given
from passrole.activity.bind.rows import Row, Table, alike, reference

_PAGE: Final = reference("amazonredshift")

PASSES: Final = {
    "IamRoles": "redshift",
    "AddIamRoles": "redshift",
    "DefaultIamRoleArn": "redshift",
    "IamRoleArn": "redshift",
    "IamRole": "scheduler.redshift",
}


def _snapshot(inquiry: Inquiry) -> str:
    """A snapshot's ARN has its cluster, without which the snapshot is of any."""
    cluster = inquiry.text("SnapshotClusterIdentifier") or inquiry.text("SourceSnapshotClusterIdentifier") or "*"
    name = inquiry.text("SnapshotIdentifier") or inquiry.need("SourceSnapshotIdentifier")
    return inquiry.arn("redshift", f"snapshot:{cluster}/{name}")


def _delete_snapshots(inquiry: Inquiry) -> Iterator[Asked]:
    entries = inquiry.call.parameters.get("Identifiers")
    if not isinstance(entries, (list, tuple)):
        raise CannotBindError(Why.RESOURCE_NOT_NAMED, "the call has no `Identifiers`, which name the snapshots")
    for each in entries:
        cluster = each.get("SnapshotClusterIdentifier") or "*"
        arn = inquiry.arn("redshift", f"snapshot:{cluster}/{each['SnapshotIdentifier']}")
        yield inquiry.ask("redshift:BatchDeleteClusterSnapshots", arn, "snapshot")


_SUBNETS: Final = at("redshift", "subnetgroup:{ClusterSubnetGroupName}")
_SECURITY: Final = at("redshift", "securitygroup:{ClusterSecurityGroupName}")
_EVENTS: Final = at("redshift", "eventsubscription:{SubscriptionName}")

TABLE: Table = {
    **alike(
        "redshift",
        ("CreateClusterSubnetGroup", "DeleteClusterSubnetGroup", "ModifyClusterSubnetGroup"),
        _SUBNETS,
        _PAGE,
        "subnetgroup",
    ),
    **alike(
        "redshift", ("CreateClusterSecurityGroup", "DeleteClusterSecurityGroup"), _SECURITY, _PAGE, "securitygroup"
    ),
    **alike(
        "redshift",
        ("CreateEventSubscription", "DeleteEventSubscription", "ModifyEventSubscription"),
        _EVENTS,
        _PAGE,
        "eventsubscription",
    ),
    **alike("redshift", ("CreateTags", "DeleteTags"), given("ResourceName", "redshift"), _PAGE),
    **alike(
        "redshift",
        ("CopyClusterSnapshot", "DeleteClusterSnapshot", "ModifyClusterSnapshot"),
        _snapshot,
        _PAGE,
        "snapshot",
    ),
    "BatchDeleteClusterSnapshots": Row(_delete_snapshots, _PAGE),
    "GetIdentityCenterAuthToken": Row(
        each_of("redshift:GetIdentityCenterAuthToken", "ClusterIds", "redshift", "cluster:{}", "cluster"), _PAGE
    ),
}
