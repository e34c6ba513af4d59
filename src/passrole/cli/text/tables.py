"""Columns and paragraphs of text: wrapped to a terminal's width, never wrapped when the output goes into a pipe."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Sequence

import click

from passrole.cli.say import is_terminal

WIDEST = 110
"""Longer lines are hard to read, however wide the window."""
NARROWEST = 40
BELOW = 6
"""How far a last cell that stands below its row is moved in."""


def columns(rows: Sequence[Sequence[str]], indent: int = 2, gap: int = 2) -> list[str]:
    """Align `rows`, one string each. On a terminal the last cell is wrapped in its own column where that has room
    for it, else it stands below its row.
    """
    if not rows:
        return []
    rows = [[cell.replace("\n", " ") for cell in row] for row in rows]
    count = max(len(row) for row in rows)
    widths = [max((_width(row[i]) for row in rows if i < len(row) - 1), default=0) for i in range(count)]
    starts = [
        " " * indent
        + "".join(cell + " " * (width - _width(cell) + gap) for cell, width in zip(row[:-1], widths, strict=False))
        for row in rows
    ]
    limit = terminal_width()
    if limit is None:
        return [(start + row[-1]).rstrip() for start, row in zip(starts, rows, strict=True)]
    fits = all(_width(start) + _width(row[-1]) <= limit for start, row in zip(starts, rows, strict=True))
    has_room = all(limit - _width(start) >= NARROWEST for start in starts)
    if fits or has_room:
        return [
            _hanging(start, wrapped(row[-1], limit - _width(start))) for start, row in zip(starts, rows, strict=True)
        ]
    below = " " * (indent + BELOW)
    return [
        "\n".join([start.rstrip(), *(below + line for line in wrapped(row[-1], limit - len(below), 2))])
        for start, row in zip(starts, rows, strict=True)
    ]


def _hanging(start: str, lines: list[str]) -> str:
    first, *rest = lines or [""]
    return "\n".join([(start + first).rstrip(), *(" " * _width(start) + line for line in rest)])


def terminal_width() -> int | None:
    """The width to wrap at: None in a pipe, where lines stay whole. COLUMNS decides where it is set."""
    return max(NARROWEST, shutil.get_terminal_size().columns) if is_terminal(sys.stdout) else None


def prose(text: str, indent: int = 2, hanging: int = 0) -> list[str]:
    """A paragraph, wrapped on a terminal and left in one line in a pipe.

    A line feed in the text is a space here: what an account or a file says never begins a line of its own.
    """
    text = text.replace("\n", " ")
    width = terminal_width()
    if width is None:
        return [" " * indent + text]
    width = min(width, WIDEST) - indent
    first, *rest = wrapped(text, width, hanging) or [""]
    return [" " * indent + first, *(" " * (indent + hanging) + line for line in rest)]


def wrapped(text: str, width: int, hanging: int = 0) -> list[str]:
    """Lines of at most `width` characters as seen, colour codes not counted; a longer word stays whole.

    Lines after the first are `hanging` shorter.
    """
    lines: list[str] = []
    line = ""
    for word, spaces in re.findall(r"(\S+)(\s*)", text):
        room = width - (hanging if lines else 0)
        if line and _width(line) + _width(word) > room:
            lines.append(line.rstrip())
            line = ""
        line += word + spaces
    return [*lines, line.rstrip()] if line else lines


def short_name(policy: str) -> str:
    """A policy's name without the part of its ARN that goes without saying: `policy/NAME`, `AWS policy/NAME`."""
    policy = re.sub(r"arn:[a-z-]+:iam::aws:(?=policy/)", "AWS ", policy)
    return re.sub(r"arn:[a-z-]+:iam::[0-9]{12}:(?=policy/)", "", policy)


def heading(text: str) -> str:
    return click.style(text, bold=True)


def _width(text: str) -> int:
    return len(click.unstyle(text))
