"""A call of any AWS API to what it asks of IAM: by our table for the service, or by the same-name rule, or refused."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.model import ApiCall, Asked, Basis, Binding, Bound, CannotBindError, Refused, Why
from passrole.activity.bind.operations import operations_of
from passrole.activity.bind.pass_role import passed_by_any_service
from passrole.activity.bind.rows import Row, Table
from passrole.activity.bind.same_name import Plan, ask_by_plan, same_name_plan
from passrole.activity.bind.state import ResourceState

WITH_TABLES: dict[str, str] = {name: name for name in ("kms", "s3", "secretsmanager", "sns", "sqs")}
"""The module in `services` for each service of botocore that has a table."""

_OURS = frozenset({"iam", "sts"})


def bind(call: ApiCall, state: ResourceState) -> Binding:
    """What the call asks of IAM, all of which must be allowed; or why that cannot be said."""
    way = way_of(call.service, call.operation)
    if isinstance(way, Refused):
        return way
    inquiry = Inquiry(call, operations_of(call.service)[call.operation], state)
    try:
        if isinstance(way, Row):
            return Bound(_distinct(way.build(inquiry)), Basis.TABLE, way.source)
        return Bound(_distinct(_by_name(way, inquiry)), Basis.SAME_NAME, way.source)
    except CannotBindError as cannot:
        return cannot.refused


@cache
def way_of(service: str, operation: str) -> Row | Plan | Refused:
    """How every call of an operation is bound, before its parameters are seen."""
    if service in _OURS:
        return Refused(Why.ANOTHER_WAY, f"`{service}` says itself what its operations ask")
    if operation not in operations_of(service):
        return Refused(Why.NO_SUCH_OPERATION, f"AWS's models have no operation `{operation}` of `{service}`")
    row = _table(service).get(operation)
    return row if row is not None else same_name_plan(service, operation)


@cache
def _table(service: str) -> Table:
    module = WITH_TABLES.get(service)
    if module is None:
        return {}
    table: Table = import_module(f"passrole.activity.bind.services.{module}").TABLE
    return table


def _by_name(plan: Plan, inquiry: Inquiry) -> Iterator[Asked]:
    yield from ask_by_plan(plan, inquiry)
    if not plan.reads:
        yield from passed_by_any_service(inquiry)


def _distinct(asks: Iterator[Asked]) -> tuple[Asked, ...]:
    """Each question once, in the order asked."""
    found: list[Asked] = []
    for each in asks:
        if each not in found:
            found.append(each)
    return tuple(found)
