"""AWS DMS's migration projects, data providers, instance profiles of its own, and data migrations.

A name of one does not tell its ARN; the account then tells it: `state.stands_for("…:migration-project:NAME")`.
Source: the required permissions that each operation's page names,
<https://docs.aws.amazon.com/dms/latest/APIReference/API_Operations.html>.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.model import Asked, CannotBindError, Why
from passrole.activity.bind.named import whole
from passrole.activity.bind.parameter_paths import texts_at
from passrole.activity.bind.rows import Builder, Named, Row, Table, on, reference

_PAGE: Final = reference("awsdatabasemigrationservice")


def tagging(resource: str, kind: str) -> Builder:
    def build(inquiry: Inquiry) -> Iterator[Asked]:
        if inquiry.call.parameters.get("Tags"):
            yield inquiry.ask("dms:AddTagsToResource", inquiry.arn("dms", resource), kind, new=True)

    return build


def _project(member: str, start: str) -> Named:
    return lambda inquiry: _behind(inquiry, inquiry.need(member), start)


def _behind(inquiry: Inquiry, value: str, start: str) -> str:
    """The ARN for an ARN or a name."""
    if value.startswith("arn:"):
        return whole(inquiry, value, "dms", f"{start}:")
    arn = inquiry.behind(inquiry.arn("dms", f"{start}:{value}"), "the ARN")
    if arn is None:
        raise CannotBindError(Why.RESOURCE_NOT_NAMED, f"`{value}` names no {start.replace('-', ' ')} that is there")
    return arn


def _create_project(inquiry: Inquiry) -> Iterator[Asked]:
    """What is joined in it: the providers of both sides, and the instance profile (DMS's own, not IAM's)."""
    for side in ("SourceDataProviderDescriptors", "TargetDataProviderDescriptors"):
        for named in texts_at(inquiry.call.parameters, f"{side}.DataProviderIdentifier"):
            arn = _behind(inquiry, named, "data-provider")
            yield inquiry.ask("dms:CreateMigrationProject", arn, "DataProvider")
    arn = _behind(inquiry, inquiry.need("InstanceProfileIdentifier"), "instance-profile")
    yield inquiry.ask("dms:CreateMigrationProject", arn, "InstanceProfile")
    yield from tagging("migration-project:*", "MigrationProject")(inquiry)


def _create_migration(inquiry: Inquiry) -> Iterator[Asked]:
    yield inquiry.ask("dms:CreateDataMigration", _MIGRATION(inquiry), "MigrationProject")
    yield from tagging("data-migration:*", "DataMigration")(inquiry)


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


TABLE: Table = {
    **{name: Row(on(f"dms:{action}", _MIGRATION, "MigrationProject"), _PAGE) for name, action in _OF_PROJECT.items()},
    **{
        name: Row(on(f"dms:{action}", _project(member, start), kind), _PAGE)
        for name, (action, member, start, kind) in _OTHERS.items()
    },
    "CreateDataMigration": Row(_create_migration, _PAGE),
    "CreateMigrationProject": Row(_create_project, _PAGE),
}
