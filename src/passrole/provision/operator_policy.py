"""The smallest policy of a person who sets something up with passrole: the calls that it makes, and no others.

Source: Service Authorization Reference, AWS Identity and Access Management
<https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html>
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from passrole.provision.documents import CURRENT_VERSION
from passrole.provision.operator_needs import Condition, Need, OperatorTask, needs_of
from passrole.recipes.desired import DesiredState, Json

SMALLEST = frozenset({OperatorTask.APPLY, OperatorTask.PASS_ROLE})


def operator_policy(desired: DesiredState, tasks: Collection[OperatorTask] = SMALLEST) -> dict[str, Json]:
    """The identity-based policy, as a JSON document, of whoever runs `tasks` for this set-up.

    Every statement names the entities of the set-up; `*` stands only where an action takes no resource. An entity
    that is there already at another path than the recipe's needs its own ARN in the policy.
    """
    grouped: dict[tuple[tuple[str, ...], Condition], list[str]] = {}
    for action, resources, condition in _joined(needs_of(desired, frozenset(tasks))):
        grouped.setdefault((resources, condition), []).append(action)
    statements: list[Json] = [
        _statement(actions, resources, condition) for (resources, condition), actions in grouped.items()
    ]
    return {"Version": CURRENT_VERSION, "Statement": statements}


def _joined(needs: Iterable[Need]) -> list[tuple[str, tuple[str, ...], Condition]]:
    """Each action once for each condition, with all the resources that need it."""
    joined: dict[tuple[str, Condition], dict[str, None]] = {}
    for need in needs:
        joined.setdefault((need.action, need.condition), {}).update(dict.fromkeys(need.resources))
    return [(action, tuple(resources), condition) for (action, condition), resources in joined.items()]


def _statement(actions: list[str], resources: tuple[str, ...], condition: Condition) -> dict[str, Json]:
    statement: dict[str, Json] = {
        "Effect": "Allow",
        "Action": _one_or_list(actions),
        "Resource": _one_or_list(resources),
    }
    if condition is not None:
        operator, key, values = condition
        statement["Condition"] = {operator: {key: _one_or_list(values)}}
    return statement


def _one_or_list(values: Collection[str]) -> Json:
    texts: list[Json] = list(values)
    return texts[0] if len(texts) == 1 else texts
