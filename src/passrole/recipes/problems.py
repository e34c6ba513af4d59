"""What can be wrong with a recipe, a parameter or a set-up file, and how all of it is reported at once."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from passrole.errors import Diagnostic, Span, UsageError


class RecipeError(UsageError):
    """A recipe cannot be used: `diagnostics` lists every problem with its place in the file."""


class ParameterError(UsageError):
    """The values given for a recipe's parameters cannot be used: `diagnostics` lists every problem."""


class SetUpFileError(UsageError):
    """`passrole.toml` cannot be used: `diagnostics` lists every problem with its place in the file."""


@dataclass(slots=True)
class Problems:
    """A list that is filled while a file is read, so that a person sees every mistake in one go."""

    found: list[Diagnostic] = field(default_factory=list)

    def add(self, code: str, message: str, *, span: Span | None = None, help: str | None = None) -> None:  # noqa: A002
        self.found.append(Diagnostic(code, message, span=span, help=help))

    def summary(self, subject: str) -> str:
        """`1 problem in vm.toml`, with the subject as the caller names it."""
        return f"{len(self.found)} problem{'' if len(self.found) == 1 else 's'} {subject}"

    def in_reading_order(self) -> tuple[Diagnostic, ...]:
        """By place in the file; what has no place keeps its order and comes last."""
        return tuple(sorted(self.found, key=lambda d: (d.span.line, d.span.column) if d.span else (1 << 30, 0)))


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """`did you mean ...` for the nearest known word, or None when nothing is near."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"did you mean `{near[0]}`?" if near else None


def listed(words: Sequence[str], last: str = "or") -> str:
    """`a`, `b` or `c`, each in backticks."""
    quoted = [f"`{word}`" for word in words]
    if len(quoted) < 2:
        return "".join(quoted)
    return f"{', '.join(quoted[:-1])} {last} {quoted[-1]}"
