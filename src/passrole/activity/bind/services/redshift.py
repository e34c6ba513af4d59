"""Amazon Redshift: what its parameters name otherwise than its ARNs, credentials of databases, roles of clusters.

Sources: <https://docs.aws.amazon.com/redshift/latest/mgmt/redshift-iam-access-control-identity-based.html>,
<https://docs.aws.amazon.com/redshift/latest/APIReference/API_GetClusterCredentials.html>,
<https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonredshift.html>.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.kms_keys import ask_kms_through, key_arn
from passrole.activity.bind.lines import Naming, reference_arn
from passrole.activity.bind.model import Asked, CannotBindError, Why
from passrole.activity.bind.named import given, or_any, whole
from passrole.activity.bind.parameter_paths import found_at
from passrole.activity.bind.rows import Row, Table, alike, anywhere, on, reference
from passrole.engine.request import ContextValue

_PAGE: Final = reference("amazonredshift")
_CREDENTIALS: Final = "https://docs.aws.amazon.com/redshift/latest/APIReference/API_GetClusterCredentials.html"

PASSES: Final = {
    "IamRoles": "redshift",
    "AddIamRoles": "redshift",
    "DefaultIamRoleArn": "redshift",
    "IamRoleArn": "redshift",
    "IamRole": "scheduler.redshift",
}
ASSOCIATES: Final = dict.fromkeys(("CreateCluster", "ModifyClusterIamRoles", "RestoreFromClusterSnapshot"), ":cluster:")


def _arn(inquiry: Inquiry, kind: str, name: str) -> str:
    """A security group's ARN ends in its name; the reference writes it with what is let in."""
    if kind == "securitygroup":
        return inquiry.arn("redshift", f"securitygroup:{name}")
    return reference_arn("redshift")(inquiry, kind, name)


_REDSHIFT: Final = Naming("redshift", _arn, _PAGE, tags="redshift:CreateTags")


def _snapshot(inquiry: Inquiry) -> str:
    """A snapshot's ARN has its cluster, without which the snapshot is of any."""
    if inquiry.text("SnapshotArn"):
        return whole(inquiry, inquiry.need("SnapshotArn"), "redshift", "snapshot:")
    cluster = inquiry.text("SnapshotClusterIdentifier") or inquiry.text("SourceSnapshotClusterIdentifier") or "*"
    name = inquiry.text("SnapshotIdentifier") or inquiry.need("SourceSnapshotIdentifier")
    return inquiry.arn("redshift", f"snapshot:{cluster}/{name}")


def _delete_snapshots(inquiry: Inquiry) -> Iterator[Asked]:
    for each in found_at(inquiry.call.parameters, "Identifiers"):
        if not isinstance(each, Mapping) or not each.get("SnapshotIdentifier"):
            raise CannotBindError(Why.RESOURCE_NOT_NAMED, "one of `Identifiers` names no snapshot")
        cluster = each.get("SnapshotClusterIdentifier") or "*"
        arn = inquiry.arn("redshift", f"snapshot:{cluster}/{each['SnapshotIdentifier']}")
        yield inquiry.ask("redshift:BatchDeleteClusterSnapshots", arn, "snapshot")


def _modify_snapshots(inquiry: Inquiry) -> Iterator[Asked]:
    for name in inquiry.texts("SnapshotIdentifierList"):
        arn = inquiry.arn("redshift", f"snapshot:*/{name}")
        yield inquiry.ask("redshift:BatchModifyClusterSnapshots", arn, "snapshot")


def _ingress(inquiry: Inquiry) -> Iterator[Asked]:
    """The group, and the rule for a group of EC2; the reference lists no resource for a range of addresses."""
    action = f"redshift:{inquiry.call.operation}"
    group = inquiry.need("ClusterSecurityGroupName")
    yield inquiry.ask(action, inquiry.arn("redshift", f"securitygroup:{group}"), "securitygroup")
    if inquiry.text("EC2SecurityGroupName"):
        owner = inquiry.text("EC2SecurityGroupOwnerId") or inquiry.call.account
        rule = f"securitygroupingress:{group}/ec2securitygroup/{owner}/{inquiry.need('EC2SecurityGroupName')}"
        yield inquiry.ask(action, inquiry.arn("redshift", rule), "securitygroupingress-ec2securitygroup")


def _database_keys(inquiry: Inquiry) -> dict[str, ContextValue | None]:
    seconds = inquiry.call.parameters.get("DurationSeconds")
    return {
        "redshift:DbName": inquiry.text("DbName"),
        "redshift:DbUser": inquiry.text("DbUser"),
        "redshift:DurationSeconds": str(seconds) if seconds is not None else None,
    }


def _credentials(inquiry: Inquiry) -> Iterator[Asked]:
    """The user, the database where one is named, each group that is joined, and the user to be made if asked for."""
    cluster, user, keys = inquiry.need("ClusterIdentifier"), inquiry.need("DbUser"), _database_keys(inquiry)
    arn = inquiry.arn("redshift", f"dbuser:{cluster}/{user}")
    yield inquiry.ask("redshift:GetClusterCredentials", arn, "dbuser", keys)
    if inquiry.text("DbName"):
        database = inquiry.arn("redshift", f"dbname:{cluster}/{inquiry.need('DbName')}")
        yield inquiry.ask("redshift:GetClusterCredentials", database, "dbname", keys)
    for group in inquiry.texts("DbGroups"):
        yield inquiry.ask("redshift:JoinGroup", inquiry.arn("redshift", f"dbgroup:{cluster}/{group}"), "dbgroup")
    if inquiry.call.parameters.get("AutoCreate"):
        yield inquiry.ask("redshift:CreateClusterUser", arn, "dbuser", keys)


def _credentials_with_iam(inquiry: Inquiry) -> Iterator[Asked]:
    """The database, which is named by `*` where the call names none."""
    cluster = inquiry.text("ClusterIdentifier") or "*"
    database = inquiry.arn("redshift", f"dbname:{cluster}/{inquiry.text('DbName') or '*'}")
    yield inquiry.ask("redshift:GetClusterCredentialsWithIAM", database, "dbname", _database_keys(inquiry))


_SCHEDULED: Final = {"PauseCluster": "PauseCluster", "ResizeCluster": "ResizeCluster", "ResumeCluster": "ResumeCluster"}


def _schedule(inquiry: Inquiry) -> Iterator[Asked]:
    """The action that is planned must be allowed as well."""
    yield inquiry.ask(f"redshift:{inquiry.call.operation}", "*")
    for name, target in inquiry.mapping("TargetAction").items():
        if name in _SCHEDULED and isinstance(target, Mapping):
            cluster = inquiry.arn("redshift", f"cluster:{target.get('ClusterIdentifier')}")
            yield inquiry.ask(f"redshift:{name}", cluster, "cluster")


def _integrate(inquiry: Inquiry) -> Iterator[Asked]:
    """A key of the customer is described, and Redshift gets a grant on it, with the caller's permissions."""
    arn = inquiry.arn("redshift", "integration:*")
    keys: dict[str, ContextValue | None] = {
        "redshift:IntegrationSourceArn": inquiry.text("SourceArn"),
        "redshift:IntegrationTargetArn": inquiry.text("TargetArn"),
    }
    yield inquiry.ask("redshift:CreateIntegration", arn, "integration", keys, new=True)
    if inquiry.call.parameters.get("TagList"):
        yield inquiry.ask("redshift:CreateTags", arn, "integration", new=True)
    if inquiry.text("KMSKeyId"):
        key = key_arn(inquiry, inquiry.need("KMSKeyId"))
        no_algorithm: dict[str, ContextValue | None] = {"kms:EncryptionAlgorithm": None}
        yield ask_kms_through(inquiry, "redshift", "kms:DescribeKey", key, {}, True, no_algorithm)
        grant = {**no_algorithm, "kms:GrantIsForAWSResource": "true"}
        yield ask_kms_through(inquiry, "redshift", "kms:CreateGrant", key, {}, False, grant)


_LINES: Final = {
    "CreateClusterSecurityGroup": "+securitygroup=ClusterSecurityGroupName",
    "CreateClusterSubnetGroup": "+subnetgroup=ClusterSubnetGroupName",
    "CreateEventSubscription": "+eventsubscription=SubscriptionName",
    "DeleteClusterSecurityGroup": "securitygroup=ClusterSecurityGroupName",
    "DeleteClusterSubnetGroup": "subnetgroup=ClusterSubnetGroupName",
    "DeleteEventSubscription": "eventsubscription=SubscriptionName",
    "GetIdentityCenterAuthToken": "cluster=ClusterIds",
    "ModifyClusterSubnetGroup": "subnetgroup=ClusterSubnetGroupName",
    "ModifyEventSubscription": "eventsubscription=SubscriptionName",
    # Roles that are taken away are passed to nobody.
    "ModifyClusterIamRoles": "cluster=ClusterIdentifier",
}

TABLE: Table = {
    **_REDSHIFT.rows(_LINES),
    **alike("redshift", ("CreateTags", "DeleteTags"), given("ResourceName", "redshift"), _PAGE),
    **alike(
        "redshift",
        (
            "AuthorizeSnapshotAccess",
            "CopyClusterSnapshot",
            "DeleteClusterSnapshot",
            "ModifyClusterSnapshot",
            "RevokeSnapshotAccess",
        ),
        _snapshot,
        _PAGE,
        "snapshot",
    ),
    **{
        name: Row(_ingress, _PAGE)
        for name in ("AuthorizeClusterSecurityGroupIngress", "RevokeClusterSecurityGroupIngress")
    },
    **{name: Row(_schedule, _PAGE) for name in ("CreateScheduledAction", "ModifyScheduledAction")},
    "BatchDeleteClusterSnapshots": Row(_delete_snapshots, _PAGE),
    "BatchModifyClusterSnapshots": Row(_modify_snapshots, _PAGE),
    "CreateIntegration": Row(_integrate, _PAGE),
    "DescribeTags": Row(
        or_any(
            "ResourceName",
            on("redshift:DescribeTags", given("ResourceName", "redshift")),
            anywhere("redshift:DescribeTags"),
        ),
        _PAGE,
    ),
    "GetClusterCredentials": Row(_credentials, _CREDENTIALS),
    "GetClusterCredentialsWithIAM": Row(_credentials_with_iam, _PAGE),
}
