"""Elastic Load Balancing: rules of listeners by their ARN, target groups that are made; the rest by the same-name rule.

Source: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html>
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.model import Asked
from passrole.activity.bind.named import at, given, whole
from passrole.activity.bind.parameter_paths import texts_at
from passrole.activity.bind.rows import Row, Table, making, on, reference

_PAGE: Final = reference("awselasticloadbalancingv2")
_PREFIX: Final = "elasticloadbalancing"
_RULE: Final = given("RuleArn", _PREFIX)


def _priorities(inquiry: Inquiry) -> Iterator[Asked]:
    for arn in texts_at(inquiry.call.parameters, "RulePriorities.RuleArn"):
        yield inquiry.ask(f"{_PREFIX}:SetRulePriorities", whole(inquiry, arn, _PREFIX, "listener-rule/"))


TABLE: Table = {
    "CreateTargetGroup": Row(
        making(
            f"{_PREFIX}:CreateTargetGroup",
            at(_PREFIX, "targetgroup/{Name}/*"),
            "targetgroup",
            f"{_PREFIX}:AddTags",
            "Tags",
        ),
        _PAGE,
    ),
    "DeleteRule": Row(on(f"{_PREFIX}:DeleteRule", _RULE), _PAGE),
    "ModifyRule": Row(on(f"{_PREFIX}:ModifyRule", _RULE), _PAGE),
    "SetRulePriorities": Row(_priorities, _PAGE),
}
