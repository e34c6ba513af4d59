"""Policy variables: `${key}`, `${key, 'default'}` and the characters `${*}`, `${?}`, `${$}`.

What a variable stands for is literal text: a `*` in a user's name is not a wildcard. (AWS does not say so; the
other reading would let a name widen a policy.) A key that is absent from the request, and has no default, gives no
text at all, and a pattern without a text matches nothing.
Source: IAM User Guide, "IAM policy elements: Variables and tags"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from passrole.engine.glob import Pattern, Piece, read_pattern
from passrole.engine.truth import Doubt, not_understood

if TYPE_CHECKING:
    from passrole.engine.context import Context


@dataclass(frozen=True, slots=True)
class Variable:
    key: str
    """In lower case."""
    default: str | None
    text: str
    """As the document writes it."""


@dataclass(frozen=True, slots=True)
class Template:
    """A text of a policy, read; `pattern` is there already when it holds no variable."""

    parts: tuple[Piece | Variable, ...]
    pattern: Pattern | None


# "surround the default value with single quotes, and separate the variable text and the default value with a
# comma and space". A key has its service's prefix before a colon; of a tag key almost everything is a character.
_VARIABLE = re.compile(r"\$\{(?:(?P<literal>[*?$])|(?P<key>[^{}',*?$:]+:[^{}',*?$]*)(?:, '(?P<default>[^']*)')?)\}")


def read_template(text: str, *, wildcards: bool, variables: bool) -> Template | Doubt:
    """Read a value of a policy; a doubt (not understood) when a variable in it is malformed."""
    parts: list[Piece | Variable] = []
    position = 0
    while variables and (start := text.find("${", position)) >= 0:
        found = _VARIABLE.match(text, start)
        if found is None or (found["key"] and found["key"] != found["key"].strip()):
            return not_understood(f"`{text[start : start + 60]}` is not a policy variable of a known form")
        parts += _plain(text[position:start], wildcards)
        if found["literal"]:
            parts.append(found["literal"])
        else:
            parts.append(Variable(found["key"].lower(), found["default"], found[0]))
        position = found.end()
    parts += _plain(text[position:], wildcards)
    pieces = [part for part in parts if not isinstance(part, Variable)]
    return Template(tuple(parts), tuple(pieces) if len(pieces) == len(parts) else None)


def _plain(text: str, wildcards: bool) -> Pattern:
    if wildcards:
        return read_pattern(text)
    return (text,) if text else ()


def fill_in(template: Template, context: Context) -> Pattern | Doubt | None:
    """The pattern with every variable replaced; None when a variable has no value in this request."""
    if template.pattern is not None:
        return template.pattern
    pieces: list[Piece] = []
    for part in template.parts:
        if not isinstance(part, Variable):
            pieces.append(part)
            continue
        value = context.get(part.key)
        if isinstance(value, Doubt):
            return value
        if isinstance(value, tuple):
            # "Multivalued keys can't be used as policy variables" says the page on single- and multivalued keys.
            return not_understood(f"`{part.text}` stands for a multivalued key")
        if value is None:
            if part.default is None:
                return None
            value = part.default
        if value:
            pieces.append(value)
    return tuple(pieces)
