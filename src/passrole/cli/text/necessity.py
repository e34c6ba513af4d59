"""What the workflows need, with the step that breaks without it; what no step needs, with its reason to stay."""

from __future__ import annotations

from passrole.activity.necessity import Need
from passrole.cli.text.tables import columns, heading, prose, short_name


def needs_text(needs: tuple[Need, ...], *, brief: bool = False) -> str:
    """Relative to the workflows that were rehearsed, and it says so. `brief` only counts what is needed."""
    lines = [heading("Necessity, relative to the workflows above")]
    if not needs:
        return "\n".join([*lines, "  nothing is granted"])
    lines += _needed_lines([need for need in needs if need.breaks], brief=brief)
    idle = [need for need in needs if not need.breaks]
    if not idle:
        return "\n".join([*lines, "  nothing is granted that no step needs"])
    whole = {(need.policy, need.statement_number) for need in idle if need.action is None}
    # Where no step needs a statement, its actions are not told one by one.
    told = [need for need in idle if need.action is None or (need.policy, need.statement_number) not in whole]
    lines += prose(f"{len(told)} {'is' if len(told) == 1 else 'are'} needed by no step above:")
    policy = None
    for need in told:
        if need.policy != policy:
            policy = need.policy
            lines.append(f"    {short_name(policy)}")
        lines += prose(f"- {_what(need)}: {_why_it_stays(need)}", indent=6, hanging=2)
    return "\n".join(lines)


def _needed_lines(needed: list[Need], *, brief: bool) -> list[str]:
    """Each thing that was dropped, and the first step that then broke."""
    if not needed:
        return ["  none of what is granted is used by a step that was allowed"]
    count = f"{len(needed)} granted {'statement or action is' if len(needed) == 1 else 'statements and actions are'}"
    if brief:
        return prose(f"{count} needed: without any one of them a step above breaks")
    lines = prose(f"{count} needed; the step that breaks first without it:")
    for policy in dict.fromkeys(need.policy for need in needed):
        lines.append(f"    {short_name(policy)}")
        rows = [(_what(need), need.breaks or "") for need in needed if need.policy == policy]
        lines += columns(rows, indent=6)
    return lines


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
        return "the recipe gives no reason to keep it; another policy may allow the same"
    return "not from this recipe; left as it was found"
