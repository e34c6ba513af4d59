"""Tags in a request: aws:RequestTag/KEY and aws:TagKeys, from the parameters in the shapes that AWS's APIs use.

Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-requesttag>
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from passrole.engine.request import ContextValue

_NAMES = ("Key", "TagKey", "key", "tagKey")
_VALUES = ("Value", "TagValue", "value", "tagValue")


def tags_in(value: object) -> dict[str, str]:
    """Key to value of a list of tags or a map of them; empty for anything else. A missing value is an empty one."""
    if isinstance(value, Mapping):
        return {str(key): str(each) for key, each in value.items()}
    if not isinstance(value, (list, tuple)):
        return {}
    tags: dict[str, str] = {}
    for each in value:
        if isinstance(each, Mapping):
            key = _first(each, _NAMES)
            if key is not None:
                tags[key] = _first(each, _VALUES) or ""
    return tags


def specified_tags(specifications: object, resource_type: str) -> dict[str, str]:
    """Of EC2's TagSpecifications, the tags for one type of resource (`instance`)."""
    tags: dict[str, str] = {}
    if isinstance(specifications, (list, tuple)):
        for each in specifications:
            if isinstance(each, Mapping) and each.get("ResourceType") == resource_type:
                tags.update(tags_in(each.get("Tags")))
    return tags


def request_tag_keys(tags: Mapping[str, str]) -> dict[str, ContextValue]:
    """As condition keys; none for no tags, where AWS sends neither key."""
    if not tags:
        return {}
    return {"aws:TagKeys": tuple(tags), **{f"aws:RequestTag/{key}": value for key, value in tags.items()}}


def untagged(keys: Iterable[object]) -> dict[str, ContextValue]:
    """For operations that take tags away by their keys."""
    names = tuple(str(key) for key in keys)
    return {"aws:TagKeys": names} if names else {}


def _first(entry: Mapping[str, object], names: tuple[str, ...]) -> str | None:
    return next((str(entry[name]) for name in names if entry.get(name) is not None), None)
