"""Types of values on the command line. None may be empty: `--profile "$PROFILE"` must not mean no profile."""

from __future__ import annotations

from pathlib import Path

import click


class Text(click.ParamType):  # type: ignore[type-arg]  # not generic before click 8.4
    name = "text"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value)
        if not text:
            self.fail("it is empty.", param, ctx)
        return text


class FilePath(click.ParamType):  # type: ignore[type-arg]  # not generic before click 8.4
    """A path as `pathlib.Path`; whether anything is there is not looked at."""

    name = "path"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        text = str(value)
        if not text:
            self.fail("it is empty.", param, ctx)
        if "\0" in text:
            self.fail("no path holds a NUL character.", param, ctx)
        return Path(text)

    def split_envvar_value(self, rv: str) -> list[str]:
        """An environment variable holds several paths as PATH does; empty ones are left out, as there."""
        import os

        return [part for part in rv.split(os.pathsep) if part]

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[click.shell_completion.CompletionItem]:
        from click.shell_completion import CompletionItem

        return [CompletionItem(incomplete, type="file")]


class AccountId(click.ParamType):  # type: ignore[type-arg]  # not generic before click 8.4
    name = "id"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value)
        if not (text.isascii() and text.isdigit() and len(text) == 12):
            self.fail(f"'{text}' is not an account id, which has 12 digits like 111122223333.", param, ctx)
        return text


TEXT, PATH, ACCOUNT_ID = Text(), FilePath(), AccountId()
