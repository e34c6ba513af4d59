"""The index over patterns says what trying every pattern says, in time that is linear in the text."""

from __future__ import annotations

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from passrole.engine.fast.action_index import ActionIndex
from passrole.engine.fast.action_sets import ActionList
from passrole.engine.fast.needles import needle_of
from passrole.engine.fast.pattern_index import IN_DOUBT, PatternIndex, literal_prefix
from passrole.engine.fast.prefix_chains import PrefixChains
from passrole.engine.fast.resources import prepare_resources
from passrole.engine.fast.seen import NOTHING_SEEN
from passrole.engine.glob import glob_match
from passrole.engine.resource_pattern import prepare_resource
from passrole.engine.truth import Doubt
from passrole.policy.model import ActionElement, Effect, ResourceElement, Statement, Value

BOUNDED = settings(max_examples=200, deadline=None)
TEXTS = st.text(alphabet="ab:", max_size=7)
PATTERNS = st.text(alphabet="ab:*?", max_size=7)
# Like those that lists of similar resources have: one beginning, one middle.
ARNS = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(("arn:aws:s3:::", "arn:aws:*:", "arn:aws:sqs:*:111122223333:", "*")),
    st.sampled_from(("team-", "team-a", "team-ab", "team-*b", "")),
    st.sampled_from(("", "x", "team-a", "?")),
    st.sampled_from(("*", "/*", "", "*x")),
)
RESOURCES = st.builds(
    "{}{}{}".format,
    st.sampled_from(("arn:aws:s3:::", "arn:aws:sqs:us-east-1:111122223333:", "arn:aws:", "")),
    st.sampled_from(("team-", "team-a", "team-abteam-a", "team-b", "x:team-ax")),
    st.sampled_from(("", "/x", "x", "team-ab")),
)


def index_of(patterns: list[str]) -> PatternIndex:
    """Bit i is that of pattern i."""
    index = PatternIndex()
    for place, pattern in enumerate(patterns):
        element = ResourceElement(False, (Value(pattern),))
        prepared = prepare_resources(element, variables=False)
        assert prepared.test is None
        for fixed in prepared.fixed:
            fixed.add_to(index, 1 << place)
        if not prepared.fixed:
            index.add_everything(1 << place)
    index.seal()
    return index


def check(patterns: list[str], text: str) -> None:
    truths = [prepare_resource(Value(pattern), variables=False).truth(text, NOTHING_SEEN) for pattern in patterns]
    found = index_of(patterns).matching(text)
    if any(isinstance(truth, Doubt) for truth in truths):
        assert found == IN_DOUBT
    else:
        assert found == sum(1 << place for place, truth in enumerate(truths) if truth)


@BOUNDED
@given(st.lists(PATTERNS, max_size=8), TEXTS)
def test_any_patterns(patterns: list[str], text: str) -> None:
    check(patterns, text)


@BOUNDED
@given(st.lists(ARNS, min_size=6, max_size=24), RESOURCES)
def test_many_alike_patterns(patterns: list[str], text: str) -> None:
    check(patterns, text)


@BOUNDED
@given(st.lists(st.lists(PATTERNS, max_size=3), max_size=6), st.lists(st.booleans(), min_size=6, max_size=6), TEXTS)
def test_statements_that_name_an_action(lists: list[list[str]], negated: list[bool], action: str) -> None:
    statements = [
        Statement(Effect.ALLOW, ActionElement(no, tuple(map(Value, patterns))), None)
        for patterns, no in zip(lists, negated, strict=False)
    ]
    found = ActionIndex(statements).statements_naming(action)
    for place, (patterns, no) in enumerate(zip(lists, negated, strict=False)):
        named = any(glob_match(pattern, action, ignore_case=True) for pattern in patterns)
        assert bool(found >> place & 1) is ((named is not no) if patterns else True)


@BOUNDED
@given(st.lists(TEXTS, unique=True), TEXTS)
def test_longest_beginning(texts: list[str], text: str) -> None:
    chains = PrefixChains(texts)
    beginnings = sorted((one for one in texts if text.startswith(one)), key=len)
    place = chains.longest_beginning(text)
    found = []
    while place >= 0:
        found.append(chains.texts[place])
        place = chains.parents[place]
    assert found == beginnings[::-1]


@BOUNDED
@given(st.lists(st.text(alphabet="sS3:Gget", max_size=5), max_size=12), st.text(alphabet="sS3:Gget*?", max_size=4))
def test_sets_of_actions(actions: list[str], pattern: str) -> None:
    listed = ActionList(actions)
    assert len({name.lower() for name in listed.actions}) == len(listed.actions)
    wanted = {name.lower() for name in actions if glob_match(pattern, name, ignore_case=True)}
    assert [name.lower() for name in listed.names_in(listed.matching(pattern))] == sorted(wanted)


def test_parts_of_a_pattern() -> None:
    assert literal_prefix("arn:aws:s3:::a*b?c") == "arn:aws:s3:::a"
    assert literal_prefix("a?b*") == "a"
    assert literal_prefix("ab") == "ab"
    assert needle_of("*:111122223333:team-?/x*") == ":111122223333:team-"


def test_no_pattern_makes_matching_slow() -> None:
    """Patterns that make a backtracking matcher exponential, hundreds of them, on a long text that almost matches."""
    patterns = [f"{'a*' * 20}{place}b" for place in range(100)] + [f"*{'a' * 5}{place}*a?a*b" for place in range(100)]
    index = index_of(patterns)
    started = time.process_time()
    assert index.matching("a" * 20_000) == 0
    assert time.process_time() - started < 1.0
