"""The least policy of everyone who was seen to do something, a file each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from passrole.account.decision_log.logged_call import LoggedCall
from passrole.activity.tighten.asked import owner_of_policies
from passrole.activity.tighten.least_policy import Shape
from passrole.cli.tightened import NothingToAllowError, Tightened, tightened
from passrole.errors import UsageError


def calls_by_owner(calls: Sequence[LoggedCall]) -> dict[str, list[LoggedCall]]:
    """By the ARN of the user or role whose policies decided; who has none (the root user, say) is left out."""
    found: dict[str, list[LoggedCall]] = {}
    for call in calls:
        owners = {owner_of_policies(each.request.principal) for each in call.decided}
        for owner in owners - {None}:
            found.setdefault(str(owner), []).append(call)
    return dict(sorted(found.items()))


def each_tightened(
    path: Path, calls: Sequence[LoggedCall], shape: Shape, *, with_denied: bool
) -> Iterator[tuple[str, Tightened | NothingToAllowError]]:
    """By the ARN of the user or role; why there is no policy for those who were allowed nothing."""
    for owner, theirs in calls_by_owner(calls).items():
        try:
            yield owner, tightened(path, theirs, shape, with_denied=with_denied)
        except NothingToAllowError as nothing:
            yield owner, nothing


def files_for(folder: Path, owners: Sequence[str]) -> dict[str, Path]:
    """`role-app.json`, with the account before it where there are several. Raises UsageError for one that is there."""
    several = len({owner.split(":")[4] for owner in owners}) > 1
    found = {}
    for owner in owners:
        account, name = owner.split(":")[4:6]
        # Names are unique in an account whatever the path.
        kind, last = name.partition("/")[0], name.rpartition("/")[2]
        file = folder / f"{f'{account}-' if several else ''}{kind}-{last}.json"
        if file.exists():
            raise UsageError(f"`{file}` is there already", help="name a new folder, or move the file away")
        found[owner] = file
    return found
