"""A point in time on the command line: so long ago, or a date in UTC."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

import click

F = TypeVar("F", bound=Callable[..., object])

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_AGO = re.compile(r"([0-9]{1,9})([smhd])")


class Since(click.ParamType):  # type: ignore[type-arg]  # not generic before click 8.4
    """Seconds since 1970."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        text = str(value)
        ago = _AGO.fullmatch(text)
        if ago is not None:
            return int(datetime.now(UTC).timestamp()) - int(ago[1]) * _SECONDS[ago[2]]
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            self.fail(f"'{text}' is no time: write 90s, 15m, 2h, 7d, 2026-11-23 or 2026-11-23T09:30:00Z.", param, ctx)
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def since_option(command: F) -> F:
    return click.option(
        "--since", type=Since(), metavar="TIME", help="From then on: 15m, 2h, 7d ago, or a date and time (UTC)."
    )(command)
