"""The layout of the packaged data file: named sections behind a one-line directory, written and read here.

    passrole catalog 1\\n
    {"name": [offset, length], ...}\\n      one line of JSON; offsets count from the byte after this line
    the sections, one after the other

A section is plain bytes. `json_section` and `read_json` add deflate and JSON; a section of many small parts
(the policy documents) is read part by part with `read`, so that one look-up touches a few kilobytes.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final, TypeAlias

from passrole.errors import ConfigurationError

MAGIC: Final = b"passrole catalog 1\n"
PACKAGED_PATH: Final = Path(__file__).parent / "data" / "catalog.bin"

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


class DataFileError(ConfigurationError):
    """The packaged data is missing or damaged: the installation is broken, not the user's input."""

    def __init__(self, path: Path, cause: str) -> None:
        super().__init__(
            f"`{path}` cannot be used",
            causes=(cause,),
            help="install passrole again: pip install --force-reinstall passrole",
        )


def json_section(value: object) -> bytes:
    """Deflated JSON of a JSON value, keys sorted: the same value gives the same bytes."""
    text = json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    return zlib.compress(text.encode(), 9)


def pack(sections: Mapping[str, bytes]) -> bytes:
    """The bytes of a data file that holds `sections`, in the order given."""
    directory: dict[str, tuple[int, int]] = {}
    offset = 0
    for name, content in sections.items():
        directory[name] = (offset, len(content))
        offset += len(content)
    head = json.dumps(directory, separators=(",", ":")).encode() + b"\n"
    return b"".join((MAGIC, head, *sections.values()))


class DataFile:
    """Reads sections of one data file. The file is opened anew for each read, so nothing has to be closed."""

    def __init__(self, path: Path = PACKAGED_PATH) -> None:
        """Reads the directory. Raises DataFileError when `path` is not a data file of this layout."""
        self.path = path
        try:
            with path.open("rb") as file:
                if file.readline(len(MAGIC)) != MAGIC:
                    raise DataFileError(path, "it does not begin as a passrole data file")
                self._directory: dict[str, tuple[int, int]] = json.loads(file.readline())
                self._start = file.tell()
        except OSError as error:
            raise DataFileError(path, error.strerror or str(error)) from error
        except ValueError as error:
            raise DataFileError(path, "its directory cannot be read") from error

    def section_names(self) -> tuple[str, ...]:
        return tuple(self._directory)

    def read(self, section: str, offset: int = 0, length: int | None = None) -> bytes:
        """`length` bytes of a section from `offset`, or all that follows. Raises DataFileError when cut short."""
        if section not in self._directory:
            raise DataFileError(self.path, f"it has no section `{section}`")
        start, size = self._directory[section]
        wanted = size - offset if length is None else length
        with self.path.open("rb") as file:
            file.seek(self._start + start + offset)
            content = file.read(wanted)
        if len(content) != wanted or offset + wanted > size:
            raise DataFileError(self.path, f"section `{section}` is cut short")
        return content

    def read_json(self, section: str) -> Json:
        """The value of a section that `json_section` made. Raises DataFileError when it is damaged."""
        try:
            value: Json = json.loads(zlib.decompress(self.read(section)))
        except (zlib.error, ValueError) as error:
            raise DataFileError(self.path, f"section `{section}` is damaged") from error
        return value


@cache
def packaged_data() -> DataFile:
    """The data file that is part of this installation."""
    return DataFile()
