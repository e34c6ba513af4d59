"""Where a statement stands in its document, as the simulator tells it.

Recorded answers show what is told: the end of the character before the statement that belongs to the document's
structure (the opening bracket of the list, or the closing brace of the statement before), and the end of the
statement. A statement outside a list begins after its own opening brace. Lines and columns count from 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from passrole.policy.json_nodes import JsonArray, JsonObject
from passrole.policy.json_text import read_json


@dataclass(frozen=True, slots=True)
class Position:
    line: int
    column: int

    def shape(self) -> dict[str, object]:
        return {"Line": self.line, "Column": self.column}


@dataclass(frozen=True, slots=True)
class Place:
    start: Position
    end: Position


@lru_cache(maxsize=512)
def places_of_statements(document: str) -> tuple[Place, ...]:
    """The place of each statement of a document that is a policy, in its order."""
    json = read_json(document, "<policy>")
    assert isinstance(json.root, JsonObject), "it was parsed before"
    assert json.positions is not None, "it is text"
    offsets: list[tuple[int, int]] = []
    for member in json.root.members:
        if member.key.value != "Statement":
            continue
        value = member.value
        if isinstance(value, JsonArray):
            before = value.start + 1
            for item in value.items:
                offsets.append((before, item.end))
                before = item.end
        else:
            offsets.append((value.start + 1, value.end))
    spans = [json.positions.span(start, end) for start, end in offsets]
    return tuple(Place(Position(span.line, span.column), Position(span.end_line, span.end_column)) for span in spans)
