"""Deciding many requests at once: what is the same for many rows is done once, the rest by NumPy.

Rows are taken together by the page that answers them: by asker, action and owner, and across askers where the same
statements speak of an action for several. Of those, rows on whose resources the same statements bear, and whose
contexts give the same answers to all that these statements ask, have the same decision: one of them is asked for all.
A condition is asked once for each distinct value of its column.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from passrole.engine.decision import Decision
from passrole.engine.fast.column_answers import DOUBT, ContextColumns
from passrole.engine.fast.columns import OUTCOMES, Asker, Codes, Decisions, Requests, Rows, factorize, split
from passrole.engine.fast.page import Page
from passrole.engine.fast.placed_plan import PlacedPlan
from passrole.engine.request import Request

Value = TypeVar("Value")

FEW = 64
"""Rows that are sooner looked at one by one than put together."""


def decide_columns(askers: Sequence[Asker], requests: Requests) -> Decisions:
    """Row for row what `evaluate` answers.

    Raises ValueError for columns of different lengths, IndexError for an asker or a code that is not in its list.
    """
    run = _Run(askers, requests)
    run.decide_all()
    codes = np.array([OUTCOMES.index(decision.outcome) for decision in run.distinct], dtype=np.uint8)
    return Decisions(codes[run.places], run.places, tuple(run.distinct))


class _Run:
    def __init__(self, askers: Sequence[Asker], requests: Requests) -> None:
        self.askers = askers
        self.actions = _listed(requests.actions)
        self.resources = _listed(requests.resources)
        self.asker_of = None if requests.askers is None else np.asarray(requests.askers, dtype=np.intp)
        owners = requests.resource_account
        self.owner = owners if isinstance(owners, str) else None
        self.owners = None if owners is None or isinstance(owners, str) else _listed(owners)
        self.organization = requests.organization
        self.context = ContextColumns(requests.context)
        self.places = np.zeros(len(self.actions), dtype=np.int32)
        self.distinct: list[Decision] = []
        self._place_of: dict[int, int] = {}
        self._pages: dict[tuple[int, str | None, bool], dict[str, Page]] = {}
        """By asker, owner, and whether the request is for everything and has no owner."""
        self.pages: list[Page | None] = []
        self.page_of: list[int] = []
        """For each row the place of its page in `pages`."""
        given = [len(self.resources), *self.context.lengths()]
        given += [len(column) for column in (self.asker_of, self.owners) if column is not None]
        if any(length != len(self.actions) for length in given):
            raise ValueError(f"columns of different lengths: {sorted({len(self.actions), *given})}")
        if self.asker_of is not None and len(self.asker_of) and not _within(self.asker_of, len(askers)):
            raise IndexError("a row is of an asker that is not in the list")

    def decide_all(self) -> None:
        answering, numbers = self.answering()
        order = np.argsort(numbers, kind="stable")
        ends = np.searchsorted(numbers[order], np.arange(len(answering)), side="right").tolist()
        listed: list[int] = order.tolist()
        found: list[int] = []
        start = 0
        for one, end in zip(answering, ends, strict=True):
            found += self.answers(one, listed[start:end], order[start:end])
            start = end
        self.places[order] = found

    def answers(self, by: Page | PlacedPlan | None, rows: list[int], same: Rows) -> list[int]:
        """For each row (`same` is the same rows) the place of its decision."""
        if by is None:
            return [self.asked(row) for row in rows]
        if isinstance(by, Page) and by.placed is None:
            return self.by_resource(by, rows)
        placed = by.placed if isinstance(by, Page) else by
        assert placed is not None, "handled before"
        if len(rows) < FEW or placed.is_common or placed.plan.looks_at_requests_one_by_one:
            return self.by_what_is_kept(placed, rows)
        for alike in self.alike_in_resource(placed, same):
            self.decide_alike(placed, alike)
        decided: list[int] = self.places[same].tolist()
        return decided

    def answering(self) -> tuple[list[Page | PlacedPlan | None], Codes]:
        """What answers the rows (None where each is asked by itself), and for each row the place in that list."""
        codes = factorize(self.actions)
        if self.asker_of is not None:
            codes = codes * len(self.askers) + self.asker_of
        if self.owners is not None:
            codes = codes * len(self.owners) + factorize(self.owners)
        if self.owner is None and "*" in self.resources:
            # Without an owner a request for everything is made in another circumstance.
            codes = codes * 2 + np.array([resource == "*" for resource in self.resources])
        _, first, alike = np.unique(codes, return_index=True, return_inverse=True)
        self.pages = [self.page(row) for row in first.tolist()]
        self.page_of = alike.tolist()
        found: dict[Page | PlacedPlan | None, int] = {}
        of_page = [found.setdefault(_answers(page), len(found)) for page in self.pages]
        return list(found), np.array(of_page, dtype=np.int64)[alike]

    def page(self, row: int) -> Page | None:
        if self.context.is_ambiguous:
            return None
        place = 0 if self.asker_of is None else int(self.asker_of[row])
        owner = self.owner if self.owners is None else self.owners[row]
        key = place, owner, owner is None and self.resources[row] == "*"
        pages = self._pages.get(key)
        page = None if pages is None else pages.get(self.actions[row])
        if page is not None:
            page.used = True
            return page
        request, stack = self.request(row), self.askers[place].stack
        page = stack.page_for(request)
        if page is not None:
            self._pages[key] = stack.pages_like(request)
        return page

    def by_resource(self, page: Page, rows: list[int]) -> list[int]:
        """For rows of which nothing but the resource matters."""
        resources, decisions = self.resources, page.decisions
        if None in decisions:
            return [self.answered(page.decisions[page.place_of(resources[row])], row) for row in rows]
        numbers = [self.place_of(decision) for decision in decisions if decision is not None]
        if len(numbers) == 1:
            return numbers * len(rows)
        if len(numbers) == 2 and page.prefixes:
            (prefix,), (beginning, other) = page.prefixes, numbers
            return [beginning if resources[row].startswith(prefix) else other for row in rows]
        place_of = page.place_of
        return [numbers[place_of(resources[row])] for row in rows]

    def alike_in_resource(self, placed: PlacedPlan, rows: Rows) -> list[Rows]:
        """The rows, put together where the same is true of their resources."""
        plan, resources = placed.plan, self.resources
        if plan.matching is None and not plan.has_traits:
            return [rows]
        texts = resources if len(rows) == len(resources) else [resources[row] for row in rows.tolist()]
        codes: Codes = np.zeros(len(rows), dtype=np.int64)
        if plan.matching is not None:
            codes = factorize([plan.matching(text) for text in texts])
        if plan.has_traits:
            traits_on = plan.traits_on
            codes = codes * len(rows) + factorize([traits_on(text) for text in texts])
        return split(codes, rows)

    def decide_alike(self, placed: PlacedPlan, rows: Rows) -> None:
        """Decide rows on whose resources the same statements bear."""
        statements = placed.plan.statements_on(self.resources[int(rows[0])])
        if statements < 0:
            self.one_by_one(rows)
            return
        codes: Codes = np.zeros(len(rows), dtype=np.int64)
        sure = np.ones(len(rows), dtype=np.bool_)
        for question in placed.plan.guards.questions(statements):
            answers = self.context.answers(question, rows, placed.implied)
            sure &= answers != DOUBT
            # Counted anew each time, so that the product never grows out of its type.
            _, codes = np.unique(codes * (answers.max() + 2) + answers + 1, return_inverse=True)
        self.one_by_one(rows[~sure])
        for alike in split(codes[sure], rows[sure]):
            self.places[alike] = self.asked(int(alike[0]))

    def by_what_is_kept(self, placed: PlacedPlan, rows: list[int]) -> list[int]:
        """For rows of one plan, each by itself, without making requests of those that are like an earlier one."""
        resources, seen, kept = self.resources, self.context.narrowed(placed.plan.keys), placed.kept
        pages, page_of, place_of = self.pages, self.page_of, self._place_of
        found = []
        for row in rows:
            page = pages[page_of[row]]
            assert page is not None, "it has the plan"
            decision = kept(resources[row], *seen(row), page)
            place = None if decision is None else place_of.get(id(decision))
            found.append(self.answered(decision, row) if place is None else place)
        return found

    def one_by_one(self, rows: Rows) -> None:
        for row in rows.tolist():
            self.places[row] = self.asked(row)

    def answered(self, decision: Decision | None, row: int) -> int:
        return self.asked(row) if decision is None else self.place_of(decision)

    def asked(self, row: int) -> int:
        return self.place_of(self.ask(row))

    def place_of(self, decision: Decision) -> int:
        # By identity: to hash a decision is to hash the policies that it names.
        place = self._place_of.get(id(decision))
        if place is None:
            place = self._place_of[id(decision)] = len(self.distinct)
            self.distinct.append(decision)
        return place

    def asker(self, row: int) -> Asker:
        return self.askers[0 if self.asker_of is None else int(self.asker_of[row])]

    def ask(self, row: int) -> Decision:
        return self.asker(row).stack.decide(self.request(row))

    def request(self, row: int) -> Request:
        return Request(
            self.asker(row).principal,
            self.actions[row],
            self.resources[row],
            self.owner if self.owners is None else self.owners[row],
            self.context.of_row(row),
            organization=self.organization,
        )


def _listed(column: Sequence[Value]) -> list[Value]:
    """A plain list: the elements of a NumPy array of texts are not `str`."""
    if isinstance(column, np.ndarray):
        return list(column.tolist())
    return column if isinstance(column, list) else list(column)


def _answers(page: Page | None) -> Page | PlacedPlan | None:
    """What several askers may have in common."""
    return page.placed if page is not None and page.placed is not None and page.placed.is_common else page


def _within(places: Rows, length: int) -> bool:
    return bool(places.min() >= 0 and places.max() < length)
