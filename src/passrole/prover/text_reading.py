"""Conditions on one key, read as regions of texts: what it must be in, and for each cover regions that avoid it.

For keys with more kinds of values than can be listed. Only what reads exactly so is read: string operators without a
quantifier, on a key that holds one text of any kind; the absent key and the empty text the engine is asked about.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from passrole.engine.conditions import PreparedCondition, condition_truth
from passrole.engine.request import ContextValue
from passrole.engine.truth import Doubt, Truth, all_of, settle
from passrole.engine.variables import fill_in, read_template
from passrole.policy.operators import OperatorFamily, OperatorRow
from passrole.prover.action_groups import Part
from passrole.prover.items import Chars, Items, One, Star, in_any_case, items_of
from passrole.prover.key_kinds import IN_EVERY_REQUEST, Holds, holds, holds_several
from passrole.prover.texts import EVERY_TEXT, NO_TEXT, Region, TooHardError
from passrole.prover.views import Bindings, Held, StatementView

NOT_EMPTY = Region(((One(Chars.SOME), Star(Chars.ANY)),))

Options = Sequence[tuple[int, Region]]
"""Regions, each with the cover (its flag) that what is in it avoids."""


@dataclass(frozen=True, slots=True)
class TextReading:
    """`always` are the regions of a text that satisfies the boxes, `options` those that avoid covers. `others` are the
    values that are no such texts and satisfy the boxes, with the covers that they avoid.

    `is_certain`: of none of these values is it in doubt whether they do.
    """

    always: tuple[Region, ...]
    options: Options
    others: tuple[tuple[ContextValue | None, int], ...]
    is_certain: bool = True

    def never_with(self, flag: int) -> TextReading:
        """The same, where only the absent key avoids one more cover."""
        others = tuple((value, avoided | (flag if value is None else 0)) for value, avoided in self.others)
        return replace(self, others=others)


def text_reading(
    key: str, boxes: Sequence[Part], covers: Sequence[tuple[int, Part]], bindings: Bindings, *, typed: bool
) -> TextReading:
    """Raises TooHardError where the conditions say more than regions do."""
    parts = [*boxes, *(part for _, part in covers)]
    conditions = [c for view, _ in parts for c in view.keys.get(key, ())]
    if (typed and holds(key) is not Holds.ANY) or holds_several(key) is True or key in bindings:
        raise _no_reading(key)
    if any(c.condition.operator.quantifier is not None for c in conditions):
        raise _no_reading(key)
    regions = {id(c): _region(key, c, view, bindings) for view, _ in parts for c in view.keys.get(key, ())}
    always = [regions[id(c)] for view, _ in boxes for c in view.keys.get(key, ())]
    options = [(flag, _other_than(regions[id(c)])) for flag, (view, _) in covers for c in view.keys.get(key, ())]
    return TextReading(
        (NOT_EMPTY, *(region for region in always if not region.is_everything)),
        [(flag, region) for flag, region in options if not region.is_nothing],
        tuple(_others(key, boxes, covers, bindings, typed=typed)),
        all(
            _truth(key, view, Held({**bindings, key: value})) in (True, False)
            for view, _ in parts
            for value in ("", None)
        ),
    )


def _others(
    key: str, boxes: Sequence[Part], covers: Sequence[tuple[int, Part]], bindings: Bindings, *, typed: bool
) -> Iterator[tuple[ContextValue | None, int]]:
    values: list[str | None] = [""]
    if not (typed and key in IN_EVERY_REQUEST):
        values.append(None)
    for value in values:
        context = Held({**bindings, key: value})
        if all(_applies(key, part, context) for part in boxes):
            yield value, sum(flag for flag, part in covers if not _applies(key, part, context))


def _applies(key: str, part: Part, context: Held) -> bool:
    """As `key_table` asks it of the engine."""
    view, possible = part
    truth = _truth(key, view, context)
    return truth is not False if possible else truth is True


def _truth(key: str, view: StatementView, context: Held) -> Truth:
    return all_of(settle(condition_truth(c, context), view.effect) for c in view.keys.get(key, ()))


def _other_than(region: Region) -> Region:
    return Region(region.patterns, not region.negated)


def _region(key: str, condition: PreparedCondition, view: StatementView, bindings: Bindings) -> Region:
    """The texts, not empty, for which a condition holds."""
    row = condition.row
    if isinstance(row, OperatorRow) and row.family is OperatorFamily.NULL:
        truth = condition_truth(condition, Held({**bindings, key: "x"}))
        if truth is True or truth is False:
            return EVERY_TEXT if truth else NO_TEXT
        raise _no_reading(key)
    if not isinstance(row, OperatorRow) or row.family is not OperatorFamily.STRING:
        raise _no_reading(key)
    patterns: list[Items] = []
    for value in condition.values:
        template = read_template(value.value.text, wildcards=row.wildcards, variables=view.variables and row.variables)
        pattern = template if isinstance(template, Doubt) else fill_in(template, Held(bindings))
        if not isinstance(pattern, tuple):
            raise _no_reading(key)
        if row.wildcards:
            patterns.append(items_of(pattern))
            continue
        text = "".join(piece if isinstance(piece, str) else piece.value for piece in pattern)
        if row.ignore_case and not text.isascii():
            raise _no_reading(key)
        patterns.append(in_any_case(text) if row.ignore_case else (text,) if text else ())
    return Region(tuple(dict.fromkeys(patterns)), row.negated)


def _no_reading(key: str) -> TooHardError:
    return TooHardError(f"there are too many kinds of values of {key}")
