"""TOML text to a `Table` with positions: the first step for recipes and set-up files alike."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import cast

from passrole.errors import Diagnostic, Span, UsageError
from passrole.recipes.codes import SYNTAX
from passrole.recipes.desired import Json
from passrole.recipes.problems import Problems
from passrole.recipes.toml_positions import TomlPositions
from passrole.recipes.toml_tables import Table

MAX_DEPTH = 64
"""Our files need less than ten levels; what walks a document follows it by recursion."""


def read_file(path: Path, error: type[UsageError]) -> str:
    """The file's text. Raises `error` when it cannot be read or is not UTF-8, as TOML has to be."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as cause:
        raise error(
            f"`{path}` cannot be read",
            causes=((cause.strerror or str(cause)).lower(),),
            help="name a TOML file that you may read",
        ) from cause
    except UnicodeDecodeError as cause:
        raise error(f"`{path}` is not UTF-8 text", help="TOML files are UTF-8: save it in that encoding") from cause


def parse_toml(text: str, file: str, problems: Problems, error: type[UsageError]) -> Table:
    """The top table; its accessors report into `problems`. Raises `error` when the text is not TOML."""
    # TOML takes CRLF for a newline; positions are counted in the text that `tomllib` sees.
    text = text.replace("\r\n", "\n")
    try:
        # Dates and times are possible in TOML and in none of our files: the shape check refuses them.
        value = cast("dict[str, Json]", tomllib.loads(text))
    except ValueError as cause:
        # TOMLDecodeError is one; so is what Python says to a number of thousands of digits.
        message, span = _place_of(str(cause), text, file)
        finding = Diagnostic(SYNTAX, f"not valid TOML: {message}", span=span)
        raise error(f"`{file}` is not valid TOML", diagnostics=(finding,)) from cause
    except RecursionError as cause:
        raise _too_deep(file, error) from cause
    if _is_deeper(value, MAX_DEPTH):
        raise _too_deep(file, error)
    return Table(value, (), TomlPositions(file, text), problems)


def _too_deep(file: str, error: type[UsageError]) -> UsageError:
    return error(f"`{file}` is nested too deeply", help=f"no file of passrole's needs more than {MAX_DEPTH} levels")


def _is_deeper(value: Json, depth: int) -> bool:
    """Whether tables and lists stand in one another more than `depth` times; told without recursion."""
    level: list[Json] = [value]
    for _ in range(depth):
        level = [inner for each in level for inner in _inside(each)]
        if not level:
            return False
    return True


def _inside(value: Json) -> Iterable[Json]:
    inner: Iterable[Json] = ()
    if isinstance(value, dict):
        inner = value.values()
    elif isinstance(value, list):
        inner = value
    return (each for each in inner if isinstance(each, (dict, list)))


def _place_of(message: str, text: str, file: str) -> tuple[str, Span]:
    """Take the place out of `tomllib`'s message: `… (at line 3, column 7)` or `… (at end of document)`."""
    plain = re.sub(r" \(at .*\)$", "", message)
    plain = plain[:1].lower() + plain[1:]
    if match := re.search(r"\(at line (\d+), column (\d+)\)$", message):
        line, column = int(match[1]), int(match[2])
    else:
        line, column = text.count("\n") + 1, len(text) - text.rfind("\n")
    return plain, Span(file, line, column, line, column + 1)
