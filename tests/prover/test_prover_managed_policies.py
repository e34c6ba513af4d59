"""Successive versions of AWS managed policies: every answer is borne out by the engine. All of them: bench/prover.py."""

from __future__ import annotations

import random
import re
from collections import Counter

import pytest
from bench.prover import Pair, asked, contradiction, pairs

from passrole.catalog.actions import Action, get_action, get_resource_type
from passrole.catalog.condition_keys import type_of_key
from passrole.engine.request import ContextValue, Request
from passrole.prover.compare import Comparison, Relation, compare, policy_side

Compared = list[tuple[Pair, Comparison]]


@pytest.fixture(scope="module")
def compared() -> Compared:
    return [(pair, compare(policy_side(pair.old), policy_side(pair.new))) for pair in pairs(every=30)]


def test_what_is_said_of_versions_holds_for_requests_about_them(compared: Compared) -> None:
    generator = random.Random(5)
    for pair, comparison in compared:
        assert contradiction(comparison, pair, asked(pair, generator, 10)) is None, pair.name
    relations = [comparison.relation for _, comparison in compared]
    assert len(relations) > 100
    # AWS mostly adds.
    assert relations.count(Relation.BROADER) > len(relations) / 2
    assert relations.count(Relation.UNDECIDED) <= len(relations) / 50


_PLACEHOLDER = re.compile(r"(\$\{[^}]*\}|\*)")
_PARTS = ("arn", "[a-z-]+", "[a-z0-9-]+", "[a-z0-9-]+", "(?:[0-9]{12}|aws|)", ".+")
"""What AWS writes for a placeholder in each part of an ARN; AWS's own resources have `aws` or no account."""


def _fits(resource: str, arn_format: str) -> bool:
    patterns = (
        "".join(
            filled if _PLACEHOLDER.fullmatch(text) else re.escape(text) for text in _PLACEHOLDER.split(part) if text
        )
        for part, filled in zip(arn_format.split(":", 5), _PARTS, strict=True)
    )
    return re.fullmatch(":".join(patterns), resource) is not None


def _is_asked_by_aws(action: Action, resource: str) -> bool:
    """Whether AWS's list has the resource's type for the action; `*` where none is marked as required."""
    if resource == "*":
        return not any(each.required for each in action.resources)
    kinds = [get_resource_type(action.service, each.name) for each in action.resources]
    # A few types are those of another service.
    return any(kind is None or _fits(resource, kind.arn_format) for kind in kinds)


_TYPES = {
    "Bool": "true|false",
    "Numeric": r"-?[0-9]+(\.[0-9]+)?",
    "Date": r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z",
    "IPAddress": "[0-9a-f.:]+",
    "ARN": r"arn:[^:]+:[^:]+:[^:]*:[^:]*:.+",
    "String": "(?s:.*)",
}
_GLOBAL = {
    "aws:securetransport": "Bool",
    "aws:multifactorauthpresent": "Bool",
    "aws:viaawsservice": "Bool",
    "aws:currenttime": "Date",
    "aws:sourceip": "IPAddress",
    "aws:sourcearn": "ARN",
    "aws:principalarn": "ARN",
    "ec2:sourceinstancearn": "ARN",
}
_SEVERAL = ("aws:calledvia", "aws:tagkeys", "aws:principalorgpaths", "aws:resourceorgpaths")


def _is_of_type(key: str, value: ContextValue) -> bool:
    kind = _GLOBAL.get(key.lower()) or type_of_key(key) or "String"
    several = kind.startswith("ArrayOf") or key.lower() in _SEVERAL
    values = value if isinstance(value, tuple) else (value,)
    form = _TYPES[kind.removeprefix("ArrayOf")]
    return (several is isinstance(value, tuple) or type_of_key(key) is None) and all(
        isinstance(each, str) and re.fullmatch(form, each) for each in values
    )


def test_every_request_that_is_shown_is_one_that_aws_could_receive(compared: Compared) -> None:
    seen: Counter[str] = Counter()
    for pair, comparison in compared:
        for witness in (*comparison.gained, *comparison.lost):
            request: Request = witness.request
            action = get_action(request.action)
            seen["known" if action else "unknown"] += 1
            if action is not None:
                assert action.name == request.action, pair.name
                assert _is_asked_by_aws(action, request.resource), (pair.name, request)
            else:
                # One that AWS does not list, as the policy spells it.
                assert request.resource == "*" or re.fullmatch(
                    r"arn:[^:]+:[^:]+:[^:]*:([0-9]{12}|aws|):.+", request.resource
                )
            for key, value in request.context.items():
                seen["values"] += 1
                assert _is_of_type(key, value), (pair.name, key, value)
    assert seen["known"] > 150
    assert seen["values"] > 50
