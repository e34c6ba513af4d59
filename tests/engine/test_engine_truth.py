"""Three-valued logic: how doubts of both kinds come together."""

from __future__ import annotations

import pytest

from passrole.engine.truth import (
    Doubt,
    Truth,
    all_of,
    any_of,
    negation,
    not_understood,
    reasons_of,
    settle,
    unknown,
)
from passrole.policy.model import Effect

UNKNOWN, ODD = unknown("u"), not_understood("o")


@pytest.mark.parametrize(
    ("truths", "conjunction", "disjunction"),
    [
        ((), True, False),
        ((True, True), True, True),
        ((True, False), False, True),
        ((False, False), False, False),
        ((True, UNKNOWN), UNKNOWN, True),
        ((False, UNKNOWN), False, UNKNOWN),
        ((True, ODD), ODD, True),
        ((False, ODD), False, ODD),
        # In an Allow the odd one counts as false: it decides a conjunction, and is no part of a disjunction.
        ((UNKNOWN, ODD), Doubt(("u", "o"), understood=False), Doubt(("u", "o"), understood=True)),
        ((UNKNOWN, UNKNOWN), UNKNOWN, UNKNOWN),
    ],
)
def test_all_and_any(truths: tuple[Truth, ...], conjunction: Truth, disjunction: Truth) -> None:
    for order in (truths, truths[::-1]):
        for found, expected in ((all_of(order), conjunction), (any_of(order), disjunction)):
            if isinstance(expected, Doubt):
                assert isinstance(found, Doubt)
                assert (set(found.reasons), found.understood) == (set(expected.reasons), expected.understood)
            else:
                assert found is expected


def test_negation_keeps_doubts() -> None:
    assert [negation(truth) for truth in (True, False, UNKNOWN, ODD)] == [False, True, UNKNOWN, ODD]


def test_settling() -> None:
    assert [settle(truth, Effect.ALLOW) for truth in (True, False, UNKNOWN, ODD)] == [True, False, UNKNOWN, False]
    assert [settle(truth, Effect.DENY) for truth in (True, False, UNKNOWN, ODD)] == [True, False, UNKNOWN, ODD]


def test_reasons_once_and_in_order() -> None:
    assert reasons_of(True, ODD, UNKNOWN, ODD) == ("o", "u")
