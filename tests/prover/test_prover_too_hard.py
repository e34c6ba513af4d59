"""Comparisons that blow up when every kind of value is listed: many infix globs, and 3-SAT written as conditions."""

from __future__ import annotations

import random
from typing import Any

import pytest
from tests.long import fuzz_prover
from tests.prover.test_prover_compare import S3, allow, deny, policy, related

from passrole.policy.model import PolicyType
from passrole.prover import cover_search, direction, satisfiability, space, text_solver
from passrole.prover.compare import Actions, Comparison, Relation, compare, policy_side
from passrole.prover.cover_search import choose
from passrole.prover.items import items_of_text
from passrole.prover.one_text import one_text
from passrole.prover.texts import DEFAULT_STEPS, Effort, Region, TooHardError

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def infixes(count: int) -> list[str]:
    """`*ab*`, `*bc*`, …: each independent of the others."""
    return [f"*{LETTERS[n]}{LETTERS[n + 1]}*" for n in range(count)]


def on_names(patterns: list[str]) -> list[dict[str, Any]]:
    """Everything on names that have all of these."""
    return [allow("s3:*"), *({"Effect": "Deny", "Action": "*", "NotResource": S3 + each} for each in patterns)]


def on_tags(patterns: list[str]) -> list[dict[str, Any]]:
    return [
        allow("s3:*"),
        *(deny("*", "*", {"StringNotLike": {"aws:RequestTag/t": each}}) for each in patterns),
    ]


@pytest.mark.parametrize("actions", Actions)
@pytest.mark.parametrize("written", [on_names, on_tags])
@pytest.mark.parametrize("count", [6, 20])
def test_many_infix_globs(written: Any, count: int, actions: Actions) -> None:
    old = written(infixes(count))
    found = related(old, written([*infixes(count), "*zz*"]), actions)
    assert found.relation is Relation.NARROWER
    # A name without `zz` is what only the old one allows.
    request = found.lost[0].request
    text = str(request.resource if written is on_names else request.context["aws:RequestTag/t"])
    assert "zz" not in text
    assert all(each.strip("*") in text for each in infixes(count))
    # What has `ab` has an `a`.
    assert related(old, written([*infixes(count), "*a*"]), actions).relation is Relation.EQUIVALENT


def test_what_excludes_a_few_of_many_globs_is_found() -> None:
    """`ab` and `cd` come in one order or the other."""
    pytest.importorskip("pysat")
    pytest.importorskip("z3")
    orders = [{"Effect": "Deny", "Action": "*", "Resource": f"{S3}*{each}*"} for each in ("ab*cd", "cd*ab")]
    found = related([deny("*")], [*on_names(infixes(20)), *orders], Actions.ANY)
    assert found.relation is Relation.EQUIVALENT


def test_twenty_globs_with_conditions_of_their_own() -> None:
    """A name with all of them needs all of the tags; that one is needed more is a difference."""
    patterns = infixes(20)
    old = [
        allow("s3:GetObject", f"{S3}b/*"),
        *(
            deny("s3:*", f"{S3}b/{each}", {"StringNotLike": {f"aws:RequestTag/t{n}": f"*{LETTERS[n]}*"}})
            for n, each in enumerate(patterns)
        ),
    ]
    more = deny("s3:*", f"{S3}b/*yz*", {"Null": {"aws:RequestTag/t0": "true"}})
    found = related(old, [*old, more])
    assert found.relation is Relation.NARROWER
    assert related(old, list(reversed(old))).relation is Relation.EQUIVALENT


def formula(variables: int, clauses: list[list[int]], steps: int = DEFAULT_STEPS) -> Comparison:
    """Whether all clauses can be satisfied, as a comparison: then the new policy is broader than one without an Allow.

    A clause denies the one way in which it is not satisfied; variable 3 is whether the tag `v3` is `1`.
    """
    denies = []
    for clause in clauses:
        condition: dict[str, dict[str, str]] = {}
        for literal in clause:
            operator = "StringNotEquals" if literal > 0 else "StringEquals"
            condition.setdefault(operator, {})[f"aws:RequestTag/v{abs(literal)}"] = "1"
        denies.append(deny("s3:*", "*", condition))
    assert all(abs(literal) <= variables for clause in clauses for literal in clause)
    sides = policy_side(policy(*denies)), policy_side(policy(allow("s3:*"), *denies))
    return compare(*sides, actions=Actions.ANY, witnesses=1, steps=steps)


def random_clauses(generator: random.Random, variables: int, count: int) -> list[list[int]]:
    return [
        [generator.choice((-1, 1)) * number for number in generator.sample(range(1, variables + 1), 3)]
        for _ in range(count)
    ]


@pytest.mark.parametrize("variables", [60, 80])
@pytest.mark.parametrize("seed", range(3))
def test_3_sat_of_which_a_solution_is_known(variables: int, seed: int) -> None:
    pytest.importorskip("pysat")
    generator = random.Random(seed)
    solution = {number: generator.choice((-1, 1)) for number in range(1, variables + 1)}
    clauses = random_clauses(generator, variables, variables * 6)
    clauses = [each for each in clauses if any(solution[abs(x)] * x > 0 for x in each)]
    found = formula(variables, clauses[: int(variables * 4.3)])
    assert found.relation is Relation.BROADER, found
    tags = found.gained[0].request.context
    values = {number: 1 if tags.get(f"aws:RequestTag/v{number}") == "1" else -1 for number in solution}
    assert all(any(values[abs(x)] * x > 0 for x in each) for each in clauses[: int(variables * 4.3)])


@pytest.mark.parametrize("variables", [60, 80])
@pytest.mark.parametrize("seed", range(3))
def test_3_sat_without_a_solution(variables: int, seed: int) -> None:
    """Among them are the eight clauses of three variables, of which each assignment breaks one."""
    pytest.importorskip("pysat")
    generator = random.Random(seed)
    clauses = random_clauses(generator, variables, int(variables * 4.3))
    clauses += [[a * 7, b * 23, c * 41] for a in (-1, 1) for b in (-1, 1) for c in (-1, 1)]
    generator.shuffle(clauses)
    assert formula(variables, clauses).relation is Relation.EQUIVALENT


def test_the_solver_and_the_own_search_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pysat")
    generator = random.Random(3)
    answers = set()
    for _ in range(60):
        dimensions = {
            place: [(1 << way, generator.getrandbits(14) & generator.getrandbits(14)) for way in range(3)]
            for place in range(5)
        }
        covers = (1 << 14) - 1
        own = choose(covers, dimensions, Effort())
        with monkeypatch.context() as patched:
            patched.setattr(cover_search, "EASY_NODES", 1)
            solved = choose(covers, dimensions, Effort())
        assert (own is None) is (solved is None)
        if solved is not None:
            avoided = 0
            for place, choice in solved.items():
                avoided |= next(mask for way, mask in dimensions[place] if way == choice)
            assert avoided == covers
        answers.add(own is None)
    assert answers == {True, False}


def test_without_a_solver_it_is_undecided_and_said_what_would_help(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (satisfiability, text_solver):
        monkeypatch.setattr(module, "has_solver", lambda: False)
    found = compare(policy_side(policy(allow("*"))), policy_side(policy(*on_names(infixes(8)))), steps=1_000)
    assert found.relation is Relation.UNDECIDED
    assert direction.WITH_A_SOLVER in found.undecided_because[0]


def test_a_time_limit_ends_the_search() -> None:
    old, new = on_names(infixes(20)), on_names([*infixes(20), "*a*"])
    found = compare(policy_side(policy(*old)), policy_side(policy(*new)), seconds_left=lambda: 0.0)
    assert found.relation is Relation.UNDECIDED
    assert found.undecided_because[0].startswith("the comparison takes longer than it may")


@pytest.mark.parametrize("steps", [0, 40])
def test_the_lazy_search_agrees_with_the_engine(monkeypatch: pytest.MonkeyPatch, steps: int) -> None:
    """Of small worlds, too, where all could be listed."""
    monkeypatch.setattr(space, "STEPS_OF_LISTING", steps)
    assert fuzz_prover.run(count=64, seed=11, first=0)


def region(*patterns: str, negated: bool = False) -> Region:
    return Region(tuple(map(items_of_text, patterns)), negated)


def test_z3_is_asked_what_the_own_search_does_not_find_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thirteen pairs of letters need fourteen characters, as no two begin at the same one."""
    pytest.importorskip("z3")
    regions = [*map(region, infixes(13)), region("?" * 13)]
    assert one_text([], regions, Effort(100_000)) == frozenset(range(14))
    monkeypatch.setattr(text_solver, "has_solver", lambda: False)
    with pytest.raises(TooHardError):
        one_text([], regions, Effort(100_000))


def test_z3_says_what_the_own_search_says() -> None:
    pytest.importorskip("z3")
    generator = random.Random(8)
    spelled = ["a", "b", "ab", "*a*", "*b", "a?*", "?b*", "*ab*", "", "a*b", "**", "\\u{41}*", "A*", "é*"]
    answers = set()
    for _ in range(150):
        regions = [
            region(*generator.sample(spelled, generator.choice((1, 2))), negated=generator.random() < 0.4)
            for _ in range(generator.choice((2, 3, 4)))
        ]
        own = one_text([], regions, Effort())
        solved = text_solver.solved_by_solver(regions, Effort())
        assert solved is not None
        assert (solved.text is None) is isinstance(own, frozenset), regions
        answers.add(solved.text is None)
    assert answers == {True, False}


@pytest.fixture
def tags_are_not_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = space.Space.table

    def table(self: space.Space, key: str) -> Any:
        if "tag/" in key:
            raise TooHardError("there are too many kinds of values")
        return listed(self, key)

    monkeypatch.setattr(space.Space, "table", table)


@pytest.mark.usefixtures("tags_are_not_listed")
@pytest.mark.parametrize("principal", [{"Service": "ec2.amazonaws.com"}, "*"])
def test_no_request_without_an_identity_has_tags_of_its_principal(principal: Any) -> None:
    put = {"Effect": "Allow", "Principal": "*", "Action": "s3:PutObject", "Resource": f"{S3}b/*"}
    tagged = {
        **put,
        "Principal": principal,
        "Action": "s3:GetObject",
        "Condition": {
            "StringLike": {"aws:PrincipalTag/team": "a*"},
            "StringEqualsIfExists": {"aws:PrincipalType": "Anonymous"},
        },
    }
    old, new = (policy_side(policy(*each), PolicyType.RESOURCE) for each in ([put], [put, tagged]))
    assert compare(old, new).relation is Relation.EQUIVALENT


@pytest.mark.usefixtures("tags_are_not_listed")
def test_a_doubt_about_an_empty_value_stays_one_where_values_are_not_listed() -> None:
    # Whether an empty value is null is disputed.
    key = "aws:RequestTag/team"
    comparison = related(
        [allow("*"), deny("*", "*", {"Null": {key: "false"}})],
        [allow("*"), deny("*", "*", {"StringLike": {key: "?*"}})],
    )
    assert comparison.relation is Relation.UNDECIDED
    assert "whether an empty" in comparison.undecided_because[0]
