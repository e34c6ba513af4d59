"""A condition key in a comparison: the values that it can hold, and for which of them each statement's conditions hold.

Whether they hold is asked of the engine, value by value.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from passrole.engine.conditions import PreparedCondition, condition_truth
from passrole.engine.request import ContextValue
from passrole.engine.truth import Doubt, all_of, settle
from passrole.engine.variables import fill_in, read_template
from passrole.policy.model import Effect, Quantifier
from passrole.policy.operators import OperatorFamily, OperatorRow
from passrole.prover.items import is_letter
from passrole.prover.key_kinds import IN_EVERY_REQUEST, Holds, holds, holds_several
from passrole.prover.key_texts import Compared, texts_for
from passrole.prover.texts import Effort
from passrole.prover.views import Bindings, Held, StatementView

MAX_SETS = 20_000


class KeyTable:
    """The values of one key, each a bit; None is the absent key."""

    __slots__ = ("_bindings", "_effort", "_key", "_masks", "everything", "lacking", "values")

    def __init__(
        self, key: str, views: Iterable[StatementView], bindings: Bindings, effort: Effort, *, typed: bool
    ) -> None:
        """`typed`: the key holds only what AWS says that it can hold. Raises TooHardError."""
        self._effort = effort
        self._key = key
        self._bindings = bindings
        self._masks: dict[int, tuple[int, int]] = {}
        self.lacking: str | None = None
        """Why a value may be missing."""
        conditions = [(condition, view.variables) for view in views for condition in view.keys.get(key, ())]
        self.values: tuple[ContextValue | None, ...]
        bound = bindings.get(key)
        if key in bindings and not (isinstance(bound, str) and any(map(is_letter, bound))):
            self.values = (bound,)
        else:
            self.values = tuple(dict.fromkeys(self._values(conditions, typed)))
        self.everything = (1 << len(self.values)) - 1

    def _values(self, conditions: Sequence[tuple[PreparedCondition, bool]], typed: bool) -> list[ContextValue | None]:
        several = holds_several(self._key)
        quantified = [c for c, _ in conditions if c.condition.operator.quantifier is not None]
        found = texts_for(self._compared(conditions), holds(self._key) if typed else Holds.ANY, self._effort)
        self.lacking = found.lacking
        values: list[ContextValue | None] = []
        if not (typed and self._key in IN_EVERY_REQUEST):
            values.append(None)
        if several is not True and (several is False or len(quantified) < len(conditions)):
            values += found.texts
        if several or (several is None and quantified):
            values += self._sets(found.texts, [c for c, _ in conditions])
        return values

    def _compared(self, conditions: Iterable[tuple[PreparedCondition, bool]]) -> Iterable[Compared]:
        context = Held(self._bindings)
        for condition, variables in conditions:
            row = condition.row
            if not isinstance(row, OperatorRow) or row.family is OperatorFamily.NULL:
                continue
            for value in condition.values:
                text = value.value.text
                if row.family not in (OperatorFamily.STRING, OperatorFamily.ARN):
                    yield Compared(row, text)
                    continue
                template = read_template(text, wildcards=row.wildcards, variables=variables and row.variables)
                pattern = template if isinstance(template, Doubt) else fill_in(template, context)
                if isinstance(pattern, tuple):
                    yield Compared(row, text, pattern)

    def _sets(self, texts: Sequence[str], conditions: Sequence[PreparedCondition]) -> list[tuple[str, ...]]:
        """Sets of values, one at least for each way in which the conditions can come out.

        How they come out follows from which bounds a set keeps within: the values that satisfy a condition of
        ForAllValues, those that do not satisfy one of ForAnyValue. So the common part of some bounds stands for every
        set that keeps within these and no others, as it is the largest of them.
        """
        told = self._told_apart(texts, conditions)
        bounds = self._bounds(told, conditions)
        closed = {(1 << len(told)) - 1}
        for bound in bounds:
            closed |= {bound & other for other in closed}
            if len(closed) > MAX_SETS:
                self.lacking = "it holds several values, and there are too many sets of them to try"
                return []
        self._effort.spend(len(closed))
        smallest = {0, *(1 << place for place in range(len(told))), *(_smaller(each, bounds) for each in closed)}
        return [
            tuple(text for place, text in enumerate(told) if mask >> place & 1)
            for mask in sorted(smallest, key=lambda mask: (mask.bit_count(), mask))
        ]

    def _bounds(self, texts: Sequence[str], conditions: Sequence[PreparedCondition]) -> list[int]:
        found: dict[int, None] = {}
        for condition in conditions:
            masks: dict[str, int] = {}
            for place, text in enumerate(texts):
                name = _name(condition_truth(condition, Held({**self._bindings, self._key: (text,)})))
                masks[name] = masks.get(name, 0) | 1 << place
            for_all = condition.condition.operator.quantifier is Quantifier.FOR_ALL_VALUES
            inside = masks.get("True" if for_all else "False", 0)
            for bound in (inside, inside | masks.get("doubt", 0)):
                found[bound] = None
        # Where there is a letter among the values conditions may come out otherwise: see `symbols`.
        found[sum(1 << place for place, text in enumerate(texts) if not any(map(is_letter, text)))] = None
        if "" in texts:
            # A set of it alone comes out otherwise than it does beside others.
            empty = 1 << texts.index("")
            found = dict.fromkeys(each for bound in found for each in (bound | empty, bound & ~empty)) | {empty: None}
        return list(found)

    def _told_apart(self, texts: Sequence[str], conditions: Sequence[PreparedCondition]) -> list[str]:
        """One text for each way in which the conditions come out for it alone; the empty one stays."""
        seen: dict[object, str] = {}
        for text in texts:
            context = Held({**self._bindings, self._key: (text,)})
            outcome = tuple(_name(condition_truth(condition, context)) for condition in conditions)
            seen.setdefault((outcome, text == "", any(map(is_letter, text))), text)
        return list(seen.values())

    def box_mask(self, views: Sequence[tuple[StatementView, bool]]) -> int:
        """The values for which the conditions of all these hold; each for sure, or (True) possibly."""
        found = self.everything
        for view, possible in views:
            found &= self.masks(view)[possible]
        return found

    @property
    def is_certain(self) -> bool:
        """Whether in all masks so far what may hold surely does."""
        return all(sure == possible for sure, possible in self._masks.values())

    def masks(self, view: StatementView) -> tuple[int, int]:
        """The values for which the statement's conditions on the key surely hold, and those for which they may."""
        # A view may be narrowed to some of its actions; its conditions are those of the statement.
        found = self._masks.get(id(view.compiled))
        if found is None:
            found = self._masks[id(view.compiled)] = self._ask(view.keys.get(self._key, ()), view.effect)
        return found

    def _ask(self, conditions: tuple[PreparedCondition, ...], effect: Effect) -> tuple[int, int]:
        if not conditions:
            return self.everything, self.everything
        sure = possible = 0
        for number, value in enumerate(self.values):
            context = Held({**self._bindings, self._key: value})
            truth = all_of(settle(condition_truth(condition, context), effect) for condition in conditions)
            sure |= (truth is True) << number
            possible |= (truth is not False) << number
        return sure, possible


def _smaller(mask: int, bounds: Sequence[int]) -> int:
    """A part of a set that keeps within no more bounds than all of it."""
    beyond = [bound for bound in bounds if mask & ~bound]
    for place in reversed(range(mask.bit_length())):
        less = mask & ~(1 << place)
        if less and all(less & ~bound for bound in beyond):
            mask = less
    return mask


def _name(truth: object) -> str:
    return "doubt" if isinstance(truth, Doubt) else str(truth)
