"""What the name of an operation tells: whether it only reads."""

from __future__ import annotations

import re
from typing import Final

# "Consume" and the like are not among them: what is not known to read is taken to write.
_READS: Final = re.compile(r"(?:BatchGet|Describe|Get|Head|List|Lookup|Query|Scan|Search|Select)(?![a-z])")


def only_reads(operation: str) -> bool:
    return _READS.match(operation) is not None
