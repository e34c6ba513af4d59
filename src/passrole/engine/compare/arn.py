"""ARN operators: the six parts of two ARNs compared one by one, with wildcards inside each.

"Each of the six colon-delimited components of the ARN is checked separately and each can include multi-character
match wildcards (*) or single-character match wildcards (?)."
Source: IAM User Guide, "Amazon Resource Name (ARN) condition operators"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN>
"""

from __future__ import annotations

from passrole.engine.compare import Test
from passrole.engine.glob import Glob, Pattern, Piece
from passrole.policy.operators import OperatorRow

PARTS = 6


def split_pattern(pattern: Pattern) -> tuple[Pattern, ...]:
    """The parts that its literal colons separate: six at most, the last keeps its colons."""
    parts: list[list[Piece]] = [[]]
    for piece in pattern:
        if not isinstance(piece, str):
            parts[-1].append(piece)
            continue
        first, *others = piece.split(":", PARTS - len(parts))
        if first:
            parts[-1].append(first)
        parts += [[other] if other else [] for other in others]
    return tuple(tuple(part) for part in parts)


def split_arn(text: str) -> list[str] | None:
    """The six parts of an ARN; None when the text is none."""
    parts = text.split(":", PARTS - 1)
    return parts if len(parts) == PARTS and parts[0] == "arn" else None


def arn_test(row: OperatorRow, pattern: Pattern) -> Test | None:
    """None when the pattern has not six parts: what `*` alone means here AWS's pages do not say."""
    parts = split_pattern(pattern)
    if len(parts) < PARTS:
        return None
    globs = tuple(Glob(part) for part in parts)

    def test(seen_text: str) -> bool | None:
        seen = split_arn(seen_text)
        return None if seen is None else all(glob.matches(part) for glob, part in zip(globs, seen, strict=True))

    return test
