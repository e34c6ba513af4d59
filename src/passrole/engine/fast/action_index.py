"""Which statements of one policy name an action: asked once for each action, of all statements together."""

from __future__ import annotations

from collections.abc import Sequence

from passrole.engine.fast.pattern_index import PatternIndex, ends_in_its_only_wildcard
from passrole.engine.glob import glob_of
from passrole.policy.model import Statement


class ActionIndex:
    """Bit i of an answer says that the Action or NotAction of statement i matches, or names no action at all.

    What an element without patterns means is for `evaluate` to say; here it is kept, so that it is asked.
    """

    __slots__ = ("_index", "_negated")

    def __init__(self, statements: Sequence[Statement]) -> None:
        self._negated = 0
        index = PatternIndex()
        of_text: dict[str, int] = {}
        for place, statement in enumerate(statements):
            bit = 1 << place
            if not statement.actions.patterns:
                index.add_everything(bit)
            elif statement.actions.negated:
                self._negated |= bit
            for pattern in statement.actions.patterns:
                text = pattern.text
                of_text[text] = of_text.get(text, 0) | bit
        for text, bits in of_text.items():
            _add(index, text.lower(), bits)
        index.seal()
        self._index = index

    def statements_naming(self, action: str) -> int:
        """`action` is in lower case: the names of actions are not case-sensitive."""
        return self._index.matching(action) ^ self._negated


def _add(index: PatternIndex, pattern: str, bits: int) -> None:
    if "*" not in pattern and "?" not in pattern:
        index.add_exact(pattern, bits)
    elif pattern == "*":
        index.add_everything(bits)
    elif ends_in_its_only_wildcard(pattern):
        index.add_prefix(pattern[:-1], bits)
    else:
        index.add_pattern(pattern, glob_of(pattern).matches, bits)
