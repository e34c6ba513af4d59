"""The two streams: `say` puts results on stdout, `talk` all else on stderr; a reader who has gone stops nobody."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from typing import TextIO

import click

from passrole.errors import PassroleError

# Text from plan files, recipes and accounts is printed, and a terminal obeys control characters. Our own colours
# stay (the codes that click.style writes for them); every other control character, the ones that turn the
# direction of text round and lone surrogates are shown as what they are.
_UNPRINTABLE = re.compile(
    r"(?P<colour>\x1b\[(?:0|1|3[1-4])m)"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


class OutputError(PassroleError):
    """What a command has to say cannot be written (a full disk, for one)."""


def say(text: str = "", *, newline: bool = True) -> None:
    """Print a result. When the reader has gone (`| head`) nothing more is printed, and the command goes on.

    Raises OutputError when the output cannot be written for another reason.
    """
    is_heard(text, newline=newline)


def is_heard(text: str, *, newline: bool = True) -> bool:
    """Print as `say` does, for a command that ends when its reader has gone: whether the reader was still there.

    Raises OutputError when the output cannot be written for another reason.
    """
    try:
        click.echo(printable(text), nl=newline)
    except BrokenPipeError:
        _turn_away(sys.stdout)
        return False
    except OSError as error:
        _turn_away(sys.stdout)
        raise OutputError(
            "the output cannot be written",
            causes=((error.strerror or str(error)).lower(),),
            help="what was done before stays done; `passrole verify` shows how the account stands",
        ) from error
    return True


def talk(text: str = "", *, newline: bool = True, color: bool | None = None) -> None:
    """Print what accompanies a result: progress, questions, notes, failures. Whoever cannot read it stops nothing."""
    try:
        click.echo(printable(text), nl=newline, err=True, color=color)
    except OSError:
        _turn_away(sys.stderr)


def printable(text: str) -> str:
    """`text` with every character that a terminal would obey written as an escape such as `\\x1b`."""
    return _UNPRINTABLE.sub(lambda found: found["colour"] or _escape(found[0]), text)


def colourless(text: str) -> str:
    """A text of an account or of a file, without colours of its own, which would pass for passrole's."""
    return text.replace("\x1b", "\\x1b")


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person is at the other end; a stream may be closed or missing altogether."""
    return stream is not None and not stream.closed and stream.isatty()


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def _turn_away(stream: TextIO) -> None:
    """Send the rest of a stream to nowhere, also what it still holds, which the interpreter writes at exit."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
