"""ARN formats of resource types, and which input members of an operation fill them.

A member fills a placeholder when its name says the same thing: `TableName` and `${TableName}`, `clusterIdentifier` and
`${ClusterName}`; a member for an ARN gives it whole, if it is of the format. What is only likely is not taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from passrole.activity.bind.operations import Kind, plain

_PLACEHOLDER = re.compile(r"(\$\{[^}]*\}|\*)")
_OF_THE_CALL = frozenset({"${Partition}", "${Region}", "${Account}"})
_GENERIC = ("name", "id", "identifier")


@dataclass(frozen=True, slots=True)
class Format:
    """An ARN format of one resource type, taken apart.

    `fills` has for each named placeholder, in order, the members that can fill it; `whole` are the members that can
    hold the ARN itself.
    """

    resource_type: str
    pieces: tuple[str, ...]
    names: tuple[str, ...]
    fills: tuple[tuple[str, ...], ...]
    whole: tuple[str, ...]
    pattern: re.Pattern[str]

    @property
    def can_be_filled(self) -> bool:
        return bool(self.whole) or all(self.fills)

    def is_of(self, arn: str) -> bool:
        return self.pattern.fullmatch(arn) is not None

    def arn(self, values: tuple[str, ...], partition: str, region: str, account: str) -> str:
        """With one value for each of `names`."""
        of_call = {"${Partition}": partition, "${Region}": region, "${Account}": account}
        rest = iter(values)
        return "".join(
            (of_call[piece] if piece in of_call else next(rest)) if number % 2 else piece
            for number, piece in enumerate(self.pieces)
        )


def format_of(
    resource_type: str,
    arn_format: str,
    operation: str,
    members: Mapping[str, Kind],
    synonyms: Mapping[str, tuple[str, ...]],
) -> Format:
    """The format with the members of this operation that fill it; `synonyms` are the service's own."""
    # Some services write the account's place otherwise.
    pieces = tuple(_PLACEHOLDER.split(re.sub(r"^((?:[^:]*:){4})\$\{AccountId\}:", r"\1${Account}:", arn_format)))
    names = tuple(piece for piece in pieces[1::2] if piece not in _OF_THE_CALL)
    texts = {plain(name): name for name, kind in members.items() if kind in (Kind.TEXT, Kind.TEXTS)}
    single = len(names) == 1
    fills = tuple(
        _members(name, resource_type, operation, single, texts)
        or tuple(each for each in synonyms.get(name[2:-1], ()) if each in texts.values())
        for name in names
    )
    own_words = {plain(resource_type), *(base for name in names for base in (_base(name),) if base)}
    whole = [
        member
        for key, member in texts.items()
        if _arn_word(key) is not None and (_arn_word(key) in own_words or _arn_word(key) in ("", "resource"))
    ]
    by_name = [member for fill in fills for member in fill] if single else []
    pattern = "".join(_part(piece) if number % 2 else re.escape(piece) for number, piece in enumerate(pieces))
    return Format(resource_type, pieces, names, fills, tuple(dict.fromkeys(whole + by_name)), re.compile(pattern))


def _part(piece: str) -> str:
    return "[^:]*" if piece in _OF_THE_CALL else ".+"


def _arn_word(key: str) -> str | None:
    """`cluster` of `clusterarn` and `clusterarns`; None for a member that is not for an ARN."""
    return next((key[: -len(end)] for end in ("arns", "arn") if key.endswith(end)), None)


def _base(name: str) -> str:
    """`cluster` of `${ClusterName}`; empty where nothing is left."""
    word = plain(name)
    end = next((each for each in (*_GENERIC, "uuid", "arn") if word.endswith(each)), "")
    return word[: len(word) - len(end)] if end else word


def _members(name: str, resource_type: str, operation: str, single: bool, texts: Mapping[str, str]) -> tuple[str, ...]:
    if name == "*":
        return ()
    return tuple(
        dict.fromkeys(
            texts[spelled]
            for word in _words(plain(name), plain(resource_type), operation, single)
            for spelled in _numbers(word)
            if spelled in texts
        )
    )


def _words(word: str, kind: str, operation: str, single: bool) -> Iterator[str]:
    """Names of a member that say what the placeholder says, the plainest first."""
    base = _base(word)
    yield word
    ends = ("id", "identifier") if word.endswith(("id", "identifier", "uuid")) else ("name", "identifier")
    if base:
        yield from (f"{base}{end}" for end in ends)
        yield f"db{base}{ends[0]}"
        if "name" in ends:
            yield base
    if single:
        yield from (f"{kind}{end}" for end in ends)
        if "name" in ends:
            yield kind
        if _noun(operation) in (kind, base):
            yield from ends


def _numbers(word: str) -> Iterator[str]:
    yield word
    yield f"{word}s"
    if word.endswith("y"):
        yield f"{word[:-1]}ies"


def _noun(operation: str) -> str:
    """`pipeline` of `UpdatePipeline`."""
    return plain(re.sub(r"^[A-Z][a-z]+", "", operation))
