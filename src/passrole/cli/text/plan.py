"""A plan as a person reads it: each change with its reason, each statement with its own, and what stays."""

from __future__ import annotations

import click

from passrole.cli.say import colourless
from passrole.cli.text.statements import marked_statement_lines
from passrole.cli.text.tables import heading, prose
from passrole.provision.changes import Action, Change, Mark, Plan

_SIGNS = {
    Action.CREATE: ("+", "green"),
    Action.ATTACH: ("+", "green"),
    Action.ADD: ("+", "green"),
    Action.UPDATE: ("~", "yellow"),
    Action.REPLACE: ("~", "yellow"),
    Action.ADOPT: ("=", "blue"),
    Action.NO_CHANGE: ("=", None),
    Action.KEEP: ("=", "blue"),
    Action.REMOVE: ("-", "red"),
    Action.DETACH: ("-", "red"),
    Action.DELETE: ("-", "red"),
    Action.BLOCKED: ("!", "red"),
}
_MARKS = {Mark.ADDED: ("+", "green"), Mark.REMOVED: ("-", "red"), Mark.PRESENT: ("=", None), Mark.OTHERS: ("o", "blue")}


def plan_text(plan: Plan, *, full: bool = False) -> str:
    """The plan; what stays as it is is only counted, unless `full`."""
    lines: list[str] = []
    same = 0
    for change in plan.changes:
        if change.action is Action.NO_CHANGE and not (full or change.calls or change.warnings or change.notes):
            same += 1
            continue
        lines += change_lines(change)
    for unread in plan.unread:
        lines += prose(colourless(f"? {unread.address}: not read: {unread.what.action}: {unread.what.reason}"), 0, 2)
    if same:
        lines.append(f"{same} {'part is' if same == 1 else 'parts are'} already as wanted")
    return "\n".join([*lines, plan_summary(plan)])


def plan_summary(plan: Plan) -> str:
    """One line: how many changes of each kind, and how many calls of AWS's API."""
    counts: dict[Action, int] = {}
    for change in plan.changes:
        counts[change.action] = counts.get(change.action, 0) + 1
    named = [
        f"{count} to {action.value}"
        for action, count in counts.items()
        if action not in (Action.NO_CHANGE, Action.KEEP, Action.ADOPT, Action.BLOCKED)
    ]
    if blocked := counts.get(Action.BLOCKED):
        named.append(f"{blocked} blocked")
    calls = len(plan.calls)
    if not named and not calls:
        if plan.has_work:
            return heading("Nothing to change in the account; only passrole's journal has something to note")
        return heading(
            "Nothing to do: the account has what is wanted"
            if plan.kind == "apply"
            else "Nothing to do: of this set-up nothing is left that passrole made"
        )
    what = "; ".join(filter(None, (", ".join(named), f"{calls} {'call' if calls == 1 else 'calls'} of IAM's API")))
    return heading(f"Plan: {what}")


def blocked_text(plan: Plan) -> str:
    """What is said, beside the plan, when a part of it cannot be planned."""
    count = len(plan.blocked)
    return (
        f"{click.style('blocked', fg='red')}: {count} {'part' if count == 1 else 'parts'} cannot be set up; "
        f"the reasons stand in the plan\n"
        "  help: where a permission is missing, `passrole show RECIPE --operator-policy` prints the policy to ask for"
    )


def change_lines(change: Change) -> list[str]:
    sign, color = _SIGNS[change.action]
    mark = click.style(f"{sign} {colourless(str(change.address))}", fg=color, bold=True)
    lines = prose(f"{mark}  {change.action.value}: {colourless(change.reason)}", 0, 4)
    lines += _path_lines(change)
    for statement in change.statements:
        sign, color = _MARKS[statement.mark]
        body = statement.body if isinstance(statement.body, dict) else {}
        lines += marked_statement_lines(click.style(sign, fg=color), body)
        if statement.reason:
            lines += prose(f"why: {colourless(statement.reason)}", 12, 5)
    lines += [line for note in change.notes for line in prose(f"note: {colourless(note)}", 4, 2)]
    for warning in change.warnings:
        lines += prose(f"{click.style('warning', fg='yellow')}: {colourless(warning)}", 4, 2)
    return lines


def _path_lines(change: Change) -> list[str]:
    """The path that an entity is made at: policies of others may grant by it."""
    path = change.after.get("path") if isinstance(change.after, dict) and change.action is Action.CREATE else None
    return [] if path in (None, "/") else prose(f"at the path {colourless(str(path))}", 4, 2)
