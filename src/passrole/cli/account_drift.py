"""`passrole drift` on an account: its own policies, the managed ones it uses, and its set-ups, each by meaning."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from passrole.cli.exit_codes import ExitCode
from passrole.cli.options import TargetChoice
from passrole.cli.say import colourless
from passrole.cli.text.tables import prose
from passrole.cli.whole_comparison import whole_lines, whole_value
from passrole.errors import PassroleError, UsageError
from passrole.policy.printing import policy_to_value, statement_to_value
from passrole.provision.drift import (
    Descended,
    Moved,
    descended,
    moved,
    not_known_at,
    not_understood,
    used_managed_policies,
)
from passrole.provision.errors import AccessDeniedError, NoSuchEntityError
from passrole.provision.policy_history import PolicyHistory, history_in_account

if TYPE_CHECKING:
    from passrole.account.snapshot import AccountSnapshot
    from passrole.cli.target import OpenAccount
    from passrole.prover.prove import Limits
    from passrole.provision.changes import Change


@dataclass(frozen=True, slots=True)
class SetUpDrift:
    """A set-up of the journal and what `apply` would change of it; `reason` says why that could not be planned."""

    label: str
    recipe: str
    changes: tuple[Change, ...] = ()
    attached: frozenset[str] = frozenset()
    """The managed policies that it attaches, by ARN."""
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class AccountDrift:
    account: dict[str, object] | None
    own: tuple[Descended, ...]
    managed: tuple[Moved, ...]
    set_ups: tuple[SetUpDrift, ...]
    gaps: tuple[str, ...] = ()
    since: datetime | None = None

    def recipes_of(self, moved: Moved) -> tuple[str, ...]:
        """The set-ups that attach a managed policy."""
        return tuple(each.label for each in self.set_ups if moved.policy.arn in each.attached)

    @property
    def exit_code(self) -> ExitCode:
        comparisons = [each.comparison for each in self.own] + [each.comparison for each in self.managed]
        if any(each.changes for each in self.set_ups) or any(
            not (each.equivalent or each.undecided) for each in comparisons
        ):
            return ExitCode.FINDINGS
        unknown = any(each.undecided for each in comparisons) or any(each.reason for each in self.set_ups)
        return ExitCode.UNDECIDED if unknown or self.gaps else ExitCode.OK


def drift_of_account(
    details: Path | None, target: TargetChoice, since: datetime | None, limits: Limits, folders: tuple[Path, ...]
) -> AccountDrift:
    """Read and compare everything. Raises PassroleError."""
    if details is not None:
        from passrole.cli.question_snapshot import snapshot_in

        snapshot = snapshot_in(details)
        own = descended(snapshot, limits)
        managed = tuple(moved(snapshot, since, limits))
        unknown = not_known_at(snapshot, since) if since else ()
        return AccountDrift(None, tuple(own), managed, (), (*not_understood(snapshot), *unknown), since)
    from passrole.cli.target import account_value, open_account
    from passrole.provision.whole_account import read_whole_account

    with open_account(target) as account:
        whole = read_whole_account(account.clients, account.identity)
        set_ups = tuple(_set_ups(account, folders))
        histories, refused = _histories(account, whole.snapshot) if since else ({}, ())
        own = descended(whole.snapshot, limits)
        managed = tuple(moved(whole.snapshot, since, limits, histories))
        unknown = not_known_at(whole.snapshot, since, histories) if since else ()
        gaps = (*whole.gaps, *refused, *not_understood(whole.snapshot), *unknown)
        return AccountDrift(account_value(account), tuple(own), managed, set_ups, gaps, since)


def _histories(account: OpenAccount, snapshot: AccountSnapshot) -> tuple[dict[str, PolicyHistory], tuple[str, ...]]:
    """As the account lists them, by ARN; and where it refuses to, that."""
    found: dict[str, PolicyHistory] = {}
    refused: list[str] = []
    for published in used_managed_policies(snapshot):
        try:
            found[published.arn] = history_in_account(account.clients.client("iam"), published.arn, published)
        except AccessDeniedError as error:
            refused.append(f"the versions of {published.name} are the catalogue's: you may not call {error.action}")
        except NoSuchEntityError:
            # Its attachments go on; AWS no longer lists it.
            continue
    return found, tuple(refused)


def _set_ups(account: OpenAccount, folders: tuple[Path, ...]) -> Iterator[SetUpDrift]:
    from passrole.cli.job import make_apply_plan
    from passrole.cli.rendering import render_all
    from passrole.cli.set_ups import remembered_set_ups

    for chosen in remembered_set_ups(account).values():
        try:
            desired = render_all([chosen], folders, account)
            plan = make_apply_plan(account, desired)
        except PassroleError as error:
            yield SetUpDrift(chosen.label, chosen.recipe, reason=error.message)
            continue
        changes = tuple(each for each in plan.changes if each.calls or each in plan.blocked)
        holders = [holder for state in desired for holder in (state.users, state.groups, state.roles)]
        attached = frozenset(arn for kind in holders for holder in kind for arn in holder.attached_policy_arns)
        yield SetUpDrift(chosen.label, chosen.recipe, changes, attached)


def drift_lines(drift: AccountDrift) -> Iterator[str]:
    for own in drift.own:
        yield from _own_lines(own)
    for one in drift.managed:
        versions = f"is {one.after} here and {one.before} in passrole's catalogue"
        if drift.since is not None:
            versions = f"was {one.before} on {drift.since.date()} and is {one.after}"
        yield click.style(f"{one.policy.name} {versions}", bold=True)
        yield from prose(_held(one.holders), 2, 2)
        if recipes := drift.recipes_of(one):
            yield from prose(f"attached by the set-up {', '.join(recipes)}", 2, 2)
        yield from (f"  {line}" if line else "" for line in whole_lines(one.comparison, one.before, one.after))
        yield ""
    for set_up in drift.set_ups:
        yield from _set_up_lines(set_up)
    counts = (
        (len(drift.own), "policy of your own that came from AWS's", "policies of your own that came from AWS's"),
        (len(drift.managed), "managed policy that moved", "managed policies that moved"),
        (len(drift.set_ups), "set-up", "set-ups"),
    )
    yield ", ".join(f"{count} {one if count == 1 else many}" for count, one, many in counts)


def _own_lines(own: Descended) -> Iterator[str]:
    current = f"{own.origin.name} {own.origin.default_version_id}"
    yield click.style(colourless(own.place), bold=True)
    yield from prose(f"from {own.origin.name}, by {own.because}; {_held(own.holders)}", 2, 2)
    yield from (f"  {line}" if line else "" for line in whole_lines(own.comparison, current, "it"))
    if own.equals_version not in (None, own.origin.default_version_id):
        yield f"  it equals {own.equals_version}; AWS has moved on since"
    if own.gap:
        yield f"  what {current} allows and it lacks:"
        text = json.dumps([statement_to_value(each) for each in own.gap], indent=2)
        yield from (f"  {line}" for line in text.splitlines())
        if own.closed is None:
            yield "  no one document can say both: they read `${…}` in two ways"
        elif own.still_falls_short:
            yield from prose(f"closed, it may still fall short of {current}: {own.still_falls_short}", 2, 2)
    yield ""


def _set_up_lines(set_up: SetUpDrift) -> Iterator[str]:
    name = click.style(f"set-up {colourless(set_up.label)}", bold=True) + f" (recipe {set_up.recipe})"
    if set_up.reason is not None:
        yield from prose(f"{name}: not to be told: {colourless(set_up.reason)}", 0, 2)
    elif not set_up.changes:
        yield f"{name}: as it should be"
    else:
        yield f"{name}: drifted"
        for change in set_up.changes:
            yield from prose(colourless(f"{change.address}: {change.action.value}: {change.reason}"), 2, 2)
            for note in (*change.notes, *change.warnings):
                yield from prose(colourless(note), 4, 2)


def _held(holders: tuple[str, ...]) -> str:
    return colourless(f"in use by {', '.join(holders)}") if holders else "in use by nobody"


def drift_value(drift: AccountDrift) -> dict[str, object]:
    """In JSON."""
    return {
        "account": drift.account,
        "policies": [
            {
                "policy": own.place,
                "holders": list(own.holders),
                "managed_policy": own.origin.arn,
                "found_by": own.because,
                "current_version": own.origin.default_version_id,
                "equals_version": own.equals_version,
                "comparison": whole_value(own.comparison),
                "closed": policy_to_value(own.closed) if own.closed else None,
                "still_falls_short": own.still_falls_short,
            }
            for own in drift.own
        ],
        "managed_policies": [
            {
                "managed_policy": one.policy.arn,
                "before": one.before,
                "after": one.after,
                "holders": list(one.holders),
                "set_ups": list(drift.recipes_of(one)),
                "comparison": whole_value(one.comparison),
            }
            for one in drift.managed
        ],
        "set_ups": [
            {
                "label": each.label,
                "recipe": each.recipe,
                "reason": each.reason,
                "changes": [
                    {
                        "address": str(change.address),
                        "action": change.action.value,
                        "reason": change.reason,
                        "notes": list(change.notes),
                    }
                    for change in each.changes
                ],
            }
            for each in drift.set_ups
        ],
        "gaps": list(drift.gaps),
    }


def write_closed(drift: AccountDrift, folder: Path) -> list[Path]:
    """A file for each policy of one's own that lacks something, with what it lacks added.

    Raises UsageError, before it writes anything, where a file is there that says something else.
    """
    texts: dict[Path, str] = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for own in drift.own:
            if own.closed is not None:
                path = folder / f"{re.sub(r'[^A-Za-z0-9+=,.@_-]', '-', own.place)}.json"
                text = json.dumps(policy_to_value(own.closed), indent=2) + "\n"
                there = texts.get(path) or (
                    path.read_text(encoding="utf-8", errors="replace") if path.exists() else text
                )
                if there != text:
                    raise UsageError(f"`{path}` is there and says something else", help="name another folder")
                texts[path] = text
        for path, text in texts.items():
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"`{folder}` cannot be written to", causes=((error.strerror or str(error)).lower(),)
        ) from error
    return list(texts)
