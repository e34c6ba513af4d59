"""Reading a file that a person names: `-` is standard input, and what cannot be read is told in words."""

from __future__ import annotations

import sys
from pathlib import Path

from passrole.errors import UsageError

STANDARD_INPUT = Path("-")


def name_of(file: Path) -> str:
    """What the file is called in an answer."""
    return "standard input" if file == STANDARD_INPUT else str(file)


def text_of(file: Path) -> str:
    """Its text. Raises UsageError for what cannot be read, and for what is not UTF-8."""
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
