"""Calls made of nothing but AWS's models: binding never fails, asks something, and asks what AWS's reference knows."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pytest

from passrole.activity.bind.bind import WITH_TABLES, bind, way_of
from passrole.activity.bind.model import ApiCall, Asked, Bound, Refused
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


class _Empty(NothingKnown):
    """A state in which nothing is there."""

    def __init__(self) -> None:
        self._answer = NoSuchThing()  # type: ignore[assignment]  # the same object answers every method


def _calls(service: str) -> Iterator[ApiCall]:
    from botocore.loaders import Loader

    model: Mapping[str, Any] = Loader().load_service_model(service, "service-2")
    for operation, entry in sorted(model["operations"].items()):
        if isinstance(way_of(service, operation), Refused):
            continue
        for mode in ("none", "required", "all", "some", "some more", "some others"):
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
def _formats(action: str) -> tuple[re.Pattern[str], ...] | None:
    """Of every type that the reference lists for the action; None for an action that it does not have."""
    facts = get_action(action)
    if facts is None:
        return None
    found = [get_resource_type(facts.service, each.name) for each in facts.resources]
    formats = [text for each in found if each is not None for text in each.arn_format.split(", ")]
    return tuple(re.compile(re.sub(r"\\\$\\\{[^}]*\\\}|\\\*", ".*", re.escape(text))) for text in formats)


def _is_of_a_known_format(asked: Asked) -> bool:
    formats = _formats(asked.action)
    if formats is None:
        return asked.action in ONLY_IN_THE_API_REFERENCE
    if asked.resource == "*" or any(each.fullmatch(asked.resource) for each in formats):
        return True
    last = asked.resource.split(":", 5)[-1]
    return any(asked.action == action and last.startswith(start) for action, start in OF_ANOTHER_FORMAT)


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
    assert bound
