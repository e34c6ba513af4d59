"""Amazon DynamoDB: tables and indexes by name or ARN, batches by table, transactions and statements by what each does.

A table whose key is the customer's asks kms:Decrypt when its data is used, and kms:CreateGrant when the key is chosen.
Sources: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/api-permissions-reference.html>,
<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html>,
<https://docs.aws.amazon.com/kms/latest/developerguide/services-dynamodb.html>.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.kms_keys import ask_kms_through
from passrole.activity.bind.model import Asked, CannotBindError, Why
from passrole.activity.bind.parameter_paths import found_at
from passrole.activity.bind.rows import Builder, Row, Table, reference
from passrole.activity.bind.services import dynamodb_tables
from passrole.activity.bind.services.dynamodb_items import (
    execute,
    execute_batch,
    execute_transaction,
    item_keys,
    leading,
    request_keys,
    search_keys,
    table_arn,
)
from passrole.activity.bind.services.dynamodb_tables import encryption_context
from passrole.activity.bind.state import Known

_PAGE: Final = reference("amazondynamodb")
_TRANSACTIONS: Final = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html"
_PARTIQL: Final = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html"

PASSES: Final = {"AutoScalingRoleArn": "application-autoscaling"}


def _item(action: str, member: str) -> Builder:
    def build(inquiry: Inquiry) -> Iterator[Asked]:
        table = table_arn(inquiry, inquiry.need("TableName"))
        yield inquiry.ask(action, table, "table", item_keys(inquiry, table, inquiry.call.parameters, member))

    return build


def _search(action: str) -> Builder:
    """On the table, or on the index where one is named."""

    def build(inquiry: Inquiry) -> Iterator[Asked]:
        table = table_arn(inquiry, inquiry.need("TableName"))
        index = inquiry.text("IndexName")
        resource, kind = (f"{table}/index/{index}", "index") if index else (table, "table")
        yield inquiry.ask(action, resource, kind, search_keys(inquiry, table), tagged=table)

    return build


def _batch_get(inquiry: Inquiry) -> Iterator[Asked]:
    for name, request in _tables(inquiry):
        table = table_arn(inquiry, name)
        asked = request if isinstance(request, Mapping) else {}
        found = asked.get("Keys")
        items = list(found) if isinstance(found, (list, tuple)) else [None]
        named = [asked, *({"Key": each} for each in items)]
        keys = {**request_keys(inquiry, named), **leading(inquiry, table, items)}
        yield inquiry.ask("dynamodb:BatchGetItem", table, "table", keys)


def _batch_write(inquiry: Inquiry) -> Iterator[Asked]:
    for name, requests in _tables(inquiry):
        table = table_arn(inquiry, name)
        written = [_written(each) for each in (requests if isinstance(requests, (list, tuple)) else [None])]
        named = [{"Item": each} for each in written if isinstance(each, Mapping)]
        keys = {**request_keys(inquiry, named), **leading(inquiry, table, written)}
        yield inquiry.ask("dynamodb:BatchWriteItem", table, "table", keys)


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
    for each in found_at(inquiry.call.parameters, "TransactItems"):
        for kind, inner in each.items() if isinstance(each, Mapping) else ():
            if kind not in _IN_TRANSACTION or not isinstance(inner, Mapping) or not inner.get("TableName"):
                raise CannotBindError(Why.RESOURCE_NOT_NAMED, f"an item of the transaction (`{kind}`) names no table")
            action, member = _IN_TRANSACTION[kind]
            table = table_arn(inquiry, str(inner["TableName"]))
            keys = item_keys(inquiry, table, inner, member, inquiry.call.operation)
            yield inquiry.ask(action, table, "table", keys)


def _with_key(builder: Builder) -> Builder:
    """What uses the data of tables asks the key of each table, where the stored state tells that it has one."""

    def build(inquiry: Inquiry) -> Iterator[Asked]:
        tables: dict[str, None] = {}
        for asked in builder(inquiry):
            tables[asked.resource.partition("/index/")[0]] = None
            yield asked
        for table in tables:
            stored = inquiry.state.encryption(table)
            if isinstance(stored, Known) and stored.value.key_arn:
                yield ask_kms_through(
                    inquiry, "dynamodb", "kms:Decrypt", stored.value.key_arn, encryption_context(table), True
                )

    return build


TABLE: Table = {
    "GetItem": Row(_with_key(_item("dynamodb:GetItem", "Key")), _PAGE),
    "PutItem": Row(_with_key(_item("dynamodb:PutItem", "Item")), _PAGE),
    "UpdateItem": Row(_with_key(_item("dynamodb:UpdateItem", "Key")), _PAGE),
    "DeleteItem": Row(_with_key(_item("dynamodb:DeleteItem", "Key")), _PAGE),
    "Query": Row(_with_key(_search("dynamodb:Query")), _PAGE),
    "Scan": Row(_with_key(_search("dynamodb:Scan")), _PAGE),
    "BatchGetItem": Row(_with_key(_batch_get), _PAGE),
    "BatchWriteItem": Row(_with_key(_batch_write), _PAGE),
    "TransactGetItems": Row(_with_key(_transaction), _TRANSACTIONS),
    "TransactWriteItems": Row(_with_key(_transaction), _TRANSACTIONS),
    "ExecuteStatement": Row(_with_key(execute), _PARTIQL),
    "BatchExecuteStatement": Row(_with_key(execute_batch), _PARTIQL),
    "ExecuteTransaction": Row(_with_key(execute_transaction), _PARTIQL),
    **dynamodb_tables.TABLE,
}
