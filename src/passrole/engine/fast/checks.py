"""Conditions as functions of the request context; the shortest way for the commonest kinds, `condition_truth` else.

A check answers true or false when that is what `condition_truth` answers, and None when there is any doubt.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from passrole.engine.conditions import PreparedCondition, condition_truth
from passrole.engine.fast.pattern_index import ends_in_its_only_wildcard
from passrole.engine.fast.seen import NOTHING_SEEN, Implied, SeenContext, Shape, is_plain
from passrole.engine.global_keys import MULTIVALUED
from passrole.engine.request import ContextValue
from passrole.engine.truth import Doubt
from passrole.engine.variables import Template, Variable
from passrole.policy.model import Quantifier
from passrole.policy.operators import Comparison, OperatorFamily, OperatorRow

Check = Callable[[Shape, Mapping[str, ContextValue], Implied], bool | None]
One = Callable[[str], bool | None]
"""One value of the request against all of the policy's, with the operator's negation in it."""

KEPT_ANSWERS = 128
"""Values that a condition keeps with their answers, where its operator takes a value apart (addresses, dates, ARNs)."""

KEPT_LENGTH = 256
"""In characters; longer values are read each time."""


def check_of(prepared: PreparedCondition) -> Check:
    """The check of one condition; the same for every request and principal."""
    row = prepared.row
    if isinstance(row, Doubt) or not prepared.values:
        return _in_full(prepared)
    quantifier = prepared.condition.operator.quantifier
    if prepared.key in MULTIVALUED and quantifier is None:
        return _in_full(prepared)
    absent = condition_truth(prepared, NOTHING_SEEN)
    if isinstance(absent, Doubt):
        return _in_full(prepared)
    if row.family is OperatorFamily.NULL:
        return _null_check(prepared, absent)
    one = _one(prepared, row)
    if one is None:
        return _in_full(prepared)
    if quantifier is not None:
        return _quantified(prepared, one, absent, quantifier)
    return _single(prepared, one, absent)


def keys_of(prepared: PreparedCondition) -> frozenset[str]:
    """The condition keys that a condition looks at, those of its policy variables too; in lower case."""
    templates = [value.test for value in prepared.values if isinstance(value.test, Template)]
    variables = (part.key for template in templates for part in template.parts if isinstance(part, Variable))
    return frozenset((prepared.key, *variables))


def _in_full(prepared: PreparedCondition) -> Check:
    keys = keys_of(prepared)

    def check(shape: Shape, context: Mapping[str, ContextValue], implied: Implied) -> bool | None:
        for key in keys:
            name = shape.get(key)
            if name is not None and not is_plain(context[name]):
                return None
        truth = condition_truth(prepared, SeenContext(shape, context, implied))
        return None if isinstance(truth, Doubt) else truth

    return check


def _single(prepared: PreparedCondition, one: One, absent: bool) -> Check:
    key, in_full = prepared.key, _in_full(prepared)

    def check(shape: Shape, context: Mapping[str, ContextValue], implied: Implied) -> bool | None:
        name = shape.get(key)
        if name is None:
            seen = implied.get(key)
            if seen is None:
                return absent
        else:
            seen = context[name]
        if seen.__class__ is str:
            return one(seen)
        return in_full(shape, context, implied)

    return check


def _quantified(prepared: PreparedCondition, one: One, absent: bool, quantifier: Quantifier) -> Check:
    key, in_full = prepared.key, _in_full(prepared)
    for_all = quantifier is Quantifier.FOR_ALL_VALUES

    def check(shape: Shape, context: Mapping[str, ContextValue], implied: Implied) -> bool | None:
        name = shape.get(key)
        seen = implied.get(key) if name is None else context[name]
        if seen is None:
            return absent
        values = (seen,) if isinstance(seen, str) else seen
        # Empty strings are the subject of a dispute that is settled in one place.
        if isinstance(values, Doubt) or not is_plain(values) or "" in values:
            return in_full(shape, context, implied)
        answers = [one(value) for value in values]
        if None in answers:
            return None
        return all(answers) if for_all else any(answers)

    return check


def _null_check(prepared: PreparedCondition, absent: bool) -> Check:
    # With a value there is only one more answer to know, since an absent key gives no doubt.
    present = condition_truth(prepared, SeenContext({prepared.key: ""}, {"": "a value"}, {}))
    key, in_full = prepared.key, _in_full(prepared)
    if isinstance(present, Doubt):
        return in_full
    answer: bool = present

    def check(shape: Shape, context: Mapping[str, ContextValue], implied: Implied) -> bool | None:
        name = shape.get(key)
        seen = implied.get(key) if name is None else context[name]
        if seen is None:
            return absent
        return answer if seen and seen.__class__ is str else in_full(shape, context, implied)

    return check


def _one(prepared: PreparedCondition, row: OperatorRow) -> One | None:
    """None where a value has a policy variable, or no meaning."""
    if row.family is OperatorFamily.STRING and not row.ignore_case:
        texts = [value.value.text for value in prepared.values]
        if not any(isinstance(value.test, Template | Doubt) or "${" in value.value.text for value in prepared.values):
            if row.comparison is Comparison.EQUAL:
                return _among(frozenset(texts), row.negated)
            if len(texts) == 1 and ends_in_its_only_wildcard(texts[0]):
                return _begins(texts[0][:-1], row.negated)
    tests = []
    for value in prepared.values:
        if isinstance(value.test, Template | Doubt):
            return None
        tests.append(value.test)
    return _tested(tuple(tests), row.negated, keep=row.family is not OperatorFamily.STRING)


def _among(wanted: frozenset[str], negated: bool) -> One:
    if negated:
        return lambda seen: seen not in wanted
    return wanted.__contains__


def _begins(prefix: str, negated: bool) -> One:
    if negated:
        return lambda seen: not seen.startswith(prefix)
    return lambda seen: seen.startswith(prefix)


def _tested(tests: tuple[One, ...], negated: bool, *, keep: bool) -> One:
    def one(seen: str) -> bool | None:
        doubt = False
        for test in tests:
            answer = test(seen)
            if answer:
                return not negated
            doubt = doubt or answer is None
        # A value that is not of the operator's type is no match; whether it is then "not matched" is in doubt.
        return None if doubt and negated else negated

    if not keep:
        return one
    kept: dict[str, bool | None] = {}

    def kept_one(seen: str) -> bool | None:
        try:
            return kept[seen]
        except KeyError:
            answer = one(seen)
            if len(kept) < KEPT_ANSWERS and len(seen) <= KEPT_LENGTH:
                kept[seen] = answer
            return answer

    return kept_one
