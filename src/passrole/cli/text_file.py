"""Reading a file that a person names: `-` is standard input, and what cannot be read is told in words."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from passrole.errors import UsageError

STANDARD_INPUT = Path("-")
_WAS_READ = f"{__name__}.was_read"


def name_of(file: Path) -> str:
    """What the file is called in an answer."""
    return "standard input" if file == STANDARD_INPUT else str(file)


def text_of(file: Path) -> str:
    """Its text. Raises UsageError for what cannot be read or is not UTF-8, and for standard input a second time."""
    if file == STANDARD_INPUT:
        _read_no_other_time()
    try:
        content = sys.stdin.buffer.read() if file == STANDARD_INPUT else file.read_bytes()
    except OSError as error:
        raise UsageError(
            f"`{name_of(file)}` cannot be read", causes=((error.strerror or str(error)).lower(),)
        ) from error
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        is_wide = content[:2] in (b"\xff\xfe", b"\xfe\xff")
        why = "it is UTF-16" if is_wide else f"byte {error.start + 1} (0x{content[error.start]:02x}) is none of UTF-8"
        raise UsageError(
            f"`{name_of(file)}` is not text in UTF-8",
            causes=(why,),
            help="save it as UTF-8; in PowerShell: Set-Content -Encoding utf8",
        ) from error


def _read_no_other_time() -> None:
    """What came in is for one file of a command; a second one would be empty, and say something else."""
    command = click.get_current_context(silent=True)
    if command is None:
        return
    if command.meta.get(_WAS_READ):
        raise UsageError("standard input is one file, and `-` is there twice", help="write one of them to a file")
    command.meta[_WAS_READ] = True
