"""Matching of `*` and `?` in linear time for the usual pattern, and never worse than length times length."""

from __future__ import annotations


def matches(pattern: str, text: str) -> bool:
    """True when `pattern` covers all of `text`; `*` is any run of characters, `?` any one. Case counts."""
    at_pattern = at_text = 0
    star = -1
    resume = 0
    while at_text < len(text):
        if at_pattern < len(pattern) and pattern[at_pattern] == "*":
            star, resume = at_pattern, at_text
            at_pattern += 1
        elif at_pattern < len(pattern) and pattern[at_pattern] in ("?", text[at_text]):
            at_pattern += 1
            at_text += 1
        elif star >= 0:
            # Let the last star take one character more. Earlier stars need no second try: whatever they left
            # over, the last one can take.
            resume += 1
            at_pattern, at_text = star + 1, resume
        else:
            return False
    return all(character == "*" for character in pattern[at_pattern:])
