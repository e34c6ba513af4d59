"""Every key and list element of a TOML text has its place, as written, whatever stands around it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from importlib import resources

import pytest

from passrole.recipes.toml_positions import KeyPath, TomlPositions, find_places

HARD = '''\
# a comment with [brackets] and key = "value"
top = "a \\" quote # no comment"
"quoted key" = 'literal \\'
dotted . "and.quoted" = 1
multi = """
[not.a.header]
key = "no key" \\"""
"""
raw = \'\'\'
[[nor.this]]\'\'\'
ends_in_quotes = """she said "no""""
list = [ # a comment, with a comma
  "one", ["nested", 2], { inline = true, more = ["x"] }, # last
]
[table]
a.b.c = [1, 2]
[[rows]]
id = 1
[rows.sub]
x = 1
[[rows]]
id = 2
[[rows.deep]]
y = 3
[[rows.deep]]
y = 4
[ spaced . header ]
date = 2024-01-01T00:00:00Z
'''

BUILT_IN = [
    one.read_text(encoding="utf-8")
    for one in resources.files("passrole.recipes").joinpath("data").iterdir()
    if one.name.endswith(".toml")
]


def paths(value: object, path: KeyPath = ()) -> Iterator[KeyPath]:
    if isinstance(value, dict):
        for key, element in value.items():
            yield (*path, key)
            yield from paths(element, (*path, key))
    elif isinstance(value, list):
        for index, element in enumerate(value):
            yield (*path, index)
            yield from paths(element, (*path, index))


@pytest.mark.parametrize("text", [HARD, *BUILT_IN], ids=lambda text: text[:20].strip())
def test_every_path_that_tomllib_sees_has_a_place_and_no_other_has(text: str) -> None:
    assert set(find_places(text)) == set(paths(tomllib.loads(text)))


@pytest.mark.parametrize("text", [HARD, *BUILT_IN], ids=lambda text: text[:20].strip())
def test_a_place_shows_the_key_or_the_element(text: str) -> None:
    document = tomllib.loads(text)
    for path, (start, end) in find_places(text).items():
        shown = text[start:end]
        if isinstance(path[-1], str):
            # A header may hold the key in quotes or as one of several; a pair shows the whole dotted key.
            assert path[-1] in shown, path
        else:
            value: object = document
            for part in path:
                value = value[part]
            if isinstance(value, str | int | list) and not shown.startswith("["):
                assert tomllib.loads(f"v = {shown}")["v"] == value, path


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("top",), "f:2:1"),
        (("quoted key",), "f:3:1"),
        (("dotted", "and.quoted"), "f:4:1"),
        (("list", 1, 1), "f:13:21"),
        (("list", 2, "more"), "f:13:42"),
        (("table", "a", "b"), "f:16:1"),
        (("rows", 1, "id"), "f:22:1"),
        (("rows", 1, "deep", 1, "y"), "f:26:1"),
        (("spaced", "header"), "f:27:1"),
        (("rows", 0, "missing", "deeper"), "f:17:1"),
        (("nowhere",), "f:1:1"),
    ],
)
def test_a_missing_path_gets_its_nearest_ancestor_s_place(path: KeyPath, place: str) -> None:
    assert str(TomlPositions("f", HARD).of(path)) == place
