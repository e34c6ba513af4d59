"""IAM policies as one Cedar policy set: as much of the language as the benchmark's policies use.

An Allow of an identity-based policy is a `permit`, a Deny a `forbid`. Cedar has no ceilings, so each of them (a
permissions boundary, a level of SCPs) is a `forbid` unless one of its Allows applies. Action and resource are texts in
the context: Cedar's own actions and resources are entities, which have no wildcards.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

Statement = Mapping[str, object]


class CannotTranslate(Exception):
    """The statement says something that has no translation here."""


def policy_set(identity: Sequence[Statement], ceilings: Sequence[Sequence[Statement]]) -> str:
    lines = []
    for statement in identity:
        kind = "permit" if statement["Effect"] == "Allow" else "forbid"
        lines.append(f"{kind}(principal, action, resource) when {{ {applies(statement)} }};")
    for ceiling in ceilings:
        allows = " || ".join(f"({applies(one)})" for one in ceiling if one["Effect"] == "Allow")
        lines.append(f"forbid(principal, action, resource) unless {{ {allows or 'false'} }};")
        lines += [
            f"forbid(principal, action, resource) when {{ {applies(one)} }};"
            for one in ceiling
            if one["Effect"] == "Deny"
        ]
    return "\n".join(lines)


def context_of(action: str, resource: str, context: Mapping[str, str]) -> dict[str, object]:
    """The context of a request. Addresses and moments are values of Cedar's extension types."""
    found: dict[str, object] = {"action": action.lower(), "resource": resource}
    for key, value in context.items():
        name = key.lower()
        if name == "aws:sourceip":
            found[name] = {"__extn": {"fn": "ip", "arg": value}}
        elif name == "aws:currenttime":
            found[name] = {"__extn": {"fn": "datetime", "arg": value}}
        else:
            found[name] = value
    return found


def applies(statement: Statement) -> str:
    parts = [_element(statement, "Action", "context.action"), _element(statement, "Resource", "context.resource")]
    conditions = statement.get("Condition", {})
    assert isinstance(conditions, Mapping)
    for operator, keys in conditions.items():
        parts += [_condition(operator, key.lower(), _listed(values)) for key, values in keys.items()]
    return " && ".join(f"({part})" for part in parts if part != "true") or "true"


def _element(statement: Statement, name: str, attribute: str) -> str:
    negated = f"Not{name}" in statement
    values = _listed(statement[f"Not{name}" if negated else name])
    if "*" in values:
        return "false" if negated else "true"
    texts = [value.lower() if name == "Action" else value for value in values]
    matches = " || ".join(f"{attribute} like {_text(text)}" for text in texts)
    return f"!({matches})" if negated else matches


def _condition(operator: str, key: str, values: list[str]) -> str:
    has, value = f"context has {json.dumps(key)}", f"context[{json.dumps(key)}]"
    match operator:
        case "StringEquals" | "Bool":
            return f"{has} && ({' || '.join(f'{value} == {_text(one)}' for one in values)})"
        case "StringNotEquals":
            return f"!({has}) || !({' || '.join(f'{value} == {_text(one)}' for one in values)})"
        case "StringLike" | "ArnLike":
            return f"{has} && ({' || '.join(f'{value} like {_text(one)}' for one in values)})"
        case "IpAddress":
            return f"{has} && ({' || '.join(f'{value}.isInRange(ip({_text(one)}))' for one in values)})"
        case "DateGreaterThan":
            return f"{has} && ({' || '.join(f'{value} > datetime({_text(one)})' for one in values)})"
    raise CannotTranslate(operator)


def _text(text: str) -> str:
    if "?" in text or "${" in text or '"' in text or "\\" in text:
        raise CannotTranslate(text)
    return f'"{text}"'


def _listed(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]
