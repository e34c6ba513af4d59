"""A command line that click refuses, told as passrole tells every other mistake."""

from __future__ import annotations

import re

import click

from passrole.errors import UsageError


def usage_error(error: click.ClickException) -> UsageError:
    """Click's message in lower case, with the words of the command line in backticks, and where to read on."""
    message = re.sub(r"'\[?([^']*?)\]?'", r"`\1`", error.format_message().strip())
    message = re.sub(r"\. (?=Did you mean)", "; ", message)
    message = message.replace("; Did", "; did").removesuffix(".")
    ctx = getattr(error, "ctx", None)
    path = ctx.command_path if isinstance(ctx, click.Context) else "passrole"
    return UsageError(message[:1].lower() + message[1:], help=f"see what it takes: {path} --help")
