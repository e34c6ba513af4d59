"""Items of DynamoDB's tables: their condition keys, and PartiQL statements as the questions they ask.

dynamodb:LeadingKeys holds the partition keys of the items. Which of several attributes that is, the table's schema
tells: `state.attribute(table, "PartitionKey")`.
Sources: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html>,
<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html>.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.model import Asked, CannotBindError, Why
from passrole.activity.bind.named import whole
from passrole.activity.bind.parameter_paths import found_at
from passrole.activity.bind.services.dynamodb_attributes import attributes_of, fixed_by_condition
from passrole.activity.bind.services.dynamodb_partiql import Statement, read_statement
from passrole.activity.bind.state import Known
from passrole.engine.request import ContextValue

Keys = dict[str, ContextValue | None]
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,255}")


def table_arn(inquiry: Inquiry, named: str) -> str:
    """The table by name or ARN; raises CannotBindError for what could be read as the name of another table."""
    name = named
    if named.startswith("arn:"):
        name = whole(inquiry, named, "dynamodb", "table/").partition(":table/")[2]
    if not _NAME.fullmatch(name):
        raise CannotBindError(Why.RESOURCE_NOT_NAMED, f"`{named}` is neither the name nor the ARN of a table")
    return named if named.startswith("arn:") else inquiry.arn("dynamodb", f"table/{named}")


def request_keys(inquiry: Inquiry, requests: Sequence[Mapping[str, object]], enclosing: str | None = None) -> Keys:
    """What the parameters say themselves; `requests` are those that name attributes."""
    named = tuple(dict.fromkeys(name for each in requests for name in attributes_of(each)))
    return {
        "dynamodb:Attributes": named or None,
        "dynamodb:EnclosingOperation": enclosing,
        "dynamodb:ReturnConsumedCapacity": inquiry.text("ReturnConsumedCapacity"),
        "dynamodb:ReturnValues": inquiry.text("ReturnValues"),
        "dynamodb:Select": inquiry.text("Select"),
    }


def item_keys(
    inquiry: Inquiry, table: str, request: Mapping[str, object], member: str, enclosing: str | None = None
) -> Keys:
    """Of one item, whose key or whole is in `member` of its request."""
    return {**request_keys(inquiry, [request], enclosing), **leading(inquiry, table, [request.get(member)])}


def search_keys(inquiry: Inquiry, table: str) -> Keys:
    """Of a Query, the partition key is what its condition sets it equal to. The index of a Query has keys of its own,
    which are not read."""
    keys = request_keys(inquiry, [inquiry.call.parameters])
    if inquiry.call.operation == "Query" and not inquiry.text("IndexName"):
        keys.update(leading(inquiry, table, [fixed_by_condition(inquiry.call.parameters)]))
    return keys


def leading(inquiry: Inquiry, table: str, items: Iterable[object]) -> Keys:
    """Nothing where an item's partition key is not known, so that the key stays unknown."""
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


def execute(inquiry: Inquiry) -> Iterator[Asked]:
    yield _ask(inquiry, inquiry.call.parameters, None)


def execute_batch(inquiry: Inquiry) -> Iterator[Asked]:
    for each in _statements(inquiry, "Statements"):
        yield _ask(inquiry, each, None)


def execute_transaction(inquiry: Inquiry) -> Iterator[Asked]:
    for each in _statements(inquiry, "TransactStatements"):
        yield _ask(inquiry, each, "ExecuteTransaction")


def _statements(inquiry: Inquiry, member: str) -> Iterator[Mapping[str, object]]:
    found = [each for each in found_at(inquiry.call.parameters, member) if isinstance(each, Mapping)]
    if not found:
        raise CannotBindError(Why.RESOURCE_NOT_NAMED, f"the call has no `{member}`")
    yield from found


def _ask(inquiry: Inquiry, request: Mapping[str, object], enclosing: str | None) -> Asked:
    parameters = request.get("Parameters")
    given = parameters if isinstance(parameters, (list, tuple)) else ()
    statement = read_statement(str(request.get("Statement") or ""), given)
    table = table_arn(inquiry, statement.table)
    resource = f"{table}/index/{statement.index}" if statement.index else table
    keys: Keys = {"dynamodb:EnclosingOperation": enclosing, **_statement_keys(inquiry, table, statement)}
    kind = "index" if statement.index else "table"
    return inquiry.ask(statement.action, resource, kind, keys, tagged=table)


def _statement_keys(inquiry: Inquiry, table: str, statement: Statement) -> Keys:
    """The partition key, and whether a SELECT reads the whole table, where the schema tells which attribute it is."""
    name = inquiry.state.attribute(table, "PartitionKey")
    if statement.equals is None or not isinstance(name, Known) or not isinstance(name.value, str):
        return {}
    value = statement.equals.get(name.value)
    keys: Keys = {"dynamodb:LeadingKeys": (value,)} if value is not None else {}
    if statement.action == "dynamodb:PartiQLSelect" and not statement.index:
        keys["dynamodb:FullTableScan"] = "false" if name.value in statement.equals else "true"
    return keys
