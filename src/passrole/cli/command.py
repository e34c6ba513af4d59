"""What every command has: --debug and --color wherever they are written, and the exit codes under its help."""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass

import click

from passrole.cli.exit_codes import EPILOG, ExitCode
from passrole.cli.say import talk

COLOR_CHOICES = ("auto", "on", "off")


def color_of(choice: str) -> bool | None:
    """None lets click decide by the terminal. Source of the variables: https://no-color.org, bixense.com/clicolors."""
    if choice != "auto":
        return choice == "on"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR") or os.environ.get("CLICOLOR_FORCE", "0") != "0":
        return True
    return None


@dataclass(slots=True)
class Settings:
    """What holds for one command line as a whole; filled while it is read."""

    debug: bool = False
    color: bool | None = None


def _set_debug(ctx: click.Context, _option: click.Parameter, given: bool) -> None:
    if given:
        ctx.ensure_object(Settings).debug = True


def _set_color(ctx: click.Context, _option: click.Parameter, choice: str | None) -> None:
    if choice is not None:
        ctx.ensure_object(Settings).color = ctx.color = color_of(choice)


class _EverywhereOptions(click.Command):
    """Eager, so that they hold for what goes wrong with the rest of the command line."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        *own, help_option = super().get_params(ctx)
        return [*own, _DEBUG, _COLOR, help_option]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            # Click's parser forgets which command it was at for some mistakes (an option without its value).
            error.ctx = error.ctx or ctx
            raise


_DEBUG = click.Option(
    ["--debug"], is_flag=True, is_eager=True, expose_value=False, callback=_set_debug, help="Show tracebacks."
)
_COLOR = click.Option(
    ["--color"],
    type=click.Choice(COLOR_CHOICES),
    is_eager=True,
    expose_value=False,
    callback=_set_color,
    help="Colour in text output.  [default: auto]",
)


class PassroleCommand(_EverywhereOptions):
    """One command of passrole."""

    def __init__(self, name: str | None, **attrs: object) -> None:
        attrs.setdefault("epilog", EPILOG)
        super().__init__(name, **attrs)  # type: ignore[arg-type]  # click's own keyword arguments


class PassroleGroup(_EverywhereOptions, click.Group):
    """A command with commands of its own."""

    command_class = PassroleCommand

    def __init__(self, name: str | None = None, **attrs: object) -> None:
        attrs.setdefault("epilog", EPILOG)
        super().__init__(name, **attrs)  # type: ignore[arg-type]  # click's own keyword arguments

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args:
            talk(ctx.get_help())
            ctx.exit(ExitCode.USAGE)
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        known = self.list_commands(ctx)
        if args and not args[0].startswith("-") and args[0] not in known:
            near = difflib.get_close_matches(args[0], known, n=1)
            hint = f"; did you mean `{ctx.command_path} {near[0]}`?" if near else ""
            raise click.UsageError(f"`{ctx.command_path}` has no command `{args[0]}`{hint}", ctx)
        return super().resolve_command(ctx, args)
