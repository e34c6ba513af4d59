"""The policies that are compared: files, with their type said or read off their statements."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from passrole.errors import UsageError

if TYPE_CHECKING:
    from passrole.engine.stack import AttachedPolicy
    from passrole.policy.model import Policy, PolicyType
    from passrole.prover.compare import Actions
    from passrole.prover.texts import SecondsLeft

TYPES = ("identity", "resource", "trust", "boundary", "session", "scp", "rcp", "endpoint")

type_option = click.option(
    "--type",
    "type_",
    type=click.Choice(TYPES),
    help="What kind of policies they are.  [default: by their elements: identity, resource or trust]",
)
actions_option = click.option(
    "--actions",
    type=click.Choice(("known", "any")),
    default="known",
    show_default=True,
    help="Compare over the actions that AWS lists, or over any text (`s3:Get*` and `s3:G*` differ then).",
)
steps_option = click.option(
    "--steps",
    type=click.IntRange(min=1),
    default=500_000,
    show_default=True,
    help="How long to search; what is not found out by then is undecided.",
)
time_limit_option = click.option(
    "--time-limit",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="Stop searching then, too: the answer depends on the machine.  [default: no limit but --steps]",
)
output_option = click.option(
    "--output",
    type=click.Choice(("text", "json", "sarif")),
    default="text",
    show_default=True,
    help="Form of the result.",
)


def seconds_left(limit: float | None) -> SecondsLeft | None:
    """A clock that runs from now."""
    if limit is None:
        return None
    end = time.monotonic() + limit
    return lambda: end - time.monotonic()


def actions_of(word: str) -> Actions:
    from passrole.prover.compare import Actions

    return Actions(word)


def read_policies(files: Iterable[Path], word: str | None) -> list[AttachedPolicy]:
    """The policies of the files, all of one type. Raises UsageError."""
    from passrole.cli.policy_files import attached, policy_or_none_of
    from passrole.policy.model import PolicyType

    # Each file once: standard input does not come again.
    policies = [policy_or_none_of(file) for file in files]
    if word is not None:
        type_ = type_of(word)
    else:
        # One without statements is of whatever type the other is.
        kinds = {policy.source: _type_by_elements(policy) for policy in policies if policy.statements}
        if len(set(kinds.values())) > 1:
            raise UsageError(
                "the policies are of different types",
                causes=tuple(f"`{name}` looks like a {kind.value}" for name, kind in kinds.items()),
                help=f"say which type they are: --type {'|'.join(TYPES)}",
            )
        type_ = next(iter(kinds.values()), PolicyType.IDENTITY)
    return [attached(policy, type_) for policy in policies]


def type_of(word: str) -> PolicyType:
    from passrole.policy.model import PolicyType

    return PolicyType[word.upper()]


def _type_by_elements(policy: Policy) -> PolicyType:
    from passrole.policy.model import PolicyType

    if not any(statement.principals for statement in policy.statements):
        return PolicyType.IDENTITY
    if any(statement.resources for statement in policy.statements):
        return PolicyType.RESOURCE
    return PolicyType.TRUST
