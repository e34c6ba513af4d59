"""Deciding many requests at once: what is the same for many rows is done once, the rest by NumPy.

Rows are taken together by asker, action and owner, for which there is one plan. Of those, rows on whose resources the
same statements bear, and whose contexts give the same answers to all that these statements ask, have the same
decision: one of them is asked for all. A condition is asked once for each distinct value of its column.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from passrole.engine.decision import Decision
from passrole.engine.fast.column_answers import DOUBT, ContextColumns
from passrole.engine.fast.columns import OUTCOMES, Asker, Codes, Decisions, Requests, Rows, factorize, split
from passrole.engine.fast.plan import Plan
from passrole.engine.fast.situation import Situation
from passrole.engine.request import Request

Value = TypeVar("Value")

FEW = 64
"""Rows that are sooner looked at one by one than put together."""


def decide_columns(askers: Sequence[Asker], requests: Requests) -> Decisions:
    """Row for row what `evaluate` answers.

    Raises ValueError for columns of different lengths, IndexError for an asker or a code that is not in its list.
    """
    run = _Run(askers, requests)
    for rows in run.groups():
        run.decide(rows)
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
        self.has_everything = "*" in self.resources
        self.places = np.zeros(len(self.actions), dtype=np.int32)
        self.distinct: list[Decision] = []
        self._place_of: dict[int, int] = {}
        given = [len(self.resources), *self.context.lengths()]
        given += [len(column) for column in (self.asker_of, self.owners) if column is not None]
        if any(length != len(self.actions) for length in given):
            raise ValueError(f"columns of different lengths: {sorted({len(self.actions), *given})}")
        if self.asker_of is not None and len(self.asker_of) and not _within(self.asker_of, len(askers)):
            raise IndexError("a row is of an asker that is not in the list")

    def groups(self) -> list[Rows]:
        """Rows of one asker, action and owner."""
        codes = factorize(self.actions)
        if self.asker_of is not None:
            codes = codes * len(self.askers) + self.asker_of
        if self.owners is not None:
            codes = codes * len(self.owners) + factorize(self.owners)
        return split(codes, np.arange(len(self.actions), dtype=np.intp))

    def decide(self, rows: Rows) -> None:
        """Decide the rows of one group."""
        first = int(rows[0])
        asker = self.asker(first)
        plan = asker.stack.plan_for(asker.principal, self.actions[first])
        if plan is None or self.context.is_ambiguous:
            self.one_by_one(rows)
            return
        if len(rows) < FEW or plan.looks_at_requests_one_by_one:
            self.by_what_is_kept(plan, rows)
            return
        for alike in self.alike_in_resource(plan, rows):
            self.decide_alike(plan, alike)

    def alike_in_resource(self, plan: Plan, rows: Rows) -> list[Rows]:
        """The rows, put together where the same is true of their resources."""
        if not (plan.looks_at_resources or plan.has_traits or self.has_everything):
            return [rows]
        resources = self.resources
        texts = resources if len(rows) == len(resources) else [resources[row] for row in rows.tolist()]
        codes: Codes = np.zeros(len(rows), dtype=np.int64)
        if plan.looks_at_resources:
            statements_on = plan.statements_on
            codes = factorize([statements_on(text) for text in texts])
        if plan.has_traits or self.has_everything:
            traits_on = plan.traits_on
            codes = codes * len(rows) + factorize([traits_on(text) for text in texts])
        return split(codes, rows)

    def decide_alike(self, plan: Plan, rows: Rows) -> None:
        """Decide rows on whose resources the same statements bear."""
        first = int(rows[0])
        statements = plan.statements_on(self.resources[first])
        if statements < 0:
            self.one_by_one(rows)
            return
        questions = plan.questions(statements)
        codes: Codes = np.zeros(len(rows), dtype=np.int64)
        sure = np.ones(len(rows), dtype=np.bool_)
        implied = plan.situation_of(self.request(first)).implied if questions else {}
        for question in questions:
            answers = self.context.answers(question, rows, implied)
            sure &= answers != DOUBT
            # Counted anew each time, so that the product never grows out of its type.
            _, codes = np.unique(codes * (answers.max() + 2) + answers + 1, return_inverse=True)
        self.one_by_one(rows[~sure])
        for alike in split(codes[sure], rows[sure]):
            self.set(alike, self.ask(int(alike[0])))

    def by_what_is_kept(self, plan: Plan, rows: Rows) -> None:
        """Decide rows of one plan, each by itself, without making requests of those that are like an earlier one."""
        listed = rows.tolist()
        resources, seen = self.resources, self.context.narrowed(plan.keys)
        situations: dict[bool, Situation] = {}
        places = []
        for row in listed:
            resource = resources[row]
            of_everything = resource == "*"
            situation = situations.get(of_everything)
            if situation is None:
                situation = situations[of_everything] = plan.situation_of(self.request(row))
            shape, context = seen(row)
            decision = plan.kept(resource, shape, context, situation)
            places.append(self.place_of(self.ask(row) if decision is None else decision))
        self.places[rows] = places

    def one_by_one(self, rows: Rows) -> None:
        for row in rows.tolist():
            self.places[row] = self.place_of(self.ask(row))

    def set(self, rows: Rows, decision: Decision) -> None:
        self.places[rows] = self.place_of(decision)

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
