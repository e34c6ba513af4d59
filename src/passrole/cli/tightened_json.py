"""A least policy in JSON, with what it goes beyond, what it leaves out and what nobody used."""

from __future__ import annotations

from passrole.catalog.quotas import policy_size
from passrole.cli.comparison_json import comparison_value, decision_of
from passrole.cli.decision_json import ref_value
from passrole.cli.text.tightened import policy_text
from passrole.cli.tightened import Tightened


def tightened_value(result: Tightened) -> dict[str, object]:
    against = result.against
    return {
        "principal": result.owner,
        "policy": result.least.document,
        "characters": policy_size(policy_text(result)),
        "allowed": len(result.needed),
        "without_policy": len(result.free),
        "denied_calls_left_out": result.left_out,
        "wide": [{"action": action, "resource": resource} for action, resource in result.least.wide],
        "kept_condition_keys": list(result.shape.keys),
        "decisions_without_key": result.least.without_key,
        "impossible": [
            {
                "action": each.decided.request.action,
                "resource": each.decided.request.resource,
                **decision_of(each.then),
            }
            for each in result.impossible
        ],
        "denied_by": [ref_value(ref) for ref in result.denied_by],
        "existing": None
        if against is None
        else {
            **comparison_value(against.comparison),
            "unused": [
                {**ref_value(each.ref), "actions": list(each.actions), "whole": each.whole} for each in against.unused
            ],
            "conditions_left_out": [
                {
                    **ref_value(ref),
                    "conditions": [f"{each.operator} {each.key}" for each in ref.statement.conditions],
                }
                for ref in against.conditions_left_out
            ],
            "denies": [ref_value(ref) for ref in against.denies],
        },
    }
