"""Policy variables without values: a proof that holds whatever they stand for.

A variable is read as a letter that no text has. Where a statement must be shown to apply, only what takes the letter
whole counts: a star, or the same variable. Where one must be shown not to apply, everything that the letter could
turn out to be counts. So a proof is sound, and may fail though there is no difference: then values are tried.
"""

from __future__ import annotations

from collections.abc import Sequence

from passrole.engine.compare.arn import PARTS
from passrole.engine.conditions import PreparedCondition, condition_truth
from passrole.engine.glob import Wild, read_pattern
from passrole.engine.request import ContextValue
from passrole.engine.truth import all_of, settle
from passrole.policy.operators import OperatorFamily, OperatorRow
from passrole.prover.items import AnyCase, Chars, Items, One, Star, is_letter, letter
from passrole.prover.key_table import KeyTable
from passrole.prover.texts import NO_TEXT, Region
from passrole.prover.views import Bindings, Held, StatementView


def letters_for(keys: Sequence[str]) -> Bindings:
    """A letter for each key."""
    return {key: letter(number) for number, key in enumerate(keys)}


def has_letter(region: Region) -> bool:
    return any(_letters_in(items) for items in region.patterns)


def _letters_in(items: Items) -> bool:
    return any(isinstance(item, str) and any(map(is_letter, item)) for item in items)


def widened(regions: Sequence[Region]) -> list[Region]:
    """Regions that a text must be in all of, so that whatever letters stand for is in them too."""
    constraining = [region for region in regions if not region.is_everything]
    if len(constraining) == 1 and not constraining[0].negated:
        return constraining
    found: list[Region] = []
    for region in constraining:
        if region.negated:
            # What a pattern with a letter takes is not known, so that it keeps nothing out.
            found.append(Region(tuple(items for items in region.patterns if not _letters_in(items)), negated=True))
        else:
            found.append(Region(tuple(_without_letters(items) for items in region.patterns)))
    return [region for region in found if not region.is_everything]


def _without_letters(items: Items) -> Items:
    found: list[str | One | Star | AnyCase] = []
    for item in items:
        if not isinstance(item, str):
            found.append(item)
            continue
        text = ""
        for character in item:
            if is_letter(character):
                found += [text, Star(Chars.ANY)] if text else [Star(Chars.ANY)]
                text = ""
            else:
                text += character
        if text:
            found.append(text)
    return tuple(found)


def narrowed(region: Region, *, texts_have_letters: bool) -> Region:
    """The part of a cover's region that holds whatever letters stand for."""
    if not region.negated or region.is_everything:
        return region
    return NO_TEXT if texts_have_letters or has_letter(region) else region


class SymbolicTable(KeyTable):
    """A key whose values may be compared with letters, or stand behind one."""

    __slots__ = ()

    def _values(self, conditions: Sequence[tuple[PreparedCondition, bool]], typed: bool) -> list[ContextValue | None]:
        return super()._values(conditions, typed and not any(self._names_letter(c) for c, _ in conditions))

    def box_mask(self, views: Sequence[tuple[StatementView, bool]]) -> int:
        """The values for which the conditions of all these may hold."""
        conditions = [(c, view) for view, _ in views for c in view.keys.get(self._key, ())]
        equal = next((c for c, _ in conditions if self._is_equality_with_letter(c)), None)
        found = 0
        for number, value in enumerate(self.values):
            context = Held({**self._bindings, self._key: value})
            if equal is not None:
                # Every value that it takes is what a text with the letter stands for.
                inside = condition_truth(equal, context) is True and not any(
                    self._surely_not(c, value, context) for c, _ in conditions
                )
            elif _with_letters(value):
                inside = False
            else:
                exact = (
                    settle(condition_truth(c, context), view.effect)
                    for c, view in conditions
                    if value is None or not self._names_letter(c)
                )
                inside = all_of(exact) is not False
            found |= inside << number
        return found

    def masks(self, view: StatementView) -> tuple[int, int]:
        """The values for which the conditions hold whatever the letters stand for, twice."""
        conditions = view.keys.get(self._key, ())
        sure = 0
        for number, value in enumerate(self.values):
            context = Held({**self._bindings, self._key: value})
            sure |= all(self._surely(c, value, context, view) for c in conditions) << number
        return sure, sure

    def _surely(self, c: PreparedCondition, value: ContextValue | None, context: Held, view: StatementView) -> bool:
        if settle(condition_truth(c, context), view.effect) is not True:
            return False
        if value is None or not (self._names_letter(c) or _with_letters(value)):
            return True
        if c.condition.operator.quantifier is not None or not isinstance(c.row, OperatorRow) or c.row.negated:
            return False
        plain = all(Wild.ONE not in read_pattern(each.value.text) for each in c.values)
        if c.row.family is OperatorFamily.ARN:
            texts = [*self._texts_of(c), *((value,) if isinstance(value, str) else ())]
            return plain and all(map(_after_fifth_colon, texts))
        return c.row.family is OperatorFamily.STRING and (plain or not c.row.wildcards)

    def _surely_not(self, c: PreparedCondition, value: ContextValue | None, context: Held) -> bool:
        """Whether a negated condition fails whatever the letters stand for: its own text is the value."""
        row = c.row
        if value is None or not isinstance(row, OperatorRow) or not row.negated or c.condition.operator.quantifier:
            return False
        plain = all(Wild.ONE not in read_pattern(each.value.text) for each in c.values)
        return row.family is OperatorFamily.STRING and plain and condition_truth(c, context) is False

    def _names_letter(self, c: PreparedCondition) -> bool:
        """Whether the condition compares with what a letter stands for."""
        return any(_with_letters(compared_text) for compared_text in self._texts_of(c))

    def _texts_of(self, c: PreparedCondition) -> list[str]:
        return [
            "".join(piece for piece in compared.pattern if isinstance(piece, str))
            for compared in self._compared([(c, True)])
        ]

    def _is_equality_with_letter(self, c: PreparedCondition) -> bool:
        row = c.row
        if not isinstance(row, OperatorRow) or row.negated or c.condition.operator.quantifier is not None:
            return False
        if row.family is OperatorFamily.ARN and not all(map(_after_fifth_colon, self._texts_of(c))):
            return False
        return row.family in (OperatorFamily.STRING, OperatorFamily.ARN) and self._names_letter(c)


def _with_letters(value: ContextValue | None) -> bool:
    texts = (value,) if isinstance(value, str) else value or ()
    return any(is_letter(character) for text in texts for character in text)


def _after_fifth_colon(text: str) -> bool:
    """Whether letters stand in the sixth part of an ARN only, where colons make no difference."""
    return not any(map(is_letter, ":".join(text.split(":", PARTS - 1)[: PARTS - 1])))
