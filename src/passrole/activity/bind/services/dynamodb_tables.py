"""DynamoDB's tables themselves: made, changed, imported and restored, with their tags, policies and keys.

Sources: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/backuprestore_IAM.html>,
<https://docs.aws.amazon.com/kms/latest/developerguide/services-dynamodb.html>,
<https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html>.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.kms_keys import ask_kms_through, key_arn
from passrole.activity.bind.model import Asked, CannotBindError, Why
from passrole.activity.bind.named import whole
from passrole.activity.bind.parameter_paths import texts_at
from passrole.activity.bind.rows import Builder, Row, Table, both, reference
from passrole.activity.bind.services.dynamodb_items import Keys, table_arn

_PAGE: Final = reference("amazondynamodb")
_BACKUPS: Final = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/backuprestore_IAM.html"


def _restore_backup(inquiry: Inquiry) -> Iterator[Asked]:
    backup = whole(inquiry, inquiry.need("BackupArn"), "dynamodb", "table/")
    yield inquiry.ask("dynamodb:RestoreTableFromBackup", backup, "backup", _none())
    yield from _restored(inquiry, "dynamodb:RestoreTableFromBackup")


def _restore_time(inquiry: Inquiry) -> Iterator[Asked]:
    source = table_arn(inquiry, inquiry.text("SourceTableArn") or inquiry.need("SourceTableName"))
    yield inquiry.ask("dynamodb:RestoreTableToPointInTime", source, "table", _none())
    yield from _restored(inquiry, "dynamodb:RestoreTableToPointInTime")


def _restored(inquiry: Inquiry, action: str) -> Iterator[Asked]:
    """The new table is filled with the caller's permissions."""
    target = table_arn(inquiry, inquiry.need("TargetTableName"))
    for each in (action, *(f"dynamodb:{name}Item" for name in ("BatchWrite", "Delete", "Get", "Put", "Update"))):
        yield inquiry.ask(each, target, "table", _none(), new=True)
    for name in ("Query", "Scan"):
        yield inquiry.ask(f"dynamodb:{name}", target, "table", _none(), new=True)


def _none() -> Keys:
    """A restore names no items."""
    names = ("Attributes", "EnclosingOperation", "LeadingKeys", "ReturnConsumedCapacity", "ReturnValues", "Select")
    return {f"dynamodb:{name}": None for name in names}


def _global(action: str) -> Builder:
    """A global table, which has no Region, and the table of its name."""

    def build(inquiry: Inquiry) -> Iterator[Asked]:
        name = inquiry.need("GlobalTableName")
        arn = inquiry.arn("dynamodb", f"global-table/{name}", region=False)
        yield inquiry.ask(action, arn, "global-table")
        yield inquiry.ask(action, table_arn(inquiry, name), "table")

    return build


def _import(inquiry: Inquiry) -> Iterator[Asked]:
    named = inquiry.mapping("TableCreationParameters").get("TableName")
    if not named:
        raise CannotBindError(Why.RESOURCE_NOT_NAMED, "the call has no `TableCreationParameters.TableName`")
    yield inquiry.ask("dynamodb:ImportTable", table_arn(inquiry, str(named)), "table", new=True)


def _create(inquiry: Inquiry) -> Iterator[Asked]:
    """With tags, tagging it; with a policy of its own, putting that."""
    table = table_arn(inquiry, inquiry.need("TableName"))
    yield inquiry.ask("dynamodb:CreateTable", table, "table", new=True)
    if inquiry.call.parameters.get("Tags"):
        yield inquiry.ask("dynamodb:TagResource", table, "table", new=True)
    if inquiry.text("ResourcePolicy"):
        yield inquiry.ask("dynamodb:PutResourcePolicy", table, "table", new=True)


def _update(inquiry: Inquiry) -> Iterator[Asked]:
    yield inquiry.ask("dynamodb:UpdateTable", table_arn(inquiry, inquiry.need("TableName")), "table")


def _choose_key(inquiry: Inquiry) -> Iterator[Asked]:
    """The key that a table is to have is described, and DynamoDB gets a grant on it, for whoever chooses it."""
    named = next(iter(texts_at(inquiry.call.parameters, "SSESpecification.KMSMasterKeyId")), None)
    if named is None or named.endswith("alias/aws/dynamodb"):
        return
    key = key_arn(inquiry, named)
    context = encryption_context(table_arn(inquiry, inquiry.need("TableName")))
    more = {"kms:GrantIsForAWSResource": "true", "kms:EncryptionAlgorithm": None}
    yield ask_kms_through(inquiry, "dynamodb", "kms:DescribeKey", key, {}, True, {"kms:EncryptionAlgorithm": None})
    yield ask_kms_through(inquiry, "dynamodb", "kms:CreateGrant", key, context, True, more)


def encryption_context(table: str) -> dict[str, str]:
    """The encryption context of everything that DynamoDB asks KMS for a table."""
    parts = table.split(":", 5)
    return {"aws:dynamodb:tableName": parts[5].split("/")[1], "aws:dynamodb:subscriberId": parts[4]}


TABLE: Table = {
    "RestoreTableFromBackup": Row(_restore_backup, _BACKUPS),
    "RestoreTableToPointInTime": Row(_restore_time, _BACKUPS),
    "CreateTable": Row(both(_create, _choose_key), _PAGE),
    "UpdateTable": Row(both(_update, _choose_key), _PAGE),
    "ImportTable": Row(_import, _PAGE),
    **{
        name: Row(_global(f"dynamodb:{name}"), _PAGE)
        for name in ("CreateGlobalTable", "UpdateGlobalTable", "UpdateGlobalTableSettings")
    },
}
