"""Deciding many requests at once: what is the same for many rows is done once, the rest by NumPy.

Rows are taken together by the page that answers them: by asker, action and owner, and across askers where the same
statements speak of an action for several. Of those, rows on whose resources the same statements bear, and whose
contexts give the same answers to all that these statements ask, have the same decision: one of them is asked for all.
A condition is asked once for each distinct value of its column.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

import numpy as np

from passrole.engine.decision import Decision, Outcome
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
    for page, rows in run.pages():
        run.decide(page, rows)
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
        given = [len(self.resources), *self.context.lengths()]
        given += [len(column) for column in (self.asker_of, self.owners) if column is not None]
        if any(length != len(self.actions) for length in given):
            raise ValueError(f"columns of different lengths: {sorted({len(self.actions), *given})}")
        if self.asker_of is not None and len(self.asker_of) and not _within(self.asker_of, len(askers)):
            raise IndexError("a row is of an asker that is not in the list")

    def pages(self) -> Iterator[tuple[Page | None, Rows]]:
        """Rows with what answers them; None for those that are asked one by one."""
        codes = factorize(self.actions)
        if self.asker_of is not None:
            codes = codes * len(self.askers) + self.asker_of
        if self.owners is not None:
            codes = codes * len(self.owners) + factorize(self.owners)
        if self.owner is None and "*" in self.resources:
            # Without an owner a request for everything is made in another circumstance.
            codes = codes * 2 + np.array([resource == "*" for resource in self.resources])
        _, first, alike = np.unique(codes, return_index=True, return_inverse=True)
        found: dict[Page | None, int] = {}
        of_code = [found.setdefault(self.page(row), len(found)) for row in first.tolist()]
        met = list(found)
        numbers: Codes = np.array(of_code, dtype=np.int64)[alike]
        for rows in split(numbers, np.arange(len(self.actions), dtype=np.intp)):
            yield met[int(numbers[rows[0]])], rows

    def page(self, row: int) -> Page | None:
        return None if self.context.is_ambiguous else self.asker(row).stack.page_for(self.request(row))

    def decide(self, page: Page | None, rows: Rows) -> None:
        """Decide the rows of one page."""
        if page is None:
            self.one_by_one(rows)
        elif page.placed is None:
            self.by_resource(page, rows)
        elif len(rows) < FEW or page.placed.plan.looks_at_requests_one_by_one:
            self.by_what_is_kept(page.placed, rows)
        else:
            for alike in self.alike_in_resource(page.placed, rows):
                self.decide_alike(page.placed, alike)

    def by_resource(self, page: Page, rows: Rows) -> None:
        """Decide rows of which nothing but the resource matters."""
        resources, place_of = self.resources, page.place_of
        listed = rows.tolist()
        places = [place_of(resources[row]) for row in listed]
        numbers = {}
        for place in set(places):
            decision = page.decisions[place]
            numbers[place] = self.place_of(self.ask(listed[places.index(place)]) if decision is None else decision)
        self.places[rows] = [numbers[place] for place in places]

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
            decision = self.ask(int(alike[0]))
            if placed.is_shared and decision.outcome is Outcome.UNDECIDED:
                self.one_by_one(alike)
            else:
                self.places[alike] = self.place_of(decision)

    def by_what_is_kept(self, placed: PlacedPlan, rows: Rows) -> None:
        """Decide rows of one page, each by itself, without making requests of those that are like an earlier one."""
        resources, seen, kept = self.resources, self.context.narrowed(placed.plan.keys), placed.kept
        places = []
        for row in rows.tolist():
            shape, context = seen(row)
            decision = kept(resources[row], shape, context)
            places.append(self.place_of(self.ask(row) if decision is None else decision))
        self.places[rows] = places

    def one_by_one(self, rows: Rows) -> None:
        for row in rows.tolist():
            self.places[row] = self.place_of(self.ask(row))

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


def _within(places: Rows, length: int) -> bool:
    return bool(places.min() >= 0 and places.max() < length)
