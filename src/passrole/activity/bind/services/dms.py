"""AWS DMS: what is to be made and gets its name from AWS, projects by their ARN, and the roles that endpoints use.

A migration project, data provider or instance profile can be named by its name, which does not tell its ARN; the
account then tells it.
Sources: Service Authorization Reference;
<https://docs.aws.amazon.com/dms/latest/userguide/security_iam_secretsmanager.html> for the Regional principal.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.model import Asked
from passrole.activity.bind.named import whole
from passrole.activity.bind.rows import Builder, Named, Row, Table, anywhere, both, on, reference, without_resource
from passrole.activity.bind.services import dms_projects
from passrole.activity.bind.services.dms_projects import tagging

_PAGE: Final = reference("awsdatabasemigrationservice")
_API: Final = "https://docs.aws.amazon.com/dms/latest/APIReference/API_"

PASSES: Final = {
    "ServiceAccessRoleArn": "dms",
    "SecretsManagerAccessRoleArn": "dms.{region}",
    "SecretsManagerOracleAsmAccessRoleArn": "dms.{region}",
    "SecretsManagerSecurityDbEncryptionAccessRoleArn": "dms.{region}",
    # AWS's reference says dms for these, and the user guide has the role trust schema-conversion.dms.
    "S3AccessRoleArn": "",
    "S3BucketRoleArn": "",
}
ASSOCIATES: Final = {"CreateEndpoint": ":endpoint:", "ModifyEndpoint": ":endpoint:"}


def _new(action: str, resource: str, kind: str) -> Builder:
    """What is to be made; with tags, tagging it as well."""

    def build(inquiry: Inquiry) -> Iterator[Asked]:
        arn = inquiry.arn("dms", resource)
        yield inquiry.ask(f"dms:{action}", arn, kind, new=True)
        if inquiry.call.parameters.get("Tags"):
            yield inquiry.ask("dms:AddTagsToResource", arn, kind, new=True)

    return build


def _new_named(action: str, start: str, member: str, kind: str) -> Builder:
    """The same for what bears the name that the call gives it."""

    def build(inquiry: Inquiry) -> Iterator[Asked]:
        yield from _new(action, f"{start}:{inquiry.need(member)}", kind)(inquiry)

    return build


def _arns(action: str, members: dict[str, str]) -> Builder:
    """One question for each ARN that a member holds."""

    def build(inquiry: Inquiry) -> Iterator[Asked]:
        for member, kind in members.items():
            yield inquiry.ask(f"dms:{action}", whole(inquiry, inquiry.need(member), "dms", ""), kind)

    return build


def _create_instance(inquiry: Inquiry) -> Iterator[Asked]:
    """The instance, and the subnets that it is put into where the call names them."""
    yield from _new("CreateReplicationInstance", "rep:*", "ReplicationInstance")(inquiry)
    subnets = inquiry.text("ReplicationSubnetGroupIdentifier")
    if subnets:
        arn = inquiry.arn("dms", f"subgrp:{subnets}")
        yield inquiry.ask("dms:CreateReplicationInstance", arn, "ReplicationSubnetGroup", requested={})


def _named(start: str, member: str) -> Named:
    return lambda inquiry: inquiry.arn("dms", f"{start}:{inquiry.need(member)}")


_EVENTS: Final = _named("es", "SubscriptionName")
_SUBNETS: Final = _named("subgrp", "ReplicationSubnetGroupIdentifier")
_ENDS: Final = {"SourceEndpointArn": "Endpoint", "TargetEndpointArn": "Endpoint"}

TABLE: Table = {
    **dms_projects.TABLE,
    "CreateEndpoint": Row(_new("CreateEndpoint", "endpoint:*", "Endpoint"), _PAGE),
    "CreateReplicationInstance": Row(_create_instance, _PAGE),
    **{
        name: Row(anywhere(f"dms:{action}"), f"{_API}{name}.html")
        for name, action in {
            "DescribeDataProviders": "ListDataProviders",
            "DescribeInstanceProfiles": "ListInstanceProfiles",
            "DescribeMigrationProjects": "ListMigrationProjects",
        }.items()
    },
    # Filters choose among them; the reference requires none.
    **without_resource(
        "dms", ("DescribeReplicationTaskAssessmentRuns", "DescribeReplicationTaskIndividualAssessments"), _PAGE
    ),
    "ImportCertificate": Row(_new("ImportCertificate", "cert:*", "Certificate"), _PAGE),
    "CreateReplicationSubnetGroup": Row(
        _new_named(
            "CreateReplicationSubnetGroup", "subgrp", "ReplicationSubnetGroupIdentifier", "ReplicationSubnetGroup"
        ),
        _PAGE,
    ),
    "CreateEventSubscription": Row(
        _new_named("CreateEventSubscription", "es", "SubscriptionName", "EventSubscription"), _PAGE
    ),
    "CreateReplicationTask": Row(
        both(
            _arns("CreateReplicationTask", {**_ENDS, "ReplicationInstanceArn": "ReplicationInstance"}),
            tagging("task:*", "ReplicationTask"),
        ),
        _PAGE,
    ),
    "CreateReplicationConfig": Row(
        both(_arns("CreateReplicationConfig", _ENDS), tagging("replication-config:*", "ReplicationConfig")), _PAGE
    ),
    "MoveReplicationTask": Row(
        _arns(
            "MoveReplicationTask",
            {"ReplicationTaskArn": "ReplicationTask", "TargetReplicationInstanceArn": "ReplicationInstance"},
        ),
        _PAGE,
    ),
    **{
        name: Row(on(f"dms:{name}", _EVENTS, "EventSubscription"), _PAGE)
        for name in ("DeleteEventSubscription", "ModifyEventSubscription")
    },
    **{
        name: Row(on(f"dms:{name}", _SUBNETS, "ReplicationSubnetGroup"), _PAGE)
        for name in ("DeleteReplicationSubnetGroup", "ModifyReplicationSubnetGroup")
    },
}
