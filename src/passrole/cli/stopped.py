"""Ctrl-C, told with what it left behind."""

from __future__ import annotations

from passrole.cli.exit_codes import ExitCode
from passrole.errors import PassroleError


class StoppedError(PassroleError):
    """The user stopped the command."""

    exit_code = ExitCode.INTERRUPTED
