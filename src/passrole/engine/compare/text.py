"""String operators: exact, ignoring case, or with wildcards.

Source: IAM User Guide, "String condition operators"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_String>
"""

from __future__ import annotations

from passrole.engine.compare import Test
from passrole.engine.glob import Glob, Pattern, Wild
from passrole.policy.operators import OperatorRow


def text_test(row: OperatorRow, pattern: Pattern) -> Test:
    if row.wildcards:
        return Glob(pattern).matches
    wanted = "".join(piece.value if isinstance(piece, Wild) else piece for piece in pattern)
    if not row.ignore_case:
        return wanted.__eq__
    # Character by character, as AWS's pages say nothing of languages: `ß` is not `ss`.
    folded, length = wanted.lower(), len(wanted)
    return lambda seen: len(seen) == length and seen.lower() == folded
