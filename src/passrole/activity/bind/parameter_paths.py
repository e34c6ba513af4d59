"""Values deep in a call's parameters, by a path of member names: `LaunchSpecification.SecurityGroupIds`.

Lists on the way are walked through, so that a path names every value of its kind: `BlockDeviceMappings.Ebs.SnapshotId`
is the snapshot of each device.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping


def found_at(parameters: Mapping[str, object], path: str) -> tuple[object, ...]:
    """What stands at the path, one for each list entry on the way; empty for what the call does not give."""
    return tuple(_walk(parameters, path.split(".")))


def texts_at(parameters: Mapping[str, object], path: str) -> tuple[str, ...]:
    """The same as text, as condition keys and ARNs have it: `true` and `false` for a boolean; no empty text."""
    return tuple(text for each in found_at(parameters, path) if (text := as_text(each)))


def as_text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _walk(value: object, names: list[str]) -> Iterator[object]:
    if isinstance(value, (list, tuple)):
        for each in value:
            yield from _walk(each, names)
    elif value is None:
        return
    elif not names:
        yield value
    elif isinstance(value, Mapping):
        yield from _walk(value.get(names[0]), names[1:])
