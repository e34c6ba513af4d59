"""What the workflows need, in a line; what no step of theirs needs, policy by policy, with its reason to stay."""

from __future__ import annotations

from passrole.activity.necessity import Need
from passrole.cli.text.tables import heading, prose, short_name


def needs_text(needs: tuple[Need, ...]) -> str:
    """Relative to the workflows that were rehearsed, and it says so."""
    needed = sum(1 for need in needs if need.breaks)
    lines = [heading("Necessity, relative to the workflows above")]
    lines += prose(f"{needed} granted statements and actions are needed: without any one of them a step above breaks")
    idle = [need for need in needs if not need.breaks]
    if not idle:
        return "\n".join([*lines, "  nothing is granted that no step needs"])
    whole = {(need.policy, need.statement_number) for need in idle if need.action is None}
    # Where no step needs a statement, its actions are not told one by one.
    told = [need for need in idle if need.action is None or (need.policy, need.statement_number) not in whole]
    lines += prose(f"{len(told)} {'is' if len(told) == 1 else 'are'} used by no step above:")
    policy = None
    for need in told:
        if need.policy != policy:
            policy = need.policy
            lines.append(f"    {short_name(policy)}")
        lines += prose(f"- {_what(need)}: {_why_it_stays(need)}", indent=6, hanging=2)
    return "\n".join(lines)


def _what(need: Need) -> str:
    if need.action is not None:
        return need.action
    if need.statement_number == 0:
        return "the whole policy"
    return f"statement {need.statement_number}{f' ({need.sid})' if need.sid else ''}"


def _why_it_stays(need: Need) -> str:
    if need.keep:
        return need.keep
    if need.by_recipe:
        return "the recipe gives no reason to keep it"
    return "not from this recipe; left as it was found"
