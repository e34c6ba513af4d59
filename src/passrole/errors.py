"""Findings about input (`Diagnostic`) and failures (`PassroleError`): the two ways passrole reports trouble."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a named source text; lines and columns count from 1, in characters, end column exclusive."""

    source: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.source}:{self.line}:{self.column}"


class Severity(Enum):
    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding about a user's input. `code` is stable (P0107); texts are lower case without a full stop."""

    code: str
    message: str
    severity: Severity = Severity.ERROR
    span: Span | None = None
    label: str | None = None
    """Said under the carets that mark `span`."""
    cause: str | None = None
    help: str | None = None
    """Text that can be pasted, or one sentence that says what to type next."""
    see: str | None = None
    aws_message: str | None = None
    """What IAM itself answers for this finding, when it is known (for example "Syntax errors in policy.")."""

    def __str__(self) -> str:
        where = f"{self.span}: " if self.span else ""
        return f"{where}{self.severity.value}[{self.code}]: {self.message}"


class PassroleError(Exception):
    """A failure that a person meets: what failed, its causes outermost first, and what to type next."""

    exit_code: ClassVar[int] = 1

    def __init__(
        self,
        message: str,
        *,
        causes: tuple[str, ...] = (),
        help: str | None = None,  # noqa: A002
        code: str | None = None,
        see: str | None = None,
        diagnostics: tuple[Diagnostic, ...] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.causes = causes
        self.help = help
        self.code = code
        self.see = see
        self.diagnostics = diagnostics


class UsageError(PassroleError):
    """The command line, a parameter or a file named on it is wrong; nothing was done."""

    exit_code = 252


class ConfigurationError(PassroleError):
    """Credentials, profile, region, endpoint or the account file cannot be used; nothing was done."""

    exit_code = 253


class ServiceAnsweredError(PassroleError):
    """The service (AWS, an endpoint, the embedded account) answered a call with an error."""

    exit_code = 254
