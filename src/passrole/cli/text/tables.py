"""Columns of text: aligned for people, never wrapped when the output goes into a pipe."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence

import click


def columns(rows: Sequence[Sequence[str]], indent: int = 2, gap: int = 2) -> list[str]:
    """Align `rows`, measuring text without its colour codes; the last column is left ragged."""
    if not rows:
        return []
    count = max(len(row) for row in rows)
    widths = [max((len(click.unstyle(row[i])) for row in rows if i < len(row) - 1), default=0) for i in range(count)]
    lines = []
    for row in rows:
        cells = [
            cell + " " * (widths[i] - len(click.unstyle(cell))) if i < len(row) - 1 else cell
            for i, cell in enumerate(row)
        ]
        lines.append((" " * indent + (" " * gap).join(cells)).rstrip())
    return lines


def terminal_width() -> int | None:
    """The width to wrap prose at: None in a pipe, where lines stay whole. COLUMNS decides where it is set."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def prose(text: str, indent: int = 2, hanging: int = 0) -> list[str]:
    """A paragraph, wrapped on a terminal and left in one line in a pipe."""
    import textwrap

    width = terminal_width()
    if width is None:
        return [" " * indent + text]
    return textwrap.wrap(
        text,
        max(40, min(width, 110)),
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + hanging),
        break_long_words=False,
        break_on_hyphens=False,
    )


def heading(text: str) -> str:
    return click.style(text, bold=True)
