"""Reading one string of a JSON text: escapes, characters that may not stand there, quotes that JSON does not have."""

from __future__ import annotations

import re

from passrole.policy.json_nodes import JsonString
from passrole.policy.json_words import BrokenOffError, Findings, closing_quote_of

_PIECE = re.compile(r'[^"\\\x00-\x1f\ud800-\udfff]+')
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_HEX4 = re.compile(r"[0-9a-fA-F]{4}")


def read_string(text: str, opened: int, findings: Findings) -> JsonString:
    """The string whose opening quote is at `opened`. Raises BrokenOffError when it has no end."""
    place, pieces = opened + 1, list[str]()
    while True:
        piece = _PIECE.match(text, place)
        if piece is not None:
            pieces.append(piece.group())
            place = piece.end()
        if place >= len(text):
            findings.syntax("the string is not closed", opened, opened + 1, help='end the string with "')
            raise BrokenOffError
        character = text[place]
        if character == '"':
            return JsonString("".join(pieces), opened, place + 1)
        if character == "\\":
            decoded, place = _escape(text, place, findings)
            pieces.append(decoded)
        elif character in "\n\r":
            findings.syntax("the string is not closed on its line", opened, place, help='end the string with "')
            raise BrokenOffError
        else:
            # A control character, or half of a surrogate pair in a str that was not decoded from UTF-8.
            findings.bad_character(text, place)
            pieces.append("\ufffd")
            place += 1


def _escape(text: str, place: int, findings: Findings) -> tuple[str, int]:
    """The character that the escape at `place` stands for, and the offset after it."""
    character = text[place + 1 : place + 2]
    if character in _ESCAPES and character:
        return _ESCAPES[character], place + 2
    if character != "u":
        findings.bad_escape(text[place : place + 2], place, place + 2)
        return character, place + 1 + len(character)
    match = _HEX4.match(text, place + 2)
    if match is None:
        findings.bad_escape(text[place : place + 6].split('"')[0], place, place + 2)
        return "", place + 2
    unit, end = int(match.group(), 16), place + 6
    if 0xD800 <= unit <= 0xDBFF and text.startswith("\\u", end):
        low = _HEX4.match(text, end + 2)
        if low is not None and 0xDC00 <= int(low.group(), 16) <= 0xDFFF:
            return chr(0x10000 + ((unit - 0xD800) << 10) + int(low.group(), 16) - 0xDC00), end + 6
    if 0xD800 <= unit <= 0xDFFF:
        findings.lone_surrogate(text[place:end], place, end)
        return "\ufffd", end
    return chr(unit), end


def read_foreign_string(text: str, opened: int, findings: Findings) -> JsonString | None:
    """A string in quotes that JSON does not know, typographic or single: reported, and read to the end of its line.

    None when no such quote is at `opened`.
    """
    closing = closing_quote_of(text[opened])
    if closing is None:
        return None
    line_end = len(text)
    for place in range(opened + 1, len(text)):
        character = text[place]
        if character in closing:
            findings.wrong_quotes(text[opened], opened, place + 1)
            return JsonString(text[opened + 1 : place], opened, place + 1)
        if character in "\n\r":
            line_end = place
            break
    findings.wrong_quotes(text[opened], opened, line_end)
    raise BrokenOffError
