"""JSON text to values that know where they stand: strict RFC 8259, every finding reported, nothing repaired silently.

`json.loads` keeps no positions, forgets duplicate keys and rewrites numbers; a policy needs all three. The reader
goes on after the mistakes that people make most (a trailing comma, a comment, typographic quotes, a missing comma),
so that one reading reports them all. Its time is linear in the length of the text.
"""

from __future__ import annotations

import re

from passrole.errors import Diagnostic, Span
from passrole.policy.json_nodes import (
    JsonArray,
    JsonMember,
    JsonNumber,
    JsonObject,
    JsonString,
    JsonText,
    JsonValue,
    JsonWord,
    Positions,
)
from passrole.policy.json_string import read_foreign_string, read_string
from passrole.policy.json_words import MAX_DEPTH, WORD_HELP, BrokenOffError, Findings, describe_character


def read_json(text: str | bytes, source: str) -> JsonText:
    """Read one JSON document. Never raises for bad input; with diagnostics, `root` is a best effort."""
    if isinstance(text, bytes):
        decoded, problem = _decode(text, source)
        if problem is not None:
            return JsonText(None, (problem,), Positions("", source))
        text = decoded
    positions = Positions(text, source)
    reader = _Reader(text, Findings(positions.span))
    root = reader.document()
    return JsonText(root, tuple(reader.findings.diagnostics), positions)


def _decode(data: bytes, source: str) -> tuple[str, Diagnostic | None]:
    """UTF-8 without a byte order mark; a mark is left in the text, where the reader reports it."""
    for mark, name in _WIDE_MARKS:
        if data.startswith(mark):
            return "", _encoding_problem(f"the document is {name} text, not UTF-8", Span(source, 1, 1, 1, 1))
    if b"\0" in data[:4]:
        # Two of the first characters of a JSON text are ASCII, so a zero byte there means UTF-16 or UTF-32.
        return "", _encoding_problem("the document is UTF-16 or UTF-32 text, not UTF-8", Span(source, 1, 1, 1, 1))
    try:
        return data.decode("utf-8"), None
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        span = Positions(before, source).span(len(before), len(before) + 1)
        return "", _encoding_problem(f"byte 0x{data[error.start]:02x} is not valid UTF-8", span)


_WIDE_MARKS = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)


def _encoding_problem(message: str, span: Span) -> Diagnostic:
    return Diagnostic(
        code="P0101",
        message=message,
        span=span,
        cause="JSON that is sent to AWS is UTF-8 without a byte order mark",
        help="save the file as UTF-8 without BOM; in PowerShell: Set-Content -Encoding utf8NoBOM",
        see="https://www.rfc-editor.org/rfc/rfc8259#section-8.1",
        aws_message="This policy contains invalid Json",
    )


_SPACE = re.compile(r"[ \t\n\r]*")
_PLAIN_STRING = re.compile(r'"([^"\\\x00-\x1f\ud800-\udfff]*)"')
# The two shapes that policies are full of, matched in one step: `"key": ` and, in a list, `"text", ` before a string.
_PLAIN_KEY = re.compile(r'"([^"\\\x00-\x1f\ud800-\udfff]*)"([ \t\n\r]*:[ \t\n\r]*)')
_PLAIN_ITEM = re.compile(r'"([^"\\\x00-\x1f\ud800-\udfff]*)"(?:[ \t\n\r]*,[ \t\n\r]*(?="))')
_COMMA = re.compile(r'[ \t\n\r]*,[ \t\n\r]*(?=["{\[])')
_ORDINARY = frozenset('"{}[]:,-0123456789tfn')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_NUMBER_LIKE = re.compile(r"[-+.0-9][-+.0-9a-zA-Z_]*")
_WORD = re.compile(r"[^\W\d]\w*")
_COMMENT = re.compile(r"(?://|#)[^\n\r]*|/\*(?s:.*?)(?:\*/|\Z)")


class _Reader:
    __slots__ = ("findings", "text")

    def __init__(self, text: str, findings: Findings) -> None:
        self.text = text
        self.findings = findings

    def document(self) -> JsonValue | None:
        text, start = self.text, 0
        if text.startswith("\ufeff"):
            self.findings.add(
                "P0101",
                "the document begins with a byte order mark",
                0,
                1,
                cause="JSON that is sent to AWS is UTF-8 without a byte order mark",
                help="save the file as UTF-8 without BOM; in PowerShell: Set-Content -Encoding utf8NoBOM",
            )
            start = 1
        try:
            place = self.skip(start)
            if place == len(text):
                self.findings.syntax("the document is empty", place, place)
                return None
            root, place = self.value(place, 0)
            place = self.skip(place)
            if place < len(text):
                self.findings.syntax(
                    f"{describe_character(text, place)} follows the end of the document",
                    place,
                    place + 1,
                    help="keep one JSON value in the file, and remove what follows it",
                )
        except BrokenOffError:
            return None
        return root

    def skip(self, place: int) -> int:
        """Past white space; comments and look-alikes of a space are reported and passed too."""
        text = self.text
        while True:
            match = _SPACE.match(text, place)
            place = match.end() if match else place
            if place >= len(text):
                return place
            character = text[place]
            if character in _ORDINARY:
                return place
            if character in "/#":
                comment = _COMMENT.match(text, place)
                if comment is None:
                    return place
                self.findings.comment(place, comment.end())
                place = comment.end()
            elif character.isspace() or character in "\u200b\ufeff":
                self.findings.strange_space(text, place)
                place += 1
            else:
                return place

    def value(self, place: int, depth: int) -> tuple[JsonValue, int]:
        text = self.text
        plain = _PLAIN_STRING.match(text, place)
        if plain is not None:
            return JsonString(plain.group(1), place, plain.end()), plain.end()
        place = self.skip(place)
        if place >= len(text):
            raise self.ended(place, "a value")
        character = text[place]
        if character == '"':
            string = self.string(place)
            return string, string.end
        if character == "{":
            return self.object(place, depth + 1)
        if character == "[":
            return self.array(place, depth + 1)
        if character in "-+.0123456789":
            return self.number(place)
        word = _WORD.match(text, place)
        if word is not None:
            return self.word(word.group(), place)
        string_like = read_foreign_string(self.text, place, self.findings)
        if string_like is not None:
            return string_like, string_like.end
        if character in ",]}:":
            self.findings.syntax(f"a value is missing before `{character}`", place, place + 1)
            raise BrokenOffError
        self.findings.syntax(f"{describe_character(text, place)} cannot begin a value", place, place + 1)
        raise BrokenOffError

    def ended(self, place: int, wanted: str, opened: int | None = None) -> BrokenOffError:
        cause = None
        if opened is not None:
            span = self.findings.span(opened, opened + 1)
            cause = f"`{self.text[opened]}` of line {span.line}, column {span.column} is not closed"
        self.findings.syntax(f"the document ends where {wanted} should stand", place, place, cause=cause)
        return BrokenOffError()

    def check_depth(self, place: int, depth: int) -> None:
        if depth > MAX_DEPTH:
            self.findings.add(
                "P0109",
                f"the document is nested more than {MAX_DEPTH} levels deep",
                place,
                place + 1,
                cause="no policy element nests deeper than six levels",
                help="remove the brackets that wrap the value",
            )
            raise BrokenOffError

    def object(self, opened: int, depth: int) -> tuple[JsonObject, int]:
        self.check_depth(opened, depth)
        text, members, seen = self.text, list[JsonMember](), dict[str, JsonString]()
        place = self.skip(opened + 1)
        comma: int | None = None
        while True:
            if place >= len(text):
                raise self.ended(place, "`}`", opened)
            if text[place] == "}":
                if comma is not None:
                    self.findings.trailing_comma(comma, "}")
                return JsonObject(tuple(members), opened, place + 1), place + 1
            plain = _PLAIN_KEY.match(text, place)
            if plain is not None:
                key = JsonString(plain.group(1), place, plain.start(2))
                place = plain.end()
            else:
                key = self.key(place)
                place = self.colon(key, opened)
            if key.value in seen:
                self.findings.duplicate_key(key.value, key.start, key.end, seen[key.value].start)
            else:
                seen[key.value] = key
            value, place = self.value(place, depth)
            members.append(JsonMember(key, value))
            place, comma = self.separator(place, "}")

    def colon(self, key: JsonString, opened: int) -> int:
        """Past the colon after a key."""
        place = self.skip(key.end)
        if place >= len(self.text):
            raise self.ended(place, "`:`", opened)
        if self.text[place] == ":":
            return self.skip(place + 1)
        self.findings.syntax(f"`:` is missing after the key `{key.value}`", place, place + 1)
        if self.text[place] in ",}":
            raise BrokenOffError
        return place

    def key(self, place: int) -> JsonString:
        if self.text[place] == '"':
            return self.string(place)
        string_like = read_foreign_string(self.text, place, self.findings)
        if string_like is not None:
            return string_like
        word = _WORD.match(self.text, place)
        if word is not None:
            self.findings.syntax(
                f"the key `{word.group()}` is not in double quotes",
                place,
                word.end(),
                help=f'write "{word.group()}"',
            )
            return JsonString(word.group(), place, word.end())
        if self.text[place] == ",":
            self.findings.syntax("two commas, or a comma before the first key", place, place + 1)
        else:
            self.findings.syntax(
                f"{describe_character(self.text, place)} stands where a key in double quotes should",
                place,
                place + 1,
            )
        raise BrokenOffError

    def array(self, opened: int, depth: int) -> tuple[JsonArray, int]:
        self.check_depth(opened, depth)
        text, items = self.text, list[JsonValue]()
        place = self.skip(opened + 1)
        comma: int | None = None
        while True:
            if place >= len(text):
                raise self.ended(place, "`]`", opened)
            if text[place] == "]":
                if comma is not None:
                    self.findings.trailing_comma(comma, "]")
                return JsonArray(tuple(items), opened, place + 1), place + 1
            plain = _PLAIN_ITEM.match(text, place)
            if plain is not None:
                items.append(JsonString(plain.group(1), place, plain.end(1) + 1))
                place = plain.end()
                continue
            item, place = self.value(place, depth)
            items.append(item)
            place, comma = self.separator(place, "]")

    def separator(self, place: int, closing: str) -> tuple[int, int | None]:
        """After an element: past the comma (its offset is given back), or at what closes."""
        text, after = self.text, place
        plain = _COMMA.match(text, place)
        if plain is not None:
            return plain.end(), None
        place = self.skip(place)
        if place >= len(text) or text[place] == closing:
            return place, None
        if text[place] == ",":
            return self.skip(place + 1), place
        if text[place] in "}]:":
            self.findings.syntax(f"`{text[place]}` stands where `,` or `{closing}` should", place, place + 1)
            raise BrokenOffError
        # Reported where the comma belongs: right after the element before.
        self.findings.syntax("a comma is missing here", after, after, help="write `,` between two elements")
        return place, None

    def number(self, place: int) -> tuple[JsonNumber, int]:
        text = self.text
        like = _NUMBER_LIKE.match(text, place)
        end = like.end() if like else place + 1
        match = _NUMBER.fullmatch(text, place, end)
        if match is None:
            self.findings.bad_number(text[place:end], place, end)
        return JsonNumber(text[place:end], place, end), end

    def word(self, word: str, place: int) -> tuple[JsonValue, int]:
        end = place + len(word)
        if word in ("true", "false", "null"):
            return JsonWord(word, place, end), end
        self.findings.add(
            "P0106",
            f"`{word}` is not a JSON value",
            place,
            end,
            cause="a JSON value is a string in double quotes, a number, true, false, null, a list or an object",
            help=WORD_HELP.get(word.lower(), f'write "{word}" for a text'),
        )
        # What was probably meant, so that one mistake does not give two findings.
        lower = word.lower()
        if lower in ("true", "false"):
            return JsonWord(lower, place, end), end
        if lower in ("none", "nil", "undefined"):
            return JsonWord("null", place, end), end
        return JsonString(word, place, end), end

    def string(self, opened: int) -> JsonString:
        match = _PLAIN_STRING.match(self.text, opened)
        if match is not None:
            return JsonString(match.group(1), opened, match.end())
        return read_string(self.text, opened, self.findings)
