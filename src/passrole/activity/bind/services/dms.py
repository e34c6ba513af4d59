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
from passrole.activity.bind.model import Asked, CannotBindError, Why
from passrole.activity.bind.named import whole
from passrole.activity.bind.rows import Builder, Named, Row, Table, both, on, reference

_PAGE: Final = reference("awsdatabasemigrationservice")

PASSES: Final = {
    "ServiceAccessRoleArn": "dms",
    "SecretsManagerAccessRoleArn": "dms.{region}",
    "SecretsManagerOracleAsmAccessRoleArn": "dms.{region}",
}


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


def _project(member: str, start: str) -> Named:
    def named(inquiry: Inquiry) -> str:
        value = inquiry.need(member)
        if value.startswith("arn:"):
            return whole(inquiry, value, "dms", f"{start}:")
        arn = inquiry.behind(inquiry.arn("dms", f"{start}:{value}"), "the ARN")
        if arn is None:
            raise CannotBindError(Why.RESOURCE_NOT_NAMED, f"`{value}` names no {start.replace('-', ' ')} that is there")
        return arn

    return named


def _arns(action: str, members: dict[str, str]) -> Builder:
    """One question for each ARN that a member holds."""

    def build(inquiry: Inquiry) -> Iterator[Asked]:
        for member, kind in members.items():
            yield inquiry.ask(f"dms:{action}", whole(inquiry, inquiry.need(member), "dms", ""), kind)

    return build


def _tagging(resource: str, kind: str) -> Builder:
    def build(inquiry: Inquiry) -> Iterator[Asked]:
        if inquiry.call.parameters.get("Tags"):
            yield inquiry.ask("dms:AddTagsToResource", inquiry.arn("dms", resource), kind, new=True)

    return build


_OF_PROJECT: Final = {
    "DescribeExtensionPackAssociations": "ListExtensionPacks",
    "DescribeMetadataModelAssessments": "ListMetadataModelAssessments",
    "DescribeMetadataModelConversions": "ListMetadataModelConversions",
    "DescribeMetadataModelExportsAsScript": "ListMetadataModelExports",
    "DescribeMetadataModelExportsToTarget": "ListMetadataModelExports",
    "ModifyConversionConfiguration": "UpdateConversionConfiguration",
    "ModifyMigrationProject": "UpdateMigrationProject",
    "StartExtensionPackAssociation": "AssociateExtensionPack",
    "StartMetadataModelExportAsScript": "StartMetadataModelExportAsScripts",
    **{
        name: name
        for name in (
            "CancelMetadataModelConversion",
            "CancelMetadataModelCreation",
            "DeleteMigrationProject",
            "DescribeConversionConfiguration",
            "DescribeMetadataModel",
            "DescribeMetadataModelChildren",
            "DescribeMetadataModelCreations",
            "DescribeMetadataModelImports",
            "ExportMetadataModelAssessment",
            "GetTargetSelectionRules",
            "StartMetadataModelAssessment",
            "StartMetadataModelConversion",
            "StartMetadataModelCreation",
            "StartMetadataModelExportToTarget",
            "StartMetadataModelImport",
        )
    },
}
"""Operations on a migration project by the action they ask."""

_MIGRATION: Final = _project("MigrationProjectIdentifier", "migration-project")
_OTHERS: Final = {
    "DeleteDataMigration": ("DeleteDataMigration", "DataMigrationIdentifier", "data-migration", "DataMigration"),
    "ModifyDataMigration": ("ModifyDataMigration", "DataMigrationIdentifier", "data-migration", "DataMigration"),
    "StartDataMigration": ("StartDataMigration", "DataMigrationIdentifier", "data-migration", "DataMigration"),
    "StopDataMigration": ("StopDataMigration", "DataMigrationIdentifier", "data-migration", "DataMigration"),
    "DeleteDataProvider": ("DeleteDataProvider", "DataProviderIdentifier", "data-provider", "DataProvider"),
    "ModifyDataProvider": ("UpdateDataProvider", "DataProviderIdentifier", "data-provider", "DataProvider"),
    "DeleteInstanceProfile": (
        "DeleteInstanceProfile",
        "InstanceProfileIdentifier",
        "instance-profile",
        "InstanceProfile",
    ),
    "ModifyInstanceProfile": (
        "UpdateInstanceProfile",
        "InstanceProfileIdentifier",
        "instance-profile",
        "InstanceProfile",
    ),
}


def _named(start: str, member: str) -> Named:
    return lambda inquiry: inquiry.arn("dms", f"{start}:{inquiry.need(member)}")


_EVENTS: Final = _named("es", "SubscriptionName")
_SUBNETS: Final = _named("subgrp", "ReplicationSubnetGroupIdentifier")
_ENDS: Final = {"SourceEndpointArn": "Endpoint", "TargetEndpointArn": "Endpoint"}

TABLE: Table = {
    **{name: Row(on(f"dms:{action}", _MIGRATION, "MigrationProject"), _PAGE) for name, action in _OF_PROJECT.items()},
    **{
        name: Row(on(f"dms:{action}", _project(member, start), kind), _PAGE)
        for name, (action, member, start, kind) in _OTHERS.items()
    },
    "CreateEndpoint": Row(_new("CreateEndpoint", "endpoint:*", "Endpoint"), _PAGE),
    "CreateReplicationInstance": Row(_new("CreateReplicationInstance", "rep:*", "ReplicationInstance"), _PAGE),
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
            _tagging("task:*", "ReplicationTask"),
        ),
        _PAGE,
    ),
    "CreateReplicationConfig": Row(
        both(_arns("CreateReplicationConfig", _ENDS), _tagging("replication-config:*", "ReplicationConfig")), _PAGE
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
