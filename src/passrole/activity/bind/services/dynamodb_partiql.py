"""PartiQL statements of DynamoDB: what a statement does, on which table or index, and which values it fixes.

Only the forms that DynamoDB's reference has are read; any other text is refused.
Sources: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html>,
<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html>.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from passrole.activity.bind.model import CannotBindError, Why

_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<name>"(?:[^"]|"")*")|(?P<text>'(?:[^']|'')*')|(?P<word>[A-Za-z_][A-Za-z0-9_.-]*)"""
    r"""|(?P<number>[0-9][0-9.eE+-]*)|(?P<sign><=|>=|<>|[-+*/=<>(){}\[\],.:?;]))"""
)
_ACTIONS: Final = {
    "SELECT": "dynamodb:PartiQLSelect",
    "EXISTS": "dynamodb:PartiQLSelect",
    "INSERT": "dynamodb:PartiQLInsert",
    "UPDATE": "dynamodb:PartiQLUpdate",
    "DELETE": "dynamodb:PartiQLDelete",
}
_AFTER_TABLE: Final = {
    "SELECT": ("WHERE", "ORDER"),
    "INSERT": ("VALUE",),
    "UPDATE": ("SET", "REMOVE"),
    "DELETE": ("WHERE", "RETURNING"),
}
_COMMENTS: Final = ("--", "/*", "*/")
_NOT_JOINED_BY_AND: Final = frozenset({"BETWEEN", "CASE", "IN", "NOT", "OR"})


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    text: str

    @property
    def word(self) -> str:
        return self.text.upper() if self.kind == "word" else ""


@dataclass(frozen=True, slots=True)
class Statement:
    """`table` and `index` are as the statement names them; `equals` are the values of attributes that the condition
    compares with `=` and joins by AND alone, or that an INSERT gives; None for a condition of another form."""

    action: str
    table: str
    index: str | None
    equals: Mapping[str, str | None] | None


def read_statement(text: str, parameters: Sequence[object]) -> Statement:
    """`parameters` are the typed values of the `?` in the text. Raises CannotBindError for what is not understood."""
    tokens = _tokens(text)
    if len(tokens) > 2 and tokens[0].word == "EXISTS" and tokens[1].text == "(":
        end = len(tokens) - 1 if tokens[-1].text == ")" else len(tokens)
        tokens = tokens[2:end]
    verb = tokens[0].word if tokens else ""
    after = {"SELECT": "FROM", "INSERT": "INTO", "DELETE": "FROM", "UPDATE": "UPDATE"}.get(verb)
    places = [number for number, token in enumerate(tokens) if token.word == after]
    if after is None or len(places) != 1 or any(token.word in ("JOIN", "UNION") for token in tokens):
        raise CannotBindError(Why.NOT_KNOWN, "the PartiQL statement is of a form that passrole does not read")
    table, index, rest = _table(tokens, places[0] + 1)
    if rest < len(tokens) and tokens[rest].word not in _AFTER_TABLE[verb]:
        # A second table, or a name for the first one, which DynamoDB does not have and a backend may.
        raise CannotBindError(Why.NOT_KNOWN, f"the PartiQL statement has `{tokens[rest].text}` after its table")
    if verb in ("SELECT", "DELETE") and any(
        tokens[number].text == "," for number in _outside(tokens, range(rest, len(tokens)))
    ):
        # A backend may take what follows for a second table, also after WHERE and ORDER BY.
        raise CannotBindError(Why.NOT_KNOWN, "the PartiQL statement has a list after its table")
    values = iter(parameters)
    given = {number: next(values, None) for number, token in enumerate(tokens) if token.text == "?"}
    equals = _inserted(tokens, rest, given) if verb == "INSERT" else _compared(tokens, rest, given)
    return Statement(_ACTIONS[verb], table, index, equals)


def _tokens(text: str) -> list[Token]:
    tokens: list[Token] = []
    place = 0
    stripped = text.strip().removesuffix(";")
    while place < len(stripped):
        match = _TOKEN.match(stripped, place)
        if match is None or match.lastgroup is None:
            raise CannotBindError(Why.NOT_KNOWN, "the PartiQL statement has signs that passrole does not read")
        place = match.end()
        token = Token(match.lastgroup, match[match.lastgroup])
        before = tokens[-1].text if tokens and tokens[-1].kind == "sign" and token.kind == "sign" else ""
        if token.kind in ("word", "number", "sign") and any(each in before + token.text for each in _COMMENTS):
            raise CannotBindError(Why.NOT_KNOWN, "the PartiQL statement has what another reader may take for a comment")
        tokens.append(token)
        while place < len(stripped) and stripped[place].isspace():
            place += 1
    return tokens


def _table(tokens: Sequence[Token], place: int) -> tuple[str, str | None, int]:
    """`"table"."index"`, with or without quotation marks, and where it ends."""
    if place >= len(tokens) or tokens[place].kind not in ("name", "word"):
        raise CannotBindError(Why.NOT_KNOWN, "the PartiQL statement names no table where one is meant")
    token = tokens[place]
    if token.kind == "word":
        if "." in token.text:
            # Without quotation marks a dot can be of the table's name, or before an index.
            raise CannotBindError(Why.NOT_KNOWN, f"whether `{token.text}` names a table or an index is not known")
        table = token.text
    else:
        table = _unquoted(token)
    if place + 2 < len(tokens) and tokens[place + 1].text == "." and tokens[place + 2].kind in ("name", "word"):
        return table, _unquoted(tokens[place + 2]), place + 3
    return table, None, place + 1


def _unquoted(token: Token) -> str:
    quote = token.text[0]
    return token.text[1:-1].replace(quote * 2, quote) if token.kind in ("name", "text") else token.text


def _compared(tokens: Sequence[Token], start: int, given: Mapping[int, object]) -> dict[str, str | None] | None:
    """The attributes that the condition sets equal to a value; empty without a condition."""
    places = [number for number in range(start, len(tokens)) if tokens[number].word == "WHERE"]
    if not places:
        return {}
    condition = list(range(places[0] + 1, len(tokens)))
    ends = [n for n in condition if tokens[n].word in ("ORDER", "RETURNING", "GROUP", "LIMIT")]
    if ends:
        condition = [number for number in condition if number < ends[0]]
    outside = _outside(tokens, condition)
    found: dict[str, str | None] = {}
    for number in condition[1:-1]:
        if (
            tokens[number].text != "="
            or tokens[number].kind != "sign"
            or tokens[number - 1].kind not in ("name", "word")
        ):
            continue
        # Alone between two ANDs; further in, it may be about another attribute, or the contrary may be asked.
        end = number + 2
        is_alone = tokens[number - 2].word in ("WHERE", "AND") and (end > condition[-1] or tokens[end].word == "AND")
        if not is_alone or number not in outside:
            return None
        found[_unquoted(tokens[number - 1])] = _value(tokens, number + 1, given)
    if any(tokens[number].word in _NOT_JOINED_BY_AND for number in condition):
        return None
    return found


def _outside(tokens: Sequence[Token], condition: Sequence[int]) -> set[int]:
    """The places that are in no brackets."""
    found: set[int] = set()
    depth = 0
    for number in condition:
        sign = tokens[number].text if tokens[number].kind == "sign" else ""
        depth += (sign in ("(", "[", "{")) - (sign in (")", "]", "}"))
        if not depth:
            found.add(number)
    return found


def _inserted(tokens: Sequence[Token], start: int, given: Mapping[int, object]) -> dict[str, str | None] | None:
    """The attributes of `VALUE {'id': 'ann', …}`, of its outermost level; None for a whole item given as `?`."""
    found: dict[str, str | None] = {}
    depth = 0
    for number in range(start, len(tokens)):
        sign = tokens[number].text if tokens[number].kind == "sign" else ""
        depth += (sign in ("{", "[")) - (sign in ("}", "]"))
        if sign == ":" and depth == 1 and tokens[number - 1].kind in ("text", "name"):
            found[_unquoted(tokens[number - 1])] = _value(tokens, number + 1, given)
    return found or None


def _value(tokens: Sequence[Token], place: int, given: Mapping[int, object]) -> str | None:
    """None for what is no single text or number."""
    if place >= len(tokens):
        return None
    token = tokens[place]
    if token.kind in ("text", "number"):
        return _unquoted(token)
    typed = given.get(place)
    if isinstance(typed, Mapping) and len(typed) == 1:
        value = next(iter(typed.values()))
        return value if isinstance(value, str) else None
    return None
