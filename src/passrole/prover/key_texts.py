"""Texts that stand for all that a condition key can hold: one for each way in which its conditions can come out.

Numbers, dates and addresses by cut points, the values of string and ARN operators by `texts.classes`. Where a
key is compared as text with wildcards and as a number besides, the list may lack something, and says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext
from ipaddress import IPv4Address, IPv6Address
from itertools import pairwise, product

from passrole.engine.compare.address import address_of, address_range
from passrole.engine.compare.date import Moment, moment_of
from passrole.engine.compare.flag import bytes_of
from passrole.engine.compare.number import number_of
from passrole.engine.glob import Pattern, Wild
from passrole.policy.operators import OperatorFamily, OperatorRow
from passrole.prover.items import Chars, Items, One, Star, in_any_case, items_of, within_segments
from passrole.prover.key_kinds import FAMILY, PRINCIPAL_TYPES, Holds
from passrole.prover.text_search import classes
from passrole.prover.texts import EVERY_TEXT, Effort, Region

_ARN = Region((("arn:", *(Star(Chars.ANY), ":") * 4, Star(Chars.ANY)),))
"""What ARN operators take for one: `arn` and five colons."""
_WELL_FORMED_ARN = Region(
    (
        (
            *("arn:", One(Chars.NOT_COLON), Star(Chars.NOT_COLON), ":", One(Chars.NOT_COLON), Star(Chars.NOT_COLON)),
            *(":", Star(Chars.NOT_COLON), ":", Star(Chars.NOT_COLON), ":", One(Chars.ANY), Star(Chars.ANY)),
        ),
    )
)
_ACCOUNT = Region(((One(Chars.DIGIT),) * 12,))
_FORMS = {Holds.ARN: _WELL_FORMED_ARN, Holds.ACCOUNT: _ACCOUNT}
_NOT_EMPTY = Region(((One(Chars.SOME), Star(Chars.ANY)),))
_TYPED = {OperatorFamily.NUMERIC, OperatorFamily.DATE, OperatorFamily.BOOL, OperatorFamily.BINARY, OperatorFamily.IP}
_NEW_YEAR = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Compared:
    """A value that a condition compares a key with: a pattern for string and ARN operators, else its text."""

    row: OperatorRow
    text: str
    pattern: Pattern = ()


@dataclass(frozen=True, slots=True)
class Texts:
    texts: tuple[str, ...]
    lacking: str | None = None
    """Why a text may be lacking."""


def texts_for(compared: Iterable[Compared], kind: Holds, effort: Effort) -> Texts:
    """One text at least for each set of these comparisons that come out true; of `kind` only."""
    compared = tuple(dict.fromkeys(compared))
    families = {each.row.family for each in compared}
    if kind is Holds.FLAG:
        return Texts(("true", "false"))
    if kind is Holds.PRINCIPAL_TYPE:
        return Texts(PRINCIPAL_TYPES)
    patterns = [each for each in compared if each.row.family in (OperatorFamily.STRING, OperatorFamily.ARN)]
    typed = (families & _TYPED) | ({FAMILY[kind]} if kind in FAMILY else set())
    found: dict[str, None] = {}
    for text in _pattern_texts(patterns, _FORMS.get(kind, EVERY_TEXT), effort):
        found[text] = None
    several_spellings = len(patterns) + 1 if patterns else 1
    for family in sorted(typed, key=lambda each: each.value):
        for text in _typed_texts(
            family, [each.text for each in compared if each.row.family is family], several_spellings
        ):
            found[text] = None
    if kind is Holds.ANY:
        found[""] = None
    texts = tuple(text for text in found if fits(text, kind))
    lacking = None
    wild = any(isinstance(piece, Wild) for each in patterns for piece in each.pattern)
    if len(typed) > 1:
        lacking = "it is compared as values of several types"
    elif typed and (wild or OperatorFamily.ARN in families or any(each.row.ignore_case for each in patterns)):
        lacking = "it is compared both as text with wildcards and as a value of a type"
    if any(
        each.row.ignore_case and each.row.family is OperatorFamily.STRING and not each.text.isascii()
        for each in patterns
    ):
        lacking = "letters beyond ASCII are compared without case"
    return Texts(texts, lacking)


def fits(text: str, kind: Holds) -> bool:
    """Whether a key of that kind can hold a text."""
    match kind:
        case Holds.NUMBER:
            return number_of(text) is not None
        case Holds.DATE:
            return moment_of(text) is not None
        case Holds.ADDRESS:
            return address_of(text) is not None
        case Holds.FLAG:
            return text in ("true", "false")
        case Holds.PRINCIPAL_TYPE:
            return text in PRINCIPAL_TYPES
        case Holds.ARN | Holds.ACCOUNT:
            return _FORMS[kind].takes(text)
        case Holds.ANY:
            return True


def _pattern_texts(patterns: list[Compared], form: Region, effort: Effort) -> Iterator[str]:
    if form.is_everything and all(_is_plain(each) for each in patterns):
        plain = {_literal(each.pattern) for each in patterns}
        yield _fresh(plain)
        yield from sorted(plain)
        return
    # An empty text is a case of its own for Null and for set operators.
    regions: dict[Region, None] = {_NOT_EMPTY: None}
    for each in patterns:
        regions[_region(each)] = None
        if each.row.family is OperatorFamily.ARN:
            regions[_ARN] = None
    yield from classes([] if form.is_everything else [form], list(regions), effort)


def _is_plain(compared: Compared) -> bool:
    """Whether only one text is equal to it."""
    wild = any(isinstance(piece, Wild) for piece in compared.pattern) and compared.row.wildcards
    return compared.row.family is OperatorFamily.STRING and not compared.row.ignore_case and not wild


def _literal(pattern: Pattern) -> str:
    return "".join(piece if isinstance(piece, str) else piece.value for piece in pattern)


def _region(compared: Compared) -> Region:
    if compared.row.family is OperatorFamily.ARN:
        return Region((within_segments(compared.pattern),))
    if compared.row.wildcards:
        return Region((items_of(compared.pattern),))
    text = _literal(compared.pattern)
    items: Items = in_any_case(text) if compared.row.ignore_case else (text,) if text else ()
    return Region((items,))


def _fresh(taken: set[str]) -> str:
    text = "x"
    while text in taken:
        text += "x"
    return text


def _typed_texts(family: OperatorFamily, values: list[str], several: int) -> Iterator[str]:
    match family:
        case OperatorFamily.NUMERIC:
            yield from _numbers(values, several)
        case OperatorFamily.DATE:
            yield from _dates(values)
        case OperatorFamily.BOOL:
            yield from ("true", "false", *(_spellings("true") + _spellings("false") if several > 1 else ()))
        case OperatorFamily.BINARY:
            yield from values
            known = {bytes_of(value) for value in values}
            yield next(text for text in _counted_base64() if bytes_of(text) not in known)
        case OperatorFamily.IP:
            yield from _addresses(values, several)
        case _:
            return


def _spellings(text: str) -> tuple[str, ...]:
    return tuple("".join(each) for each in product(*((c, c.upper()) for c in text)))


def _counted_base64() -> Iterator[str]:
    from base64 import b64encode

    number = 0
    while True:
        yield b64encode(str(number).encode()).decode()
        number += 1


def _numbers(values: list[str], several: int) -> Iterator[str]:
    with localcontext() as context:
        context.prec = 2 * max((len(value) for value in values), default=1) + 10
        numbers = sorted({number for value in values if (number := number_of(value)) is not None})
        points = list(numbers)
        points += [(low + high) / 2 if high - low <= 1 else low + 1 for low, high in pairwise(numbers)]
        points += [numbers[0] - 1, numbers[-1] + 1] if numbers else [Decimal(0)]
        for point in points:
            text = format(point, "f")
            yield text
            for zeros in range(1, several):
                yield f"{text}{'' if '.' in text else '.'}{'0' * zeros}"


def _dates(values: list[str]) -> Iterator[str]:
    moments = sorted({moment for value in values if (moment := moment_of(value)) is not None}, key=_exact)
    if not moments:
        yield "2026-01-01T00:00:00Z"
        return
    points = [_exact(moment) for moment in moments]
    with localcontext() as context:
        context.prec = max(len(moment[1]) for moment in moments) + 40
        between = [(low + high) / 2 if high - low <= 1 else low + 1 for low, high in pairwise(points)]
        for point in (*points, *between, points[0] - 1, points[-1] + 1):
            text = _date_text(point)
            if moment_of(text) is not None:
                yield text


def _exact(moment: Moment) -> Decimal:
    with localcontext() as context:
        context.prec = len(moment[1]) + 40
        return Decimal(moment[0]) + Decimal(f"0.{moment[1] or 0}")


def _date_text(point: Decimal) -> str:
    seconds = int(point // 1)
    fraction = format(point - seconds, "f").partition(".")[2].rstrip("0") if point != seconds else ""
    try:
        plain = (_NEW_YEAR + timedelta(seconds=seconds)).replace(tzinfo=None).isoformat()
    except OverflowError:
        return str(seconds)
    return f"{plain}.{fraction}Z" if fraction else f"{plain}Z"


def _addresses(values: list[str], several: int) -> Iterator[str]:
    ranges = [found for value in values if (found := address_range(value)) is not None]
    for version, last, make in ((4, (1 << 32) - 1, IPv4Address), (6, (1 << 128) - 1, IPv6Address)):
        cuts = {0} | {low for v, low, _ in ranges if v == version} | {high + 1 for v, _, high in ranges if v == version}
        cuts = {cut for cut in cuts if cut <= last}
        ends = [*sorted(cuts), last + 1]
        for low, high in pairwise(ends):
            for number in range(low, min(high, low + several)):
                yield str(make(number))
