"""Conditions as functions of the request context; the shortest way for the commonest kinds, `condition_truth` else.

A check answers true or false when that is what `condition_truth` answers, and None when there is any doubt.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from passrole.engine.compare.number import DIGITS_OF_A_DOUBLE
from passrole.engine.conditions import PreparedCondition, condition_truth, prepare_condition
from passrole.engine.fast.pattern_index import ends_in_its_only_wildcard
from passrole.engine.fast.seen import NOTHING_SEEN, Implied, SeenContext, Shape, is_plain
from passrole.engine.global_keys import MULTIVALUED
from passrole.engine.request import ContextValue
from passrole.engine.truth import Doubt
from passrole.engine.variables import Template, Variable
from passrole.policy.model import Condition, Quantifier
from passrole.policy.operators import Comparison, OperatorFamily, OperatorRow

Ask = Callable[[Shape, Mapping[str, ContextValue], Implied], bool | None]
One = Callable[[str], bool | None]
"""One value of the request against all of the policy's, with the operator's negation in it."""

KEPT_CHECKS = 8192

_FAMILIES_THAT_COME_AGAIN = frozenset({OperatorFamily.STRING, OperatorFamily.ARN, OperatorFamily.BOOL})
_KEPT_FAMILIES = frozenset({OperatorFamily.ARN, OperatorFamily.BOOL})

KEPT_ANSWERS = 128
"""Values that a condition keeps with their answers: taking an ARN apart takes longer than the rest of a decision, and
of a flag there are only few.
"""

KEPT_LENGTH = 256
"""In characters; longer values are read each time."""


@dataclass(frozen=True, slots=True)
class Single:
    one: One
    absent: bool
    """The answer where the key is not there."""
    is_kept: bool
    """Whether its values come again, as regions and tags do; addresses and times do not."""


@dataclass(frozen=True, slots=True, eq=False)
class Check:
    """A condition, ready. Equal conditions have the same check, so that a request is asked once for all of them."""

    ask: Ask
    key: str
    """The condition's key, in lower case."""
    keys: frozenset[str]
    """That one, and those of its policy variables."""
    equals: frozenset[str] | None = None
    """Where it holds exactly when the key has one value, and it is among these."""
    single: Single | None = None
    """Where it asks for one value of its key, and nothing else."""


@lru_cache(maxsize=KEPT_CHECKS)
def check_of(condition: Condition, *, variables: bool) -> Check:
    """`variables` says whether the document's version has policy variables."""
    prepared = prepare_condition(condition, variables=variables)
    single = _as_single(prepared)
    ask = _ask(prepared) if single is None else _single(prepared, single.one, single.absent)
    return Check(ask, prepared.key, _keys_of(prepared), _equals(prepared), single)


def _as_single(prepared: PreparedCondition) -> Single | None:
    row = prepared.row
    if isinstance(row, Doubt) or not prepared.values or prepared.condition.operator.quantifier is not None:
        return None
    if prepared.key in MULTIVALUED or row.family is OperatorFamily.NULL:
        return None
    absent, one = condition_truth(prepared, NOTHING_SEEN), _one(prepared, row)
    if one is None or isinstance(absent, Doubt):
        return None
    return Single(one, absent, row.family in _FAMILIES_THAT_COME_AGAIN)


def _equals(prepared: PreparedCondition) -> frozenset[str] | None:
    operator, row = prepared.condition.operator, prepared.row
    if isinstance(row, Doubt) or row.negated or operator.quantifier or operator.if_exists:
        return None
    return None if prepared.key in MULTIVALUED or not prepared.values else _plain_texts(prepared, row)


def _plain_texts(prepared: PreparedCondition, row: OperatorRow) -> frozenset[str] | None:
    """The policy's values, where the operator compares them as they are written."""
    if row.family is not OperatorFamily.STRING or row.comparison is not Comparison.EQUAL or row.ignore_case:
        return None
    if any(isinstance(value.test, Template | Doubt) or "${" in value.value.text for value in prepared.values):
        return None
    return frozenset(value.value.text for value in prepared.values)


def _ask(prepared: PreparedCondition) -> Ask:
    row = prepared.row
    if isinstance(row, Doubt) or not prepared.values:
        return _in_full(prepared)
    quantifier = prepared.condition.operator.quantifier
    absent = condition_truth(prepared, NOTHING_SEEN)
    if isinstance(absent, Doubt):
        return _in_full(prepared)
    if row.family is OperatorFamily.NULL:
        return _in_full(prepared) if prepared.key in MULTIVALUED else _null_check(prepared, absent)
    one = None if quantifier is None else _one(prepared, row)
    if one is None or quantifier is None:
        return _in_full(prepared)
    return _quantified(prepared, one, absent, quantifier)


def _keys_of(prepared: PreparedCondition) -> frozenset[str]:
    templates = [value.test for value in prepared.values if isinstance(value.test, Template)]
    variables = (part.key for template in templates for part in template.parts if isinstance(part, Variable))
    return frozenset((prepared.key, *variables))


def _in_full(prepared: PreparedCondition) -> Ask:
    keys = _keys_of(prepared)

    def check(shape: Shape, context: Mapping[str, ContextValue], implied: Implied) -> bool | None:
        for key in keys:
            name = shape.get(key)
            if name is not None and not is_plain(context[name]):
                return None
        truth = condition_truth(prepared, SeenContext(shape, context, implied))
        return None if isinstance(truth, Doubt) else truth

    return check


def _single(prepared: PreparedCondition, one: One, absent: bool) -> Ask:
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
        # Not known at all; an `Either` may still be enough.
        return None if seen.__class__ is Doubt else in_full(shape, context, implied)

    return check


def _quantified(prepared: PreparedCondition, one: One, absent: bool, quantifier: Quantifier) -> Ask:
    key, in_full = prepared.key, _in_full(prepared)
    for_all = quantifier is Quantifier.FOR_ALL_VALUES

    def check(shape: Shape, context: Mapping[str, ContextValue], implied: Implied) -> bool | None:
        name = shape.get(key)
        seen = implied.get(key) if name is None else context[name]
        if seen is None and name is None:
            return absent
        values = (seen,) if isinstance(seen, str) else seen
        # Empty strings are the subject of a dispute that is settled in one place.
        if values is None or isinstance(values, Doubt) or not is_plain(values) or "" in values:
            return in_full(shape, context, implied)
        answers = [one(value) for value in values]
        if None in answers:
            return None
        return all(answers) if for_all else any(answers)

    return check


def _null_check(prepared: PreparedCondition, absent: bool) -> Ask:
    # With a value there is only one more answer to know, since an absent key gives no doubt.
    present = condition_truth(prepared, SeenContext({prepared.key: ""}, {"": "a value"}, {}))
    key, in_full = prepared.key, _in_full(prepared)
    if isinstance(present, Doubt):
        return in_full
    answer: bool = present

    def check(shape: Shape, context: Mapping[str, ContextValue], implied: Implied) -> bool | None:
        name = shape.get(key)
        seen = implied.get(key) if name is None else context[name]
        if seen is None and name is None:
            return absent
        return answer if seen and seen.__class__ is str else in_full(shape, context, implied)

    return check


def _one(prepared: PreparedCondition, row: OperatorRow) -> One | None:
    """None where a value has a policy variable, or no meaning."""
    texts = _plain_texts(prepared, row)
    if texts is not None:
        return _among(texts, row.negated)
    if row.comparison is Comparison.MATCH and row.family is OperatorFamily.STRING and len(prepared.values) == 1:
        pattern = prepared.values[0].value.text
        if "${" not in pattern and ends_in_its_only_wildcard(pattern):
            return _begins(pattern[:-1], row.negated)
    tests = []
    for value in prepared.values:
        if isinstance(value.test, Template | Doubt):
            return None
        tests.append(value.test)
    one = _tested(tuple(tests), row.negated, keep=row.family in _KEPT_FAMILIES)
    if row.family is not OperatorFamily.NUMERIC:
        return one
    if any(len(value.value.text) > DIGITS_OF_A_DOUBLE for value in prepared.values):
        return None
    # How exactly longer numbers compare is disputed, and settled in one place.
    return lambda seen: None if len(seen) > DIGITS_OF_A_DOUBLE else one(seen)


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
