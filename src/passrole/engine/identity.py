"""A cache key that stands for one object, whatever it is equal to."""

from __future__ import annotations

from typing import Generic, TypeVar

Kept = TypeVar("Kept")


class Identity(Generic[Kept]):
    """Equal to the same object's key only, and keeps the object alive so that its id stays taken.

    Comparing whole policy documents would cost more than reading them again.
    """

    __slots__ = ("value",)

    def __init__(self, value: Kept) -> None:
        self.value = value

    def __hash__(self) -> int:
        return id(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Identity) and other.value is self.value
