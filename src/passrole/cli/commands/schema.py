"""`passrole schema`: the JSON Schemas of what passrole prints and of what it reads."""

from __future__ import annotations

import json

import click

from passrole.cli.argument_types import TEXT
from passrole.cli.command import PassroleCommand
from passrole.cli.say import say
from passrole.errors import UsageError


@click.command(cls=PassroleCommand)
@click.argument("name", required=False, type=TEXT)
def schema(name: str | None) -> None:
    """Print the JSON Schema NAME; without it, list them.

    \b
    Examples:
      passrole schema
      passrole schema plan > plan.schema.json
    """
    from passrole.cli.schemas import load_schema, schema_names

    names = schema_names()
    if name is None:
        from passrole.cli.text.tables import columns

        rows = [(each, load_schema(each)["description"]) for each in names]
        say("\n".join([*columns(rows), "one of them: passrole schema NAME"]))
        return
    if name not in names:
        from passrole.recipes.problems import did_you_mean, listed

        raise UsageError(
            f"there is no schema `{name}`", help=did_you_mean(name, names) or f"there is {listed(list(names), 'and')}"
        )
    say(json.dumps(load_schema(name), indent=2))
