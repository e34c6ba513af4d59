"""Condition keys that a service's calls tell everywhere in the same way, filled in without a word in any row.

A service's module can have `KEYS`: by the key's name, in lower case, what reads its value. A row that gives a key
itself is not overruled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

from passrole.engine.request import ContextValue

if TYPE_CHECKING:
    from passrole.activity.bind.inquiry import Inquiry


class Told(Enum):
    """What a source can say but for a value."""

    ABSENT = "absent"
    """The call does not have the key."""
    NOT_HERE = "not here"
    """The call does not tell the value; stored state may, if the resource is there already."""


Found: TypeAlias = ContextValue | Told
KeySource: TypeAlias = Callable[["Inquiry", str, str, bool], Found]
"""Takes the action, the resource's ARN and whether the call makes the resource."""

KeySources: TypeAlias = Mapping[str, KeySource]
NO_SOURCES: KeySources = {}
