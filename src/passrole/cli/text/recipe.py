"""A set-up as `passrole show` prints it: what it makes, why each statement is there, and what to know about it."""

from __future__ import annotations

from collections.abc import Collection

import click

from passrole.cli.text.parameters import parameter_lines
from passrole.cli.text.statements import policy_lines
from passrole.cli.text.tables import heading, prose
from passrole.recipes.desired import DesiredGroup, DesiredRole, DesiredState, DesiredUser, Note, RenderedPolicy
from passrole.recipes.model import Recipe


def recipe_text(recipe: Recipe, desired: DesiredState, examples: Collection[str]) -> str:
    """All of it; `examples` are the parameters whose value is only the recipe's example."""
    lines = [f"{heading(recipe.name)}  {recipe.title}  ({desired.variant})", *prose(recipe.summary)]
    if desired.retirement:
        lines += prose(
            f"{click.style('retired', fg='red')} on {desired.retirement.on}: {desired.retirement.message}"
            + (
                ""
                if desired.retirement.successor in desired.retirement.message
                else f" Successor: {desired.retirement.successor}"
            )
        )
    lines += ["", heading("Parameters"), *parameter_lines(recipe, desired, examples)]
    lines += ["", f"{heading('What it makes')}  in account {desired.account_id}, with the values above"]
    lines.append(desired_text(desired))
    return "\n".join(lines)


def desired_text(desired: DesiredState) -> str:
    """Every entity with its policies, what others must set, and the notes."""
    lines: list[str] = []
    repaired = desired.variant != "documented"
    for policy in desired.managed_policies:
        lines += _entity(f"policy/{policy.name}", "customer managed policy", policy.reason)
        lines += _document("document", policy.policy, repaired)
    for role in desired.roles:
        what = "role" if role.trust_policy else "role, which must exist"
        lines += _entity(f"role/{role.name}", what, role.reason)
        if role.trust_policy:
            lines += _document("trust policy", role.trust_policy, repaired)
        lines += _policies_of(role, repaired)
    for user in desired.users:
        lines += _entity(f"user/{user.name}", "IAM user, created when it is missing", user.reason)
        if user.access_key:
            lines.append("    access key: made, and its secret written to a file that only you can read")
        lines += _policies_of(user, repaired)
    for group in desired.groups:
        lines += _entity(f"group/{group.name}", "group, which must exist", group.reason)
        lines += _policies_of(group, repaired)
    for profile in desired.instance_profiles:
        lines += _entity(f"instance-profile/{profile.name}", f"holds role/{profile.role_name}", profile.reason)
    for need in desired.pass_role:
        lines += _entity(f"iam:PassRole on role/{need.role_name}", f"to {need.service}", need.reason)
    if desired.elsewhere:
        lines += ["", heading("What others must set (passrole does not)")]
        for elsewhere in desired.elsewhere:
            owner = f"account {elsewhere.account_id}" if elsewhere.account_id else "its owner"
            lines += _entity(elsewhere.resource, f"by {owner}", elsewhere.reason)
            lines += _document("policy", elsewhere.policy, repaired)
    lines += notes_lines(desired.notes)
    return "\n".join(lines)


def notes_lines(notes: tuple[Note, ...]) -> list[str]:
    if not notes:
        return []
    colors = {"repair": "green", "option": "blue", "note": "yellow"}
    lines = ["", heading("Notes")]
    for note in notes:
        kind = click.style(note.kind, fg=colors.get(note.kind, "yellow"))
        about = "" if note.about == "recipe" else f" ({note.about})"
        lines += prose(f"{note.id} {kind}{about}: {note.text}", 2, 4)
        if note.source:
            lines.append(f"      source: {note.source.url}")
    return lines


def _entity(address: str, what: str, reason: str) -> list[str]:
    lines = [f"  {click.style(address, bold=True)}  {what}"]
    return lines + (prose(reason, 4) if reason else [])


def _document(title: str, policy: RenderedPolicy, repaired: bool) -> list[str]:
    return [f"    {title}", *policy_lines(policy, 6, repaired=repaired)]


def _policies_of(entity: DesiredUser | DesiredRole | DesiredGroup, repaired: bool) -> list[str]:
    lines = []
    for name, policy in entity.inline_policies.items():
        lines += _document(f"inline policy {name}", policy, repaired)
    lines += [f"    attached: {arn}" for arn in entity.attached_policy_arns]
    return lines
