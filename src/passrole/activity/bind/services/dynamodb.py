"""Amazon DynamoDB: tables and indexes by name or ARN, batches by table, transactions by the action of each item.

PartiQL statements are refused: what they touch is in their text, which is not read.
Sources: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/api-permissions-reference.html>,
<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html>.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.model import Asked, CannotBindError, Refused, Why
from passrole.activity.bind.named import whole
from passrole.activity.bind.rows import Builder, Row, Table, reference
from passrole.activity.bind.state import Known
from passrole.engine.request import ContextValue

_PAGE: Final = reference("amazondynamodb")
_TRANSACTIONS: Final = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html"
_BACKUPS: Final = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/backuprestore_IAM.html"

Keys = dict[str, ContextValue | None]


def table_arn(inquiry: Inquiry, named: str) -> str:
    if named.startswith("arn:"):
        return whole(inquiry, named, "dynamodb", "table/")
    return inquiry.arn("dynamodb", f"table/{named}")


def _keys(inquiry: Inquiry, enclosing: str | None = None) -> Keys:
    return {
        "dynamodb:EnclosingOperation": enclosing,
        "dynamodb:ReturnConsumedCapacity": inquiry.text("ReturnConsumedCapacity"),
        "dynamodb:ReturnValues": inquiry.text("ReturnValues"),
        "dynamodb:Select": inquiry.text("Select"),
    }


def _leading(inquiry: Inquiry, table: str, items: Iterable[object]) -> Keys:
    """dynamodb:LeadingKeys: the partition keys of the items. Of an item with several attributes, the table's schema
    tells which it is: `state.attribute(table, "PartitionKey")`."""
    values: list[str] = []
    name = inquiry.state.attribute(table, "PartitionKey")
    for item in items:
        if not isinstance(item, Mapping):
            return {}
        if isinstance(name, Known) and isinstance(name.value, str):
            typed = item.get(name.value)
        else:
            typed = next(iter(item.values())) if len(item) == 1 else None
        if not isinstance(typed, Mapping) or len(typed) != 1:
            return {}
        value = next(iter(typed.values()))
        if not isinstance(value, str):
            return {}
        values.append(value)
    return {"dynamodb:LeadingKeys": tuple(dict.fromkeys(values))}


def _item(action: str, member: str) -> Builder:
    def build(inquiry: Inquiry) -> Iterator[Asked]:
        table = table_arn(inquiry, inquiry.need("TableName"))
        keys = {**_keys(inquiry), **_leading(inquiry, table, [inquiry.mapping(member)])}
        yield inquiry.ask(action, table, "table", keys)

    return build


def _search(action: str) -> Builder:
    """On the table, or on the index where one is named."""

    def build(inquiry: Inquiry) -> Iterator[Asked]:
        table = table_arn(inquiry, inquiry.need("TableName"))
        index = inquiry.text("IndexName")
        resource, kind = (f"{table}/index/{index}", "index") if index else (table, "table")
        yield inquiry.ask(action, resource, kind, _keys(inquiry), tagged=table)

    return build


def _batch_get(inquiry: Inquiry) -> Iterator[Asked]:
    for name, request in _tables(inquiry):
        table = table_arn(inquiry, name)
        found = request.get("Keys") if isinstance(request, Mapping) else None
        keys = {**_keys(inquiry), **_leading(inquiry, table, found if isinstance(found, (list, tuple)) else [None])}
        yield inquiry.ask("dynamodb:BatchGetItem", table, "table", keys)


def _batch_write(inquiry: Inquiry) -> Iterator[Asked]:
    for name, requests in _tables(inquiry):
        table = table_arn(inquiry, name)
        items: list[object] = []
        for each in requests if isinstance(requests, (list, tuple)) else [None]:
            items.append(_written(each))
        yield inquiry.ask(
            "dynamodb:BatchWriteItem", table, "table", {**_keys(inquiry), **_leading(inquiry, table, items)}
        )


def _written(request: object) -> object:
    if not isinstance(request, Mapping):
        return None
    for kind, member in (("PutRequest", "Item"), ("DeleteRequest", "Key")):
        inner = request.get(kind)
        if isinstance(inner, Mapping):
            return inner.get(member)
    return None


def _tables(inquiry: Inquiry) -> list[tuple[str, object]]:
    tables = [(str(name), value) for name, value in inquiry.mapping("RequestItems").items()]
    if not tables:
        raise CannotBindError(Why.RESOURCE_NOT_NAMED, "the call names no table in `RequestItems`")
    return tables


_IN_TRANSACTION: Final = {
    "ConditionCheck": ("dynamodb:ConditionCheckItem", "Key"),
    "Put": ("dynamodb:PutItem", "Item"),
    "Delete": ("dynamodb:DeleteItem", "Key"),
    "Update": ("dynamodb:UpdateItem", "Key"),
    "Get": ("dynamodb:GetItem", "Key"),
}


def _transaction(inquiry: Inquiry) -> Iterator[Asked]:
    """Each item asks the action that it would ask alone."""
    items = inquiry.call.parameters.get("TransactItems")
    for each in items if isinstance(items, (list, tuple)) else ():
        for kind, inner in each.items():
            action, member = _IN_TRANSACTION[kind]
            table = table_arn(inquiry, str(inner["TableName"]))
            keys = {**_keys(inquiry, inquiry.call.operation), **_leading(inquiry, table, [inner.get(member)])}
            yield inquiry.ask(action, table, "table", keys)


def _restore_backup(inquiry: Inquiry) -> Iterator[Asked]:
    backup = whole(inquiry, inquiry.need("BackupArn"), "dynamodb", "table/")
    yield inquiry.ask("dynamodb:RestoreTableFromBackup", backup, "backup", _keys(inquiry))
    yield from _restored(inquiry, "dynamodb:RestoreTableFromBackup")


def _restore_time(inquiry: Inquiry) -> Iterator[Asked]:
    source = table_arn(inquiry, inquiry.text("SourceTableArn") or inquiry.need("SourceTableName"))
    yield inquiry.ask("dynamodb:RestoreTableToPointInTime", source, "table", _keys(inquiry))
    yield from _restored(inquiry, "dynamodb:RestoreTableToPointInTime")


def _restored(inquiry: Inquiry, action: str) -> Iterator[Asked]:
    """The new table is filled with the caller's permissions."""
    target = table_arn(inquiry, inquiry.need("TargetTableName"))
    for each in (action, *(f"dynamodb:{name}Item" for name in ("BatchWrite", "Delete", "Get", "Put", "Update"))):
        yield inquiry.ask(each, target, "table", _keys(inquiry), new=True)
    for name in ("Query", "Scan"):
        yield inquiry.ask(f"dynamodb:{name}", target, "table", _keys(inquiry), new=True)


_PARTIQL: Final = Refused(Why.NOT_KNOWN, "which tables a PartiQL statement touches is in its text, which is not read")

TABLE: Table = {
    "GetItem": Row(_item("dynamodb:GetItem", "Key"), _PAGE),
    "PutItem": Row(_item("dynamodb:PutItem", "Item"), _PAGE),
    "UpdateItem": Row(_item("dynamodb:UpdateItem", "Key"), _PAGE),
    "DeleteItem": Row(_item("dynamodb:DeleteItem", "Key"), _PAGE),
    "Query": Row(_search("dynamodb:Query"), _PAGE),
    "Scan": Row(_search("dynamodb:Scan"), _PAGE),
    "BatchGetItem": Row(_batch_get, _PAGE),
    "BatchWriteItem": Row(_batch_write, _PAGE),
    "TransactGetItems": Row(_transaction, _TRANSACTIONS),
    "TransactWriteItems": Row(_transaction, _TRANSACTIONS),
    "RestoreTableFromBackup": Row(_restore_backup, _BACKUPS),
    "RestoreTableToPointInTime": Row(_restore_time, _BACKUPS),
    "ExecuteStatement": _PARTIQL,
    "BatchExecuteStatement": _PARTIQL,
    "ExecuteTransaction": _PARTIQL,
}
