"""The JSON reader: what it accepts, what it says about what it refuses, and where."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passrole.errors import Diagnostic
from passrole.policy.json_nodes import JsonArray, JsonNumber, JsonObject, JsonString, JsonValue, JsonWord
from passrole.policy.json_text import read_json
from passrole.policy.json_value import json_from_value
from passrole.policy.json_words import MAX_DEPTH


def findings(text: str | bytes) -> list[Diagnostic]:
    return list(read_json(text, "policy.json").diagnostics)


def places(text: str | bytes) -> list[tuple[str, int, int]]:
    return [(f.code, f.span.line, f.span.column) for f in findings(text) if f.span]


def plain(node: JsonValue) -> object:
    """A node as `json.loads` would give it."""
    match node:
        case JsonString(value=value):
            return value
        case JsonNumber(text=text) | JsonWord(text=text):
            return json.loads(text)
        case JsonArray(items=items):
            return [plain(item) for item in items]
        case JsonObject(members=members):
            return {member.key.value: plain(member.value) for member in members}


REFUSED: dict[str, tuple[str | bytes, list[tuple[str, int, int]]]] = {
    # name: (text, (code, line, column) of each finding)
    "empty": ("", [("P0103", 1, 1)]),
    "white space only": (" \n ", [("P0103", 2, 2)]),
    "text after the end": ('{} "x"', [("P0103", 1, 4)]),
    "unclosed object": ('{"a": 1', [("P0103", 1, 8)]),
    "unclosed list": ("[1, 2", [("P0103", 1, 6)]),
    "unclosed string": ('{"a": "b', [("P0103", 1, 7)]),
    "string over a line end": ('{"a": "b\n"}', [("P0103", 1, 7)]),
    "missing value": ('{"a": }', [("P0103", 1, 7)]),
    "missing colon": ('{"a" 1}', [("P0103", 1, 6)]),
    "missing comma in a list": ('["a" "b"]', [("P0103", 1, 5)]),
    "missing comma in an object": ('{"a": 1\n "b": 2}', [("P0103", 1, 8)]),
    "unquoted key": ("{a: 1}", [("P0103", 1, 2)]),
    "wrong closing bracket": ("[1}", [("P0103", 1, 3)]),
    "two commas": ("[1,,2]", [("P0103", 1, 4)]),
    "comma in an empty list": ("[,]", [("P0103", 1, 2)]),
    "trailing comma in a list": ("[1,\n 2 , ]", [("P0104", 2, 4)]),
    "trailing comma in an object": ('{"a": 1,}', [("P0104", 1, 8)]),
    "line comment": ("// hello\n{}", [("P0105", 1, 1)]),
    "hash comment": ("{} # hello", [("P0105", 1, 4)]),
    "block comment": ('{"a": /* x\n y */ 1}', [("P0105", 1, 7)]),
    "typographic quotes": ("{“a”: “b”}", [("P0102", 1, 2), ("P0102", 1, 7)]),
    "typographic opening quote only": ('{“a": 1}', [("P0102", 1, 2)]),
    "single quotes": ("{'a': 'b'}", [("P0102", 1, 2), ("P0102", 1, 7)]),
    "NaN": ("[NaN]", [("P0106", 1, 2)]),
    "Infinity": ("[Infinity]", [("P0106", 1, 2)]),
    "minus Infinity": ("[-Infinity]", [("P0111", 1, 2)]),
    "Python words": ("[True, None]", [("P0106", 1, 2), ("P0106", 1, 8)]),
    "an unquoted word": ('{"Effect": Allow}', [("P0106", 1, 12)]),
    "leading zero": ("[012345678901]", [("P0111", 1, 2)]),
    "plus sign": ("[+1]", [("P0111", 1, 2)]),
    "point without digits": ("[1.]", [("P0111", 1, 2)]),
    "hexadecimal number": ("[0x10]", [("P0111", 1, 2)]),
    "a tab in a string": ('["a\tb"]', [("P0110", 1, 4)]),
    "NUL in a string": ('["a\x00b"]', [("P0110", 1, 4)]),
    "unknown escape": (r'["\d"]', [("P0110", 1, 3)]),
    "short unicode escape": (r'["\u12"]', [("P0110", 1, 3)]),
    "lone high surrogate": (r'["\ud800"]', [("P0110", 1, 3)]),
    "lone low surrogate": (r'["\udc00x"]', [("P0110", 1, 3)]),
    "lone surrogate character": ('["\udc00"]', [("P0110", 1, 3)]),
    "duplicate key": ('{"a": 1,\n "a": 2}', [("P0108", 2, 2)]),
    "duplicate key in two spellings": (r'{"a": 1, "\u0061": 2}', [("P0108", 1, 10)]),
    "byte order mark": ("\ufeff{}", [("P0101", 1, 1)]),
    "no-break space": ("{\u00a0}", [("P0103", 1, 2)]),
    "bytes with a byte order mark": (b"\xef\xbb\xbf{}", [("P0101", 1, 1)]),
    "UTF-16 with a mark": ("{}".encode("utf-16"), [("P0101", 1, 1)]),
    "UTF-16 without a mark": ("{}".encode("utf-16-le"), [("P0101", 1, 1)]),
    "Latin-1": ('{"\n é": 1}'.encode("latin-1"), [("P0101", 2, 2)]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_json_is_found_at_its_place(name: str) -> None:
    text, expected = REFUSED[name]
    assert places(text) == expected


@pytest.mark.parametrize("name", REFUSED)
def test_every_finding_says_what_to_do_or_speaks_for_itself(name: str) -> None:
    for finding in findings(REFUSED[name][0]):
        assert finding.aws_message == "This policy contains invalid Json"
        assert finding.help or finding.code == "P0103"
        for part in (finding.message, finding.cause, finding.help):
            assert part is None or not part.endswith(".")


def test_all_duplicate_keys_are_found() -> None:
    text = '{"a": 1, "b": {"c": 1, "c": 2}, "a": 3, "a": 4}'
    assert places(text) == [("P0108", 1, 24), ("P0108", 1, 33), ("P0108", 1, 41)]


def test_several_mistakes_are_found_in_one_reading() -> None:
    text = '{\n  “a”: 1, // why\n  "b": [1, 2,],\n  "c": True\n}'
    assert places(text) == [("P0102", 2, 3), ("P0105", 2, 11), ("P0104", 3, 13), ("P0106", 4, 8)]


def test_typographic_quotes_are_named_and_their_replacement_too() -> None:
    (finding,) = findings('{"a": “b”}')
    assert "typographic" in finding.message
    assert finding.help is not None
    assert '"' in finding.help


def test_nesting_is_bounded_without_a_recursion_error() -> None:
    within = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    assert findings(within) == []
    assert [f.code for f in findings("[" + within + "]")] == ["P0109"]
    assert [f.code for f in findings('{"a":' * 100_000)] == ["P0109"]


def test_a_file_full_of_mistakes_gives_a_bounded_number_of_findings() -> None:
    assert len(findings("[" + "1 " * 10_000)) == 100


def test_numbers_keep_their_text() -> None:
    root = read_json("[1.50, -0, 1E+2, 123456789012345678901234567890]", "x").root
    assert isinstance(root, JsonArray)
    assert [item.text for item in root.items if isinstance(item, JsonNumber)] == [
        "1.50",
        "-0",
        "1E+2",
        "123456789012345678901234567890",
    ]


def test_escapes_and_surrogate_pairs_are_decoded() -> None:
    root = read_json(r'"\"\\\/\b\f\n\r\t\u0041\ud83d\ude00"', "x").root
    assert isinstance(root, JsonString)
    assert root.value == '"\\/\b\f\n\r\tA😀'


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_lines_are_counted_by_every_kind_of_line_end(line_end: str) -> None:
    text = line_end.join(["{", '  "a": 1,', '  "b": x', "}"])
    assert places(text) == [("P0106", 3, 8)]


def test_columns_count_characters() -> None:
    assert places('{"😀é": x}') == [("P0106", 1, 8)]


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(JSON_VALUES, st.sampled_from([None, 0, 3]), st.booleans())
@settings(max_examples=150, deadline=None)
def test_every_json_value_is_read_as_the_standard_library_reads_it(
    value: object, indent: int | None, escaped: bool
) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=escaped)
    for given_text in (text, text.encode()):
        result = read_json(given_text, "x")
        assert result.diagnostics == ()
        assert result.root is not None
        assert plain(result.root) == json.loads(text)


@given(JSON_VALUES)
@settings(max_examples=100, deadline=None)
def test_parsed_values_and_their_text_give_the_same_nodes(value: object) -> None:
    from_text = read_json(json.dumps(value), "x").root
    from_value = json_from_value(value)
    assert from_value.diagnostics == ()
    assert from_text is not None
    assert from_value.root is not None
    assert plain(from_value.root) == plain(from_text)


def strictly_json(text: str) -> bool:
    """Whether the standard library, told to be strict, takes the text."""

    def refuse(_: object) -> object:
        raise ValueError

    def no_duplicates(pairs: list[tuple[str, object]]) -> object:
        if len({key for key, _ in pairs}) < len(pairs):
            raise ValueError
        return dict(pairs)

    try:
        value = json.loads(text, parse_constant=refuse, object_pairs_hook=no_duplicates)
        # The library lets half of a surrogate pair pass, which UTF-8 cannot carry.
        json.dumps(value, ensure_ascii=False).encode()
    except ValueError:
        return False
    return True


@st.composite
def damaged_json(draw: st.DrawFn) -> str:
    text = json.dumps(draw(JSON_VALUES), indent=draw(st.sampled_from([None, 1])))
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(text)))
        removed = draw(st.integers(0, 2))
        text = text[:place] + draw(st.sampled_from([*'{}[]",:\\ue01-.+tn /*#\n“x', ""])) + text[place + removed :]
    return text


@given(damaged_json())
@settings(max_examples=200, deadline=None)
def test_a_damaged_text_is_accepted_exactly_when_it_is_still_json(text: str) -> None:
    result = read_json(text, "x")
    assert (result.diagnostics == ()) == strictly_json(text)
    assert result.root is not None or result.diagnostics


@given(st.binary(max_size=30) | st.text(max_size=30).map(lambda text: text.encode("utf-16")))
@settings(max_examples=100, deadline=None)
def test_no_bytes_crash_the_reader(data: bytes) -> None:
    read_json(data, "x")


@pytest.mark.parametrize(
    "text",
    [
        '{"a": "' + "x" * 2_000_000 + '"}',
        '"' + "\\n" * 1_000_000 + '"',
        "[" + "/*" * 1_000_000,
        "[" + "“" * 2_000_000,
        "\n" * 2_000_000,
        "[" + "-" * 2_000_000,
        '{"' + "a" * 2_000_000,
    ],
    ids=["long string", "escapes", "comments", "quotes", "lines", "signs", "unclosed"],
)
def test_reading_takes_time_in_proportion_to_length(text: str) -> None:
    started = time.process_time()
    read_json(text, "x")
    # Two megabytes take well under a second; anything quadratic would take hours.
    assert time.process_time() - started < 10
