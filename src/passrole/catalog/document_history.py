"""How all versions of one policy's document are stored together: a table of lines, and runs of line numbers.

Two versions of an AWS managed policy mostly share their lines, and two policies share many too. So the lines of
all versions are kept once, in order of first appearance, and each version is a list of runs (how far to skip
from the end of the last run, how many lines to take). The text is then deflated with a dictionary of lines that
many policies have. 6,000 documents of 77 MB become 0.8 MB, and one policy is decoded in about a millisecond.

    line            the lines of the table
    ...
                    an empty line: no line of a JSON document is empty
    0 12 -4 3       one line a version, oldest first: skip, count, skip, count ...
"""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

# zlib looks back 32 KiB less 262 bytes; a longer dictionary would have a part that is never reached.
DICTIONARY_BYTES = 32_000
_RAW_DEFLATE = -15


@dataclass(frozen=True, slots=True)
class DocumentHistory:
    """The documents of one policy, oldest version first, before the lines are joined."""

    lines: tuple[str, ...]
    runs: tuple[tuple[int, ...], ...]

    def document(self, index: int) -> str:
        """The text of the version at `index`."""
        taken: list[str] = []
        position = 0
        steps = self.runs[index]
        for skip, count in zip(steps[::2], steps[1::2], strict=True):
            start = position + skip
            position = start + count
            taken.extend(self.lines[start:position])
        return "\n".join(taken)


def document_text(document: object) -> str:
    """The text in which a document is stored and served: JSON, four spaces, keys in the order of the source."""
    return json.dumps(document, indent=4, ensure_ascii=False)


def history_of(documents: Iterable[str]) -> DocumentHistory:
    """Puts documents (texts, oldest first) into one table."""
    numbers: dict[str, int] = {}
    all_runs: list[tuple[int, ...]] = []
    for document in documents:
        runs: list[int] = []
        position = 0
        for line in document.split("\n"):
            number = numbers.setdefault(line, len(numbers))
            if runs and number == position:
                runs[-1] += 1
            else:
                runs += (number - position, 1)
            position = number + 1
        all_runs.append(tuple(runs))
    return DocumentHistory(tuple(numbers), tuple(all_runs))


def common_lines(histories: Iterable[DocumentHistory]) -> bytes:
    """A deflate dictionary: the lines that save most, the best last, where they are cheapest to refer to."""
    counted = Counter(line for history in histories for line in history.lines)
    worthwhile = [line for line, count in counted.items() if count > 5 and len(line) > 6]
    worthwhile.sort(key=lambda line: (-counted[line] * len(line), line))
    chosen: list[str] = []
    size = 0
    for line in worthwhile:
        size += len(line.encode()) + 1
        if size > DICTIONARY_BYTES:
            break
        chosen.append(line)
    return "\n".join(reversed(chosen)).encode()


def encode(history: DocumentHistory, dictionary: bytes) -> bytes:
    runs = (" ".join(map(str, steps)) for steps in history.runs)
    text = "\n".join((*history.lines, "", *runs))
    deflate = zlib.compressobj(9, zlib.DEFLATED, _RAW_DEFLATE, 9, zlib.Z_DEFAULT_STRATEGY, dictionary)
    return deflate.compress(text.encode()) + deflate.flush()


def decode(content: bytes, dictionary: bytes) -> DocumentHistory:
    """The inverse of `encode`. Raises zlib.error or ValueError when `content` is damaged."""
    text = zlib.decompressobj(_RAW_DEFLATE, zdict=dictionary).decompress(content).decode()
    lines, separator, runs = text.partition("\n\n")
    if not separator:
        raise ValueError("no line table")
    return DocumentHistory(tuple(lines.split("\n")), tuple(map(_numbers, runs.split("\n"))))


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split()))
