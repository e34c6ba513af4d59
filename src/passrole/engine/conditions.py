"""Whether a condition holds: the operators' table, values, missing keys, IfExists, ForAllValues and ForAnyValue.

Sources: IAM User Guide, "Condition operators"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>,
"Conditions with multiple context keys or values"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html>
and "Single-valued vs. multivalued context keys"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html>.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from passrole.engine.compare import Test
from passrole.engine.compare.address import address_test
from passrole.engine.compare.arn import arn_test
from passrole.engine.compare.date import date_test
from passrole.engine.compare.flag import binary_test, flag_of, flag_test
from passrole.engine.compare.number import number_test, only_exactness_decides
from passrole.engine.compare.text import text_test
from passrole.engine.context import Context
from passrole.engine.glob import Pattern
from passrole.engine.request import ContextValue
from passrole.engine.truth import Doubt, Either, Truth, all_of, any_of, negation, not_understood
from passrole.engine.variables import Template, fill_in, read_template
from passrole.policy.model import Condition, Quantifier, Value
from passrole.policy.operators import OPERATORS, OperatorFamily, OperatorRow

LITERAL_TESTS: Mapping[OperatorFamily, Callable[[OperatorRow, str], Test | None]] = {
    OperatorFamily.NUMERIC: number_test,
    OperatorFamily.DATE: date_test,
    OperatorFamily.BOOL: flag_test,
    OperatorFamily.BINARY: binary_test,
    OperatorFamily.IP: address_test,
}
"""The families whose values are read as they stand."""

PATTERN_TESTS: Mapping[OperatorFamily, Callable[[OperatorRow, Pattern], Test | None]] = {
    OperatorFamily.STRING: text_test,
    OperatorFamily.ARN: arn_test,
}
"""The families whose values may hold policy variables. `Null` alone is in neither table: it compares no values."""


@dataclass(frozen=True, slots=True)
class PreparedValue:
    """A value of a policy, read once: its test, the template to fill in first, or why it has no meaning."""

    value: Value
    test: Test | Template | Doubt


@dataclass(frozen=True, slots=True)
class PreparedCondition:
    condition: Condition
    key: str
    """In lower case."""
    row: OperatorRow | Doubt
    values: tuple[PreparedValue, ...]


def prepare_condition(condition: Condition, *, variables: bool) -> PreparedCondition:
    """`variables` says whether the document's version has policy variables."""
    row: OperatorRow | Doubt
    row = OPERATORS.get(condition.operator.base) or not_understood(f"`{condition.operator}` is no condition operator")
    values: tuple[PreparedValue, ...] = ()
    if isinstance(row, OperatorRow):
        values = tuple(PreparedValue(value, _prepare(row, value.text, variables)) for value in condition.values)
    return PreparedCondition(condition, condition.key.lower(), row, values)


def _prepare(row: OperatorRow, text: str, variables: bool) -> Test | Template | Doubt:
    literal_test = LITERAL_TESTS.get(row.family)
    if literal_test is not None:
        return literal_test(row, text) or _meaningless(row, text)
    if row.family not in PATTERN_TESTS:
        return _meaningless(row, text)
    template = read_template(text, wildcards=row.wildcards, variables=variables and row.variables)
    if isinstance(template, Doubt) or template.pattern is None:
        return template
    return PATTERN_TESTS[row.family](row, template.pattern) or _meaningless(row, text)


def _meaningless(row: OperatorRow, text: str) -> Doubt:
    return not_understood(f"`{text}` is no value for {row.name}")


def condition_truth(prepared: PreparedCondition, context: Context) -> Truth:
    """Whether the condition holds in this request, not yet settled for the statement's effect."""
    row = prepared.row
    if isinstance(row, Doubt):
        return row
    seen = context.get(prepared.key)
    if isinstance(seen, Either):
        truths = {_holds(prepared, row, value, context) for value in seen.values}
        return seen if True in truths and len(truths) > 1 else any_of(truths)
    return seen if isinstance(seen, Doubt) else _holds(prepared, row, seen, context)


def _holds(prepared: PreparedCondition, row: OperatorRow, seen: ContextValue | None, context: Context) -> Truth:
    operator = prepared.condition.operator
    if row.family is OperatorFamily.NULL:
        return _is_absent(prepared, seen)
    if not prepared.values:
        return not_understood(f"{operator} lists no value for `{prepared.condition.key}`")
    if seen is None:
        return _without_key(prepared, row)
    if operator.quantifier is not None:
        return _quantified(prepared, row, operator.quantifier, seen, context)
    if isinstance(seen, str):
        return _one(prepared, row, seen, context)
    # "You must use a set operator with a multivalued key". What happens without one is written nowhere.
    return not_understood(f"`{prepared.condition.key}` has several values and {operator} no set operator")


def _without_key(prepared: PreparedCondition, row: OperatorRow) -> Truth:
    operator = prepared.condition.operator
    if operator.if_exists and operator.quantifier is Quantifier.FOR_ANY_VALUE:
        # IfExists: "If the key is not present, evaluate the condition element as true." ForAnyValue: "if the key does
        # not exist, the condition returns false." No page says which of them wins.
        return not_understood(f"whether {operator} holds without `{prepared.condition.key}` is not documented")
    if operator.if_exists or operator.quantifier is Quantifier.FOR_ALL_VALUES:
        return True
    if operator.quantifier is Quantifier.FOR_ANY_VALUE:
        return False
    # "If the key is not present … the values do not match and the condition is false. If the policy condition
    # requires that the key is not matched … the condition is true."
    return row.negated


def _quantified(
    prepared: PreparedCondition, row: OperatorRow, quantifier: Quantifier, seen: ContextValue, context: Context
) -> Truth:
    """The set operator goes around the comparison, negated or not: ForAnyValue:StringNotEquals = some value differs."""
    values = (seen,) if isinstance(seen, str) else seen
    for_all = quantifier is Quantifier.FOR_ALL_VALUES
    truths = (_one(prepared, row, value, context) for value in values)
    answer = all_of(truths) if for_all else any_of(truths)
    if any(values) or not values or answer is for_all:
        return answer
    # An empty string is "a null data set" on AWS's page, for which ForAllValues is true and ForAnyValue false;
    # that is disputed for keys that list values, so it may only take away.
    return not_understood(f"whether an empty `{prepared.condition.key}` is a value is not documented")


def _one(prepared: PreparedCondition, row: OperatorRow, seen: str, context: Context) -> Truth:
    """One value of the request against all of the policy's: OR, or NOR when the operator is negated."""
    truths = _comparisons(prepared, row, seen, context)
    return all_of(negation(truth) for truth in truths) if row.negated else any_of(truths)


def _comparisons(prepared: PreparedCondition, row: OperatorRow, seen: str, context: Context) -> Iterator[Truth]:
    for value in prepared.values:
        test = value.test
        if isinstance(test, Template):
            pattern = fill_in(test, context)
            if pattern is None:
                # A variable without a value: "there is no equal or like value".
                yield False
                continue
            if isinstance(pattern, Doubt):
                yield pattern
                continue
            test = PATTERN_TESTS[row.family](row, pattern) or _meaningless(row, value.value.text)
        if isinstance(test, Doubt):
            yield test
            continue
        if row.family is OperatorFamily.NUMERIC and only_exactness_decides(row, seen, value.value.text):
            yield not_understood(f"how exactly `{seen}` compares with `{value.value.text}` is not documented")
            continue
        answer = test(seen)
        if answer is None and row.negated:
            # No value of the family's type never matches. Whether it is then "not matched" is written nowhere.
            yield not_understood(f"`{seen}` is no value for {row.name}")
        else:
            yield bool(answer)


def _is_absent(prepared: PreparedCondition, seen: ContextValue | None) -> Truth:
    operator = prepared.condition.operator
    if operator.if_exists or operator.quantifier is not None or not prepared.values:
        return not_understood(f"{operator} on `{prepared.condition.key}` has no documented meaning")
    if seen and not any(seen):
        seen = ""
    if seen == "":
        # "the key exists and its value is not null": whether an empty value is null is disputed.
        return not_understood(f"whether an empty `{prepared.condition.key}` is null is not documented")
    wanted = (flag_of(value.value.text) for value in prepared.values)
    return any_of(not_understood("Null takes true or false") if flag is None else flag is (not seen) for flag in wanted)
