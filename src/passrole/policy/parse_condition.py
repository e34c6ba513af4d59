"""The `Condition` element: operators, condition keys and their values.

Source: IAM User Guide, "IAM JSON policy elements: Condition"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html>
"""

from __future__ import annotations

from passrole.policy.json_nodes import JsonArray, JsonMember, JsonNumber, JsonObject, JsonString, JsonValue, JsonWord
from passrole.policy.model import Condition, ConditionOperator, Value
from passrole.policy.operators import close_operator, parse_operator
from passrole.policy.reading import Reading, kind_of

OPERATORS_PAGE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html"


def read_conditions(reading: Reading, node: JsonValue) -> tuple[Condition, ...]:
    """One `Condition` for each operator and key, in the order of the text.

    Two keys that differ in case only stay two conditions, which both must hold.
    """
    if not isinstance(node, JsonObject):
        reading.add(
            "P0120",
            f"`Condition` is {kind_of(node)}, not an object",
            node,
            help='write "Condition": { "StringEquals": { "KEY": "VALUE" } }',
        )
        return ()
    # `"Condition": {}` is no condition: the IAM console itself writes it into the trust policies that it makes.
    conditions: list[Condition] = []
    for member in node.members:
        operator = _operator(reading, member)
        block = member.value
        if not isinstance(block, JsonObject):
            reading.add(
                "P0120",
                f"`{member.key.value}` is {kind_of(block)}, not an object",
                block,
                help=f'write "{member.key.value}": {{ "KEY": "VALUE" }}',
            )
            continue
        if not block.members:
            # IAM stores it. Its meaning is contested: the Access Analyzer check "Empty object condition" says first
            # that the condition does not affect the policy, then that the statement has no effect.
            reading.empty_list(block, member.key.value, None)
        for entry in block.members:
            values = _values(reading, entry)
            if operator is not None:
                span = reading.span_between(entry.key, entry.value)
                conditions.append(Condition(operator, entry.key.value, values, span))
    return tuple(conditions)


def _operator(reading: Reading, member: JsonMember) -> ConditionOperator | None:
    text = member.key.value
    operator = parse_operator(text)
    if operator is not None:
        return operator
    if text.endswith("NullIfExists"):
        reading.add(
            "P0130",
            "`Null` cannot take `IfExists`",
            member.key,
            cause="`Null` itself asks whether the key exists",
            help='write "Null": { "KEY": "true" } for an absent key, "false" for a present one',
            see=OPERATORS_PAGE,
            aws_message=f"Invalid Condition type : {text}",
        )
        return None
    close = close_operator(text)
    reading.add(
        "P0129",
        f"`{text}` is not a condition operator",
        member.key,
        cause="a condition that cannot be evaluated would make its statement apply always or never",
        help=f"write `{close}`" if close else "use an operator of AWS's list, in its exact spelling",
        see=OPERATORS_PAGE,
        aws_message=f"Invalid Condition type : {text}",
    )
    return None


def _values(reading: Reading, entry: JsonMember) -> tuple[Value, ...]:
    node = entry.value
    items: tuple[JsonValue, ...]
    if isinstance(node, JsonArray):
        if not node.items:
            # IAM stores it. Access Analyzer's checks "Empty array condition …" describe it for some operators only, and
            # differently for each; a negated operator over no values would always hold.
            reading.empty_list(node, entry.key.value, None)
        items = node.items
    else:
        items = (node,)
    values = []
    for item in items:
        text = _value_text(item)
        if text is not None:
            values.append(Value(text, reading.span(item)))
        else:
            reading.add(
                "P0133",
                f"the value of `{entry.key.value}` is {kind_of(item)}",
                item,
                cause="a condition compares with strings, numbers and booleans",
                help=f'write "{entry.key.value}": "VALUE" or a list of values',
            )
    return tuple(values)


def _value_text(node: JsonValue) -> str | None:
    match node:
        case JsonString(value=text):
            return text
        case JsonNumber(text=text):
            return text
        case JsonWord(text="true" | "false" as text):
            return text
        case _:
            return None
