"""What apply and destroy did, as a person reads it."""

from __future__ import annotations

import click

from passrole.cli.text.tables import prose
from passrole.provision.apply import ApplyResult, Progress
from passrole.provision.secrets import how_to_use


def progress_line(progress: Progress) -> str:
    """One line for a change that has come to its end."""
    return f"  [{progress.number}/{progress.total}] {progress.change.action.value} {progress.change.address}"


def result_text(result: ApplyResult) -> str:
    """What was read back, what was left, and where a new secret is."""
    lines: list[str] = []
    for user, key in result.saved_keys.items():
        lines.append(f"access key {key.key_id} of user/{user}: its secret is in {key.file}, which only you can read")
        lines.append(f"  use it: {how_to_use(key.file)}")
    for left in result.left:
        lines += prose(f"{click.style('left', fg='yellow')} {left.address}: {left.reason}", 0, 2)
    for change in result.blocked:
        lines += prose(f"{click.style('not done', fg='red')} {change.address}: {change.reason}", 0, 2)
    seen = result.read_back
    for address in seen.unseen:
        lines.append(f"{click.style('not seen yet', fg='yellow')} {address}: IAM does not show it half a minute later")
    for unread in seen.unread:
        lines += prose(f"not read back: {unread.address}: {unread.what.reason}", 0, 2)
    for text in seen.unobservable:
        lines += prose(f"cannot be observed: {text}", 0, 2)
    if result.done and not seen.unseen:
        lines.append(f"{len(result.done)} {'change' if len(result.done) == 1 else 'changes'} made and read back")
    return "\n".join(lines)
