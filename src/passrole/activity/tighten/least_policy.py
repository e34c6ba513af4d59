"""The least policy for a number of decisions: every action on just the resources that it was asked for.

Actions with the same resources share a statement, so that no statement allows a pair that nobody asked for. Wildcards
come in only where somebody names them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from passrole.account.decided import Decided
from passrole.activity.tighten.literal import literal_resource
from passrole.activity.tighten.seen_conditions import condition_for, value_seen
from passrole.engine.compare.arn import PARTS
from passrole.engine.evaluate import evaluate
from passrole.engine.glob import read_pattern
from passrole.engine.resource_pattern import resource_matcher
from passrole.engine.stack import AttachedPolicy, Known
from passrole.errors import UsageError
from passrole.policy.model import Policy, PolicyType
from passrole.policy.parse import policy_from_value
from passrole.policy.printing import Json

VERSION = "2012-10-17"
NAME = "the least policy"

Seen = tuple[str | None, ...]
"""The values of the chosen condition keys in one request, in the order of the keys."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What the policy may say beyond the requests themselves, and what it keeps of their context.

    `patterns` take the place of the resources that they cover; `keys` are condition keys whose values are kept.
    """

    patterns: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LeastPolicy:
    document: dict[str, Json]
    wide: tuple[tuple[str, str], ...]
    """Actions on resources that are patterns, `*` included: what goes beyond the requests."""
    without_key: int
    """How many of the decisions had none of some chosen condition key: nothing can be kept of it for them."""

    @property
    def attached(self) -> AttachedPolicy:
        return AttachedPolicy(PolicyType.IDENTITY, NAME, self.policy)

    @property
    def policy(self) -> Policy:
        return policy_from_value(self.document, NAME)


def least_policy(decisions: Sequence[Decided], shape: Shape = Shape()) -> LeastPolicy:
    """Statements in the order of the services' and actions' names. Raises UsageError for what no key can hold."""
    asked: dict[Seen, dict[str, set[str]]] = {}
    without_key = 0
    for each in decisions:
        seen = tuple(value_seen(each.request, key) for key in shape.keys)
        without_key += None in seen
        resources = asked.setdefault(seen, {}).setdefault(each.request.action, set())
        resources.add(_written(each.request.resource, shape.patterns))
    grouped: dict[tuple[tuple[str, ...], tuple[str, ...]], list[Seen]] = {}
    for seen in sorted(asked, key=lambda values: tuple(value or "" for value in values)):
        for actions, written in _statements(asked[seen]):
            grouped.setdefault((actions, written), []).append(seen)
    statements: list[Json] = []
    wide: dict[tuple[str, str], None] = {}
    for (actions, written), worlds in sorted(grouped.items()):
        conditions = _conditions(shape.keys, worlds)
        statements += [_statement(actions, written, condition) for condition in conditions]
        patterns = [resource for resource in written if resource == "*" or resource in shape.patterns]
        wide.update(dict.fromkeys((action, pattern) for action in actions for pattern in patterns))
    return LeastPolicy({"Version": VERSION, "Statement": statements}, tuple(wide), without_key)


def not_allowed_by(policy: LeastPolicy, decisions: Iterable[Decided]) -> tuple[Decided, ...]:
    """Those that the engine does not allow with this policy in the place of the principal's own."""
    identity = Known((policy.attached,))
    return tuple(
        each for each in decisions if not evaluate(each.request, replace(each.stack, identity=identity)).allowed
    )


def check_pattern(pattern: str) -> None:
    """Raises UsageError for what is no pattern of ARNs."""
    if not pattern.startswith("arn:") or pattern.count(":") < PARTS - 1 or "${" in pattern:
        raise UsageError(f"`{pattern}` is no pattern of ARNs", help="write it as --widen 'arn:aws:s3:::disk-images/*'")


def covering(resource: str, patterns: tuple[str, ...]) -> str | None:
    """The first of the patterns that covers a resource."""
    for pattern in patterns:
        # What is not understood of a pattern covers nothing.
        if resource != "*" and resource_matcher(read_pattern(pattern)).truth(resource) is True:
            return pattern
    return None


def _written(resource: str, patterns: tuple[str, ...]) -> str:
    return covering(resource, patterns) or literal_resource(resource)


def _statements(asked: dict[str, set[str]]) -> Iterable[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Actions that have just the same resources, with them."""
    by_resources: dict[tuple[str, ...], list[str]] = {}
    for action, resources in asked.items():
        # On every resource: the others are among them.
        kept = ("*",) if "*" in resources else tuple(sorted(resources))
        by_resources.setdefault(kept, []).append(action)
    for resources_of, actions in by_resources.items():
        yield tuple(sorted(actions)), resources_of


def _conditions(keys: tuple[str, ...], worlds: list[Seen]) -> list[dict[str, Json]]:
    """One Condition for each combination of values; of a single key they can stand in one."""
    if len(keys) == 1:
        texts = tuple(seen[0] for seen in worlds if seen[0] is not None)
        found = [condition_for(((keys[0], texts),))] if texts else []
        return [*found, {}] if (None,) in worlds else found
    return [
        condition_for([(key, (value,)) for key, value in zip(keys, seen, strict=True) if value is not None])
        for seen in worlds
    ]


def _statement(actions: tuple[str, ...], resources: tuple[str, ...], condition: dict[str, Json]) -> Json:
    statement: dict[str, Json] = {
        "Effect": "Allow",
        "Action": actions[0] if len(actions) == 1 else [*actions],
        "Resource": resources[0] if len(resources) == 1 else [*resources],
    }
    if condition:
        statement["Condition"] = condition
    return statement
