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


def columns(rows: Sequence[Sequence[str]], indent: int = 2, gap: int = 2) -> list[str]:
    """Align `rows`, one string each; on a terminal the last cell goes on below itself where it is too long."""
    if not rows:
        return []
    count = max(len(row) for row in rows)
    widths = [max((_width(row[i]) for row in rows if i < len(row) - 1), default=0) for i in range(count)]
    lines = []
    for row in rows:
        start = " " * indent
        for cell, width in zip(row[:-1], widths, strict=False):
            start += cell + " " * (width - _width(cell) + gap)
        hanging = _width(start)
        limit = terminal_width()
        if limit is None or limit - hanging < NARROWEST // 2:
            lines.append((start + row[-1]).rstrip())
        else:
            first, *rest = wrapped(row[-1], limit - hanging) or [""]
            lines.append("\n".join([(start + first).rstrip(), *(" " * hanging + line for line in rest)]))
    return lines


def terminal_width() -> int | None:
    """The width to wrap at: None in a pipe, where lines stay whole. COLUMNS decides where it is set."""
    return max(NARROWEST, shutil.get_terminal_size().columns) if is_terminal(sys.stdout) else None


def prose(text: str, indent: int = 2, hanging: int = 0) -> list[str]:
    """A paragraph, wrapped on a terminal and left in one line in a pipe."""
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


def heading(text: str) -> str:
    return click.style(text, bold=True)


def _width(text: str) -> int:
    return len(click.unstyle(text))
