"""`passrole.toml`: several set-ups with their parameters, to be kept in version control.

[set-up.vm-import]
parameters = { import_bucket = "disk-images" }

[set-up.bastion]
recipe = "session-manager"
variant = "corrected"
[set-up.bastion.parameters]
logging = "s3"
log_bucket = "session-logs"
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from passrole.errors import Span
from passrole.recipes.desired import Json
from passrole.recipes.problems import Problems, SetUpFileError
from passrole.recipes.shape import check_shape, load_schema
from passrole.recipes.toml_tables import Table
from passrole.recipes.toml_text import parse_toml, read_file


@dataclass(frozen=True, slots=True)
class SetUp:
    """One set-up of the file. `values` and `spans` are what `render` takes: raw values, and where each stands."""

    label: str
    recipe: str
    variant: str
    values: Mapping[str, Json]
    spans: Mapping[str, Span]
    span: Span


def read_set_up_file(path: Path) -> tuple[SetUp, ...]:
    """The set-ups in the file's order. Raises SetUpFileError with every problem, each with its place."""
    return read_set_ups(read_file(path, SetUpFileError), str(path))


def read_set_ups(text: str, file: str) -> tuple[SetUp, ...]:
    """As `read_set_up_file`, for text at hand; `file` is its name in messages."""
    problems = Problems()
    document = parse_toml(text, file, problems, SetUpFileError)
    check_shape(document.value, load_schema("set-up-file.schema.json"), document.positions, problems)
    if problems.found:
        raise SetUpFileError(
            problems.summary(f"in `{file}`"),
            diagnostics=problems.in_reading_order(),
            help="a set-up begins with a line such as [set-up.vm-import]",
        )
    return tuple(_set_up(label, table) for label, table in document.named("set-up"))


def _set_up(label: str, table: Table) -> SetUp:
    parameters = table.inner("parameters")
    return SetUp(
        label=label,
        recipe=table.text("recipe", label),
        variant=table.text("variant", "corrected"),
        values=parameters.value,
        spans={name: parameters.span(name) for name in parameters.value},
        span=table.span(),
    )
