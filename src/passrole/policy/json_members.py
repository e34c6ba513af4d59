"""Objects of JSON whose members are unique: of two with one name `json.loads` keeps the last and says nothing.

In a policy the one that vanishes may be what denies.
"""

from __future__ import annotations

from collections.abc import Sequence


def unique_members(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    """For `object_pairs_hook`. Raises ValueError for a name that comes again."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for number, name in enumerate(names) if name in names[:number])
        raise ValueError(f"an object has the key `{twice}` twice")
    return found
