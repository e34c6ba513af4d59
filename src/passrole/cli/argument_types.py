"""Types of values on the command line. None may be empty: `--profile "$PROFILE"` must not mean no profile."""

from __future__ import annotations

from pathlib import Path

import click


def unreadable_text(text: str) -> str | None:
    """What keeps a word of the command line from being text that can be sent and stored; None when nothing does."""
    for character in text:
        code = ord(character)
        if 0xD800 <= code <= 0xDFFF:
            return "it is not text in UTF-8"
        if code < 0x20 or 0x7F <= code < 0xA0:
            return f"it holds a control character (U+{code:04X})"
    return None


class Text(click.ParamType):  # type: ignore[type-arg]  # not generic before click 8.4
    name = "text"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value)
        if not text:
            self.fail("it is empty.", param, ctx)
        if problem := unreadable_text(text):
            self.fail(f"{problem}.", param, ctx)
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


class QuotaValue(click.ParamType):  # type: ignore[type-arg]  # not generic before click 8.4
    """`NAME=NUMBER` as a pair; whether there is such a quota is found out where quotas are known."""

    name = "quota"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, int]:
        name, equals, number = str(value).partition("=")
        if not equals or not name or not (number.isascii() and number.isdigit()) or len(number) > 9:
            self.fail("write a name and a number, for example RolesQuota=5000.", param, ctx)
        return name, int(number)


class AccountId(click.ParamType):  # type: ignore[type-arg]  # not generic before click 8.4
    name = "id"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value)
        if not (text.isascii() and text.isdigit() and len(text) == 12):
            self.fail(f"'{text}' is not an account id, which has 12 digits like 111122223333.", param, ctx)
        return text


TEXT, PATH, ACCOUNT_ID, QUOTA = Text(), FilePath(), AccountId(), QuotaValue()
