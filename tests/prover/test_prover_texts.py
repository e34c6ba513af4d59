"""Regions of texts and the search in them: the same meaning as the engine's patterns, and the shortest texts."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passrole.engine.glob import glob_match, read_pattern
from passrole.engine.resource_pattern import is_clear, resource_matcher
from passrole.prover.items import in_any_case, items_of, items_of_text, within_segments
from passrole.prover.text_search import classes, least_hits
from passrole.prover.texts import Effort, Region, TooHardError

patterns = st.text("ab:*?", max_size=6)
texts = st.text("abc:", max_size=7)


def region(*globs: str, negated: bool = False) -> Region:
    return Region(tuple(items_of_text(glob) for glob in globs), negated)


@given(st.lists(patterns, max_size=3), st.booleans(), texts)
def test_a_region_takes_what_the_globs_of_the_engine_match(globs: list[str], negated: bool, text: str) -> None:
    matched = any(glob_match(glob, text) for glob in globs)
    assert region(*globs, negated=negated).takes(text) is (matched is not negated)


@given(st.text("ab:*?", max_size=12), st.text("ab:", max_size=12))
def test_segments_mean_what_they_mean_to_the_engine(pattern_text: str, text: str) -> None:
    pattern = read_pattern(pattern_text)
    truth = resource_matcher(pattern).truth(text)
    possible = Region((items_of(pattern),)).takes(text)
    sure = possible if is_clear(pattern) else Region((within_segments(pattern),)).takes(text)
    assert (truth is True) is sure
    assert (truth is not False) is possible


@given(st.text("aBkS", max_size=4), st.text("abABkKsS\u212a\u017f", max_size=4))
def test_any_case_is_the_lower_case_of_each_character(wanted: str, text: str) -> None:
    expected = len(text) == len(wanted) and text.lower() == wanted.lower()
    assert Region((in_any_case(wanted),)).takes(text) is expected


@given(st.lists(patterns, min_size=1, max_size=2), st.lists(patterns, max_size=4), texts)
@settings(max_examples=150)
def test_every_text_comes_under_no_fewer_covers_than_one_that_is_found(
    within: list[str], covers: list[str], text: str
) -> None:
    inside = [region(glob) for glob in within]
    flagged = [(1 << place, region(cover)) for place, cover in enumerate(covers)]
    found = least_hits(inside, flagged, Effort())
    for each, hits in found:
        assert all(glob_match(glob, each) for glob in within)
        assert hits == sum(1 << place for place, cover in enumerate(covers) if glob_match(cover, each))
    if all(glob_match(glob, text) for glob in within):
        own = sum(1 << place for place, cover in enumerate(covers) if glob_match(cover, text))
        assert any(hits & ~own == 0 for _, hits in found)


@given(st.lists(patterns, max_size=4), texts)
def test_every_text_is_in_a_class(globs: list[str], text: str) -> None:
    found = classes([], [region(glob) for glob in globs], Effort())
    ways = {tuple(glob_match(glob, each) for glob in globs) for each in found}
    assert len(ways) == len(found), "each class once"
    assert tuple(glob_match(glob, text) for glob in globs) in ways


def test_the_shortest_text_comes_first() -> None:
    found = least_hits([region("arn:aws:s3:::b*")], [(1, region("arn:aws:s3:::b")), (2, region("*/*"))], Effort())
    assert found == [("arn:aws:s3:::bx", 0)]


def test_patterns_without_wildcards_can_be_all_that_there_is() -> None:
    found = least_hits([region("a", "b", "c", "d")], [(1, region("a", "b", "c"))], Effort())
    assert found == [("d", 0)]
    assert least_hits([region("a", "b", "c", "d")], [(1, region("?"))], Effort())[0][1] == 1


def test_the_only_text_of_a_class_may_be_spelled_elsewhere() -> None:
    """`a*` without `a?*` is `a` alone, which another cover spells."""
    inside = [region("a*"), region("a?*", negated=True)]
    covers = [(1, region("a")), (2, region("q")), (4, region("r")), (8, region("s"))]
    assert least_hits(inside, covers, Effort()) == [("a", 1)]


def test_a_search_can_be_given_up() -> None:
    with pytest.raises(TooHardError):
        classes([], [region(f"*{letter}*") for letter in "abcdefghijklmnop"], Effort(1000))
