"""A call of any AWS API to what it asks of IAM: by our table for the service, or by the same-name rule, or refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.key_sources import NO_SOURCES, KeySources
from passrole.activity.bind.model import ApiCall, Asked, Basis, Binding, Bound, CannotBindError, Refused, Why
from passrole.activity.bind.operations import operations_of
from passrole.activity.bind.pass_role import passed
from passrole.activity.bind.rows import Builder, Row, Table, nothing
from passrole.activity.bind.same_name import Plan, ask_by_plan, same_name_plan
from passrole.activity.bind.state import ResourceState

WITH_TABLES: dict[str, str] = {
    name: {
        "dynamodbstreams": "dynamodb_streams",
        "lambda": "lambda_functions",
        "license-manager": "license_manager",
        "redshift-data": "redshift_data",
    }.get(name, name)
    for name in (
        "apigateway",
        "apigatewayv2",
        "cloudwatch",
        "dms",
        "dynamodb",
        "dynamodbstreams",
        "ec2",
        "ecs",
        "elbv2",
        "events",
        "glue",
        "kms",
        "lambda",
        "license-manager",
        "logs",
        "organizations",
        "redshift",
        "redshift-data",
        "s3",
        "scheduler",
        "secretsmanager",
        "sns",
        "sqs",
        "ssm",
    )
}
"""The module in `services` for each service of botocore that has a table."""

_OURS = frozenset({"iam", "sts"})


def bind(call: ApiCall, state: ResourceState) -> Binding:
    """What the call asks of IAM, all of which must be allowed; or why that cannot be said."""
    way = way_of(call.service, call.operation)
    if isinstance(way, Refused):
        return way
    inquiry = Inquiry(call, operations_of(call.service)[call.operation], state, _keys(call.service))
    try:
        if isinstance(way, Row):
            asks = _distinct(_by_row(way, inquiry))
            if not asks and way.build is not nothing:
                # Lists that are empty name nothing: that is no call without need of permission.
                return Refused(Why.RESOURCE_NOT_NAMED, "the call names nothing that it could be about")
            return Bound(asks, Basis.TABLE, way.source)
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


@cache
def _passes(service: str) -> Mapping[str, str]:
    """By the name of a parameter, the principal that gets the role in it."""
    module = WITH_TABLES.get(service)
    if module is None:
        return {}
    members: Mapping[str, str] = getattr(import_module(f"passrole.activity.bind.services.{module}"), "PASSES", {})
    return members


@cache
def _keys(service: str) -> KeySources:
    """What reads the condition keys that all calls of a service tell in the same way."""
    module = WITH_TABLES.get(service)
    if module is None:
        return NO_SOURCES
    sources: KeySources = getattr(import_module(f"passrole.activity.bind.services.{module}"), "KEYS", NO_SOURCES)
    return sources


@cache
def _also(service: str) -> Builder | None:
    """What every call of a service asks that is bound by its name: EC2's tags of what is made."""
    module = WITH_TABLES.get(service)
    if module is None:
        return None
    builder: Builder | None = getattr(import_module(f"passrole.activity.bind.services.{module}"), "ALSO", None)
    return builder


@cache
def _associates(service: str) -> Mapping[str, str]:
    """By operation, what tells the ARN of the resource that gets the role from the others that are asked about."""
    module = WITH_TABLES.get(service)
    if module is None:
        return {}
    found: Mapping[str, str] = getattr(import_module(f"passrole.activity.bind.services.{module}"), "ASSOCIATES", {})
    return found


def _by_row(row: Row, inquiry: Inquiry) -> Iterator[Asked]:
    asked = list(row.build(inquiry))
    yield from asked
    members = _passes(inquiry.call.service)
    if members:
        yield from passed(inquiry, members, others=False, associated=_associated(inquiry, asked))


def _by_name(plan: Plan, inquiry: Inquiry) -> Iterator[Asked]:
    asked = list(ask_by_plan(plan, inquiry))
    yield from asked
    also = _also(inquiry.call.service)
    if also is not None:
        yield from also(inquiry)
    if not plan.reads:
        members = _passes(inquiry.call.service)
        yield from passed(inquiry, members, others=True, associated=_associated(inquiry, asked))


def _associated(inquiry: Inquiry, asked: list[Asked]) -> str | None:
    """The resource that gets the roles of a call; None where AWS's pages do not say which that is."""
    part = _associates(inquiry.call.service).get(inquiry.call.operation)
    return next((each.resource for each in asked if part in each.resource), None) if part else None


def _distinct(asks: Iterator[Asked]) -> tuple[Asked, ...]:
    """Each question once, in the order asked."""
    found: list[Asked] = []
    for each in asks:
        if each not in found:
            found.append(each)
    return tuple(found)
