"""The packaged data file: its layout, and what is said when it is damaged."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest

from passrole.catalog.datafile import MAGIC, PACKAGED_PATH, DataFile, DataFileError, json_section, pack

SECTIONS = {"facts": json_section({"b": [1, None], "a": "é"}), "empty": b"", "parts": b"onetwothree"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "catalog.bin"
    made.write_bytes(pack(SECTIONS))
    return made


def test_sections_come_back_whole_and_in_part(path: Path) -> None:
    data = DataFile(path)
    assert data.section_names() == ("facts", "empty", "parts")
    assert data.read_json("facts") == {"a": "é", "b": [1, None]}
    assert data.read("empty") == b""
    assert data.read("parts") == b"onetwothree"
    assert data.read("parts", 3, 3) == b"two"
    assert data.read("parts", 6) == b"three"


def test_the_same_value_gives_the_same_bytes() -> None:
    assert json_section({"a": 1, "b": 2}) == json_section({"b": 2, "a": 1})


def test_a_part_never_reaches_into_the_next_section(path: Path) -> None:
    with pytest.raises(DataFileError) as caught:
        DataFile(path).read("empty", 0, 1)
    assert caught.value.causes == ("section `empty` is cut short",)


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"", "does not begin"),
        (b"PK\x03\x04 something else", "does not begin"),
        (MAGIC + b"not json\n", "directory cannot be read"),
        (MAGIC, "directory cannot be read"),
    ],
)
def test_another_file_is_refused(tmp_path: Path, content: bytes, cause: str) -> None:
    path = tmp_path / "other"
    path.write_bytes(content)
    with pytest.raises(DataFileError) as caught:
        DataFile(path)
    assert cause in caught.value.causes[0]
    assert caught.value.exit_code == 253


def test_a_missing_file_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DataFileError) as caught:
        DataFile(tmp_path / "none")
    assert "No such file" in caught.value.causes[0]
    assert "pip install" in (caught.value.help or "")


def test_a_truncated_file_is_refused_when_the_missing_part_is_read(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-4])
    data = DataFile(path)
    assert data.read_json("facts") == {"a": "é", "b": [1, None]}
    with pytest.raises(DataFileError) as caught:
        data.read("parts")
    assert caught.value.causes == ("section `parts` is cut short",)


@pytest.mark.parametrize("content", [b"junk", zlib.compress(b"{")])
def test_a_damaged_section_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "damaged"
    path.write_bytes(pack({"facts": content}))
    with pytest.raises(DataFileError) as caught:
        DataFile(path).read_json("facts")
    assert caught.value.causes == ("section `facts` is damaged",)


def test_an_unknown_section_is_refused(path: Path) -> None:
    with pytest.raises(DataFileError) as caught:
        DataFile(path).read("absent")
    assert caught.value.causes == ("it has no section `absent`",)


def test_the_packaged_file_is_small() -> None:
    assert PACKAGED_PATH.stat().st_size < 1.3 * 2**20
