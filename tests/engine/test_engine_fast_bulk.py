"""Columns are decided row for row as `evaluate` decides requests."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.engine.engine_builders import ANA, ask, identity
from tests.engine.engine_strategies import PRINCIPALS, requests, stacks

from passrole.engine.evaluate import evaluate
from passrole.engine.fast.compiled_stack import compile_stack
from passrole.engine.principals import principal_from_arn
from passrole.engine.request import ContextValue, Principal, Request
from passrole.engine.stack import PolicyStack

np = pytest.importorskip("numpy", reason="decide_columns needs the extra `bulk`")

from passrole.engine.fast.bulk import decide_columns  # noqa: E402
from passrole.engine.fast.columns import OUTCOMES, Asker, Coded, Decisions, Requests  # noqa: E402

BOUNDED = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def as_columns(asked: list[tuple[int, Request]], *, one_asker: bool) -> Requests:
    names = {name: None for _, request in asked for name in request.context}
    context = {name: [request.context.get(name) for _, request in asked] for name in names}
    return Requests(
        [request.action for _, request in asked],
        [request.resource for _, request in asked],
        None if one_asker else [place for place, _ in asked],
        [request.resource_account for _, request in asked],
        context,
    )


def check(askers: list[tuple[Principal, PolicyStack]], asked: list[tuple[int, Request]], columns: Requests) -> None:
    found = decide_columns([Asker(who, compile_stack(stack)) for who, stack in askers], columns)
    assert len(found) == len(asked)
    for row, (place, request) in enumerate(asked):
        wanted = evaluate(replace(request, principal=askers[place][0]), askers[place][1])
        assert found[row] == wanted
        assert OUTCOMES[found.outcomes[row]] is wanted.outcome


def plain(request: Request) -> Request:
    return replace(request, unknown_keys=frozenset(), absent_keys=frozenset(), called_via=(), organization=None)


@BOUNDED
@given(st.sampled_from(PRINCIPALS), stacks(), st.lists(requests().map(plain), min_size=1, max_size=8), st.data())
def test_one_asker(who: Principal, stack: PolicyStack, some: list[Request], data: st.DataObject) -> None:
    """Few different requests, so that there are rows to take together."""
    contexts = [request.context for request in some]
    asked = [
        (0, replace(request, context=data.draw(st.sampled_from(contexts))))
        for request in data.draw(st.lists(st.sampled_from(some), min_size=1, max_size=60))
    ]
    check([(who, stack)], asked, as_columns(asked, one_asker=True))


@BOUNDED
@given(
    st.lists(st.tuples(st.sampled_from(PRINCIPALS), stacks()), min_size=1, max_size=3),
    st.lists(requests().map(plain), min_size=1, max_size=4),
    st.randoms(use_true_random=False),
)
def test_several_askers(askers: list[tuple[Principal, PolicyStack]], some: list[Request], dice: st.DataObject) -> None:
    asked = [(dice.randrange(len(askers)), dice.choice(some)) for _ in range(60)]
    check(askers, asked, as_columns(asked, one_asker=False))


ALLOW_HOME = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::home/${aws:username}/*"}
ALLOW_TAGGED = {
    "Effect": "Allow",
    "Action": "s3:GetObject",
    "Resource": ["arn:aws:s3:::a/*", "arn:aws:s3:::*/b"],
    "Condition": {
        "StringEquals": {"aws:PrincipalTag/team": ["red", "blue"], "s3:x": "${aws:PrincipalTag/team}"},
        "IpAddress": {"aws:SourceIp": "10.0.0.0/8"},
    },
}
DENY_OLD = {
    "Effect": "Deny",
    "Action": "*",
    "Resource": "*",
    "Condition": {"DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}},
}


def many(length: int = 400) -> tuple[list[str], dict[str, list[ContextValue | None]]]:
    resources = [f"arn:aws:s3:::{'abc'[row % 3]}/{row % 7}{'/b' * (row % 2)}" for row in range(length)]
    context: dict[str, list[ContextValue | None]] = {
        "aws:PrincipalTag/Team": [("red", "blue", "green", None)[row % 4] for row in range(length)],
        "s3:x": [("red", "blue", None)[row % 3] for row in range(length)],
        "aws:SourceIp": [f"{10 + row % 2}.0.0.{row % 11}" if row % 13 else "nowhere" for row in range(length)],
        "aws:CurrentTime": [
            "2025-12-31T00:00:00Z" if row % 17 == 0 else "2026-06-01T00:00:00Z" for row in range(length)
        ],
    }
    return resources, context


def test_rows_with_conditions_of_many_kinds() -> None:
    stack = PolicyStack(identity=identity(ALLOW_HOME, ALLOW_TAGGED, DENY_OLD))
    resources, context = many()
    asked = [
        (0, ask(resource=resource, owner=None, context={k: c[row] for k, c in context.items() if c[row] is not None}))
        for row, resource in enumerate(resources)
    ]
    columns = Requests(["s3:GetObject"] * len(resources), resources, context=context)
    check([(principal_from_arn(ANA), stack)], asked, columns)


def decided(columns: Requests) -> Decisions:
    stack = PolicyStack(identity=identity(ALLOW_TAGGED, DENY_OLD))
    return decide_columns([Asker(principal_from_arn(ANA), compile_stack(stack))], columns)


def test_columns_of_numpy_and_of_codes_are_columns() -> None:
    resources, context = many()
    lists = decided(Requests(["s3:GetObject"] * len(resources), resources, context=context))
    teams = list(dict.fromkeys(context["aws:PrincipalTag/Team"]))
    team_codes = np.array([teams.index(value) for value in context["aws:PrincipalTag/Team"]])
    other = decided(
        Requests(
            np.array(["s3:GetObject"] * len(resources)),
            np.array(resources, dtype=object),
            context={
                **context,
                "aws:PrincipalTag/Team": Coded(team_codes, teams),
                "aws:SourceIp": np.array(context["aws:SourceIp"]),
            },
        )
    )
    assert len({decision.outcome for decision in lists.distinct}) > 1
    assert [lists[row] for row in range(len(lists))] == [other[row] for row in range(len(other))]


def test_no_rows() -> None:
    found = decided(Requests([], []))
    assert (len(found), found.distinct) == (0, ())


def test_columns_of_different_lengths() -> None:
    with pytest.raises(ValueError, match="different lengths"):
        decided(Requests(["s3:GetObject"], []))
    with pytest.raises(ValueError, match="different lengths"):
        decided(Requests(["s3:GetObject"], ["*"], context={"a:b": []}))


def test_an_asker_that_is_not_there() -> None:
    for place in (1, -1):
        with pytest.raises(IndexError):
            decided(Requests(["s3:GetObject"], ["*"], askers=[place]))


def test_a_code_that_stands_for_no_value() -> None:
    """Some libraries write -1 for a missing value; taken as a place in a list, it would be the last one."""
    for code in (-1, 1):
        with pytest.raises(IndexError, match="stands for no value"):
            decided(Requests(["s3:GetObject"], ["*"], context={"a:b": Coded(np.array([code]), ["x"])}))
