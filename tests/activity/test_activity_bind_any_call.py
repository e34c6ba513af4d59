"""Calls made of nothing but AWS's models: binding never fails, asks something, and asks what AWS's reference knows."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

import pytest

from passrole.activity.bind.bind import WITH_TABLES, bind, way_of
from passrole.activity.bind.documented_keys import documented_keys
from passrole.activity.bind.model import ApiCall, Asked, Bound, Refused
from passrole.activity.bind.operations import operations_of
from passrole.activity.bind.rows import Row, nothing
from passrole.activity.bind.state import NoSuchThing, NothingKnown
from passrole.catalog.actions import get_action, get_resource_type

_TEXTS = ("abc-123", "arn:aws:ec2:eu-central-1:111122223333:instance/i-1", "", "*", "a:b", "444455556666")

ONLY_IN_THE_API_REFERENCE = {
    # AWS's API reference names these actions; the Service Authorization Reference does not have them yet.
    "cloudwatch:DeleteMetricDataQueryDefinition",
    "cloudwatch:GetMetricDataQueryDefinition",
    "cloudwatch:ListMetricDataQueryDefinitions",
    "cloudwatch:PutMetricDataQueryDefinition",
    "secretsmanager:AcceptCrossAccountReplication",
    "secretsmanager:AssociateCrossAccountReplica",
    "secretsmanager:DisassociateCrossAccountReplica",
    "secretsmanager:ListResourcePolicies",
}

OF_ANOTHER_FORMAT = {
    **{
        (f"apigateway:{method}", "/"): "the path of the request, of which the reference lists the most common ones"
        for method in ("DELETE", "GET", "PATCH", "POST", "PUT")
    },
    ("elasticloadbalancing:AddTags", "targetgroup/"): "the reference lists classic load balancers under this name",
    ("cloudwatch:TagResource", "metric-query-definition/"): "the type is only in the API reference",
    (
        "logs:DeleteDeliverySource",
        "delivery-source:",
    ): "the reference lists a destination, which the call does not name",
    ("logs:DescribeLogGroups", "log-group:"): "AWS's denials show the resource, which the reference does not list",
    ("redshift:CreateTags", "redshiftidcapplication:"): "tags of it are made with it, by the table of operations",
    ("redshift:CreateTags", "qev2idcapplication:"): "tags of it are made with it, by the table of operations",
    **{
        (f"redshift:{action}", "securitygroup:"): "the reference writes a rule of the group in place of the group"
        for action in (
            "AuthorizeClusterSecurityGroupIngress",
            "CreateClusterSecurityGroup",
            "CreateTags",
            "DeleteClusterSecurityGroup",
            "RevokeClusterSecurityGroupIngress",
        )
    },
}
"""By action and the beginning of the resource, why its ARN is of no format that the reference lists for the action."""


NOT_LISTED = {
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html has it in its examples.
    ("dynamodb:ConditionCheckItem", "dynamodb:EnclosingOperation"),
}
"""Keys that the reference does not list for the action, and another page of AWS does."""


class _Empty(NothingKnown):
    """A state in which nothing is there."""

    def __init__(self) -> None:
        self._answer = NoSuchThing()  # type: ignore[assignment]  # the same object answers every method


_MODES = ("none", "required", "all", "some", "some more", "some others")


def _calls(service: str, modes: Sequence[str] = _MODES) -> Iterator[ApiCall]:
    from botocore.loaders import Loader

    model: Mapping[str, Any] = Loader().load_service_model(service, "service-2")
    for operation, entry in sorted(model["operations"].items()):
        if isinstance(way_of(service, operation), Refused):
            continue
        for mode in modes:
            # The same calls in every run.
            chance = random.Random(f"{service}{operation}{mode}")
            made = {} if "input" not in entry else _value(model["shapes"], entry["input"]["shape"], 0, mode, chance)
            yield ApiCall(service, operation, "eu-central-1", "111122223333", made)


def _value(shapes: Mapping[str, Any], name: str, depth: int, mode: str, chance: random.Random) -> Any:
    shape = shapes[name]
    some = mode.startswith("some")
    if shape["type"] == "structure":
        required = shape.get("required", ())
        return {
            member: _value(shapes, ref["shape"], depth + 1, mode, chance)
            for member, ref in shape["members"].items()
            if depth < 6
            and (mode == "all" or (mode == "required" and member in required) or (some and chance.random() < 0.5))
        }
    if shape["type"] == "list":
        count = chance.choice((0, 1, 2)) if some else 1
        return [_value(shapes, shape["member"]["shape"], depth + 1, mode, chance) for _ in range(count)]
    if shape["type"] == "map":
        return {"k": _value(shapes, shape["value"]["shape"], depth + 1, mode, chance)}
    if shape["type"] == "string":
        listed = shape.get("enum")
        return listed[0] if listed else chance.choice(_TEXTS) if some else "abc-123"
    return {"boolean": True, "integer": 1, "long": 1, "float": 1.5, "double": 1.5, "blob": b"x"}.get(shape["type"], "x")


@cache
def _formats(action: str) -> Mapping[str, tuple[re.Pattern[str], ...]] | None:
    """By the types that the reference lists for the action; None for an action that it does not have."""
    facts = get_action(action)
    if facts is None:
        return None
    found = {each.name: get_resource_type(facts.service, each.name) for each in facts.resources}
    return {
        name: tuple(_pattern(text) for text in (each.arn_format.split(", ") if each else ()))
        for name, each in found.items()
    }


def _pattern(arn_format: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\$\\\{[^}]*\\\}|\\\*", ".*", re.escape(arn_format)))


def _is_of_a_known_format(asked: Asked) -> bool:
    formats = _formats(asked.action)
    if formats is None:
        return asked.action in ONLY_IN_THE_API_REFERENCE
    if asked.resource == "*" or any(each.fullmatch(asked.resource) for known in formats.values() for each in known):
        return True
    last = asked.resource.split(":", 5)[-1]
    return any(asked.action == action and last.startswith(start) for action, start in OF_ANOTHER_FORMAT)


def _undocumented(asked: Asked) -> set[str]:
    """Keys of the action's own service that the reference does not list for the action on any of its types."""
    if asked.action in ONLY_IN_THE_API_REFERENCE:
        return set()
    found = documented_keys(asked.action, None)
    listed = [key.lower() for key in (*found.of_action, *found.of_resource)]
    prefix = f"{asked.action.partition(':')[0]}:"
    own = {key for key in asked.context if key.startswith(prefix) and "resourcetag/" not in key.lower()}
    return {key for key in own if not any(fnmatchcase(key.lower(), each) for each in listed)}


@pytest.mark.parametrize("service", sorted(set(WITH_TABLES) - {"kms", "s3", "sns", "sqs"}))
def test_every_call_is_bound_to_what_the_reference_knows_or_refused(service: str) -> None:
    bound = 0
    for call in _calls(service):
        way = way_of(call.service, call.operation)
        for state in (NothingKnown(), _Empty()):
            binding = bind(call, state)
            if isinstance(binding, Bound):
                bound += 1
                assert binding.asks or (isinstance(way, Row) and way.build is nothing), call
                unlike = [each for each in binding.asks if not _is_of_a_known_format(each)]
                assert not unlike, call
                undocumented = {(each.action, key) for each in binding.asks for key in _undocumented(each)}
                assert not undocumented - NOT_LISTED, call
    assert bound


NOT_ASKED = {
    # The reference writes a rule of the group in place of the group.
    ("redshift", "AuthorizeClusterSecurityGroupIngress"),
    ("redshift", "CreateClusterSecurityGroup"),
    ("redshift", "DeleteClusterSecurityGroup"),
    ("redshift", "RevokeClusterSecurityGroupIngress"),
}


@pytest.mark.parametrize("service", sorted(set(WITH_TABLES) - {"kms", "s3", "sns", "sqs"}))
def test_every_type_that_the_reference_requires_is_asked_about(service: str) -> None:
    """Of calls with all their parameters: the action of the operation's name, on each required type of resource."""
    checked = 0
    for call in _calls(service, ("all",)):
        action = get_action(f"{operations_of(service)[call.operation].prefix}:{call.operation}")
        binding = bind(call, _Empty())
        if action is None or not isinstance(binding, Bound) or (service, call.operation) in NOT_ASKED:
            continue
        asked = [each.resource for each in binding.asks if each.action == action.name]
        formats = _formats(action.name) or {}
        for kind in (each.name for each in action.resources if each.required):
            checked += 1
            assert any(each.fullmatch(arn) for each in formats[kind] for arn in asked), (call.operation, kind, asked)
    assert checked or service in ("apigateway", "dynamodbstreams", "redshift-data")
