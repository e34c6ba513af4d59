"""Boolean and binary operators: `true` and `false`, and bytes written in base64.

Source: IAM User Guide, "Boolean condition operators" and "Binary condition operators"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>
"""

from __future__ import annotations

from base64 import b64decode
from binascii import Error

from passrole.engine.compare import Test
from passrole.policy.operators import OperatorRow

_FLAGS = {"true": True, "false": False}


def flag_of(text: str) -> bool | None:
    """Case does not matter: people write `True`, and no page forbids it."""
    return _FLAGS.get(text.lower())


def flag_test(row: OperatorRow, text: str) -> Test | None:
    wanted = flag_of(text)
    if wanted is None:
        return None

    def test(seen_text: str) -> bool | None:
        seen = flag_of(seen_text)
        return None if seen is None else seen is wanted

    return test


def bytes_of(text: str) -> bytes | None:
    try:
        return b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, Error):
        return None


def binary_test(row: OperatorRow, text: str) -> Test | None:
    """A request value that is not base64 never equals one that is, and is of no other type: None."""
    wanted = bytes_of(text)
    if wanted is None:
        return None

    def test(seen_text: str) -> bool | None:
        seen = bytes_of(seen_text)
        return None if seen is None else seen == wanted

    return test
