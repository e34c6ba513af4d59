"""A group that imports a command's module only when the command is run; its help needs none of them."""

from __future__ import annotations

import importlib
from dataclasses import dataclass

import click

from passrole.cli.command import PassroleGroup


@dataclass(frozen=True, slots=True)
class LazyCommand:
    """`target` is `module:attribute`; `summary` stands in the group's help so that nothing is imported for it."""

    section: str
    summary: str
    target: str


class LazyGroup(PassroleGroup):
    def __init__(self, name: str | None = None, *, table: dict[str, LazyCommand], **attrs: object) -> None:
        super().__init__(name, **attrs)
        self.table = table

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = self.table.get(cmd_name)
        if entry is None:
            return None
        module, attribute = entry.target.split(":")
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        sections: dict[str, list[tuple[str, str]]] = {}
        for name, entry in self.table.items():
            sections.setdefault(entry.section, []).append((name, entry.summary))
        for section, rows in sections.items():
            with formatter.section(section):
                formatter.write_dl(rows)
