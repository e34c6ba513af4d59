"""How long a document is in AWS's counting.

Source: IAM User Guide, "IAM and AWS STS quotas": "IAM does not count white space when calculating the size of a policy
against these quotas" <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
"""

from __future__ import annotations

import re

_WHITE_SPACE = re.compile(r"\s+")


def document_characters(document: str) -> int:
    """Characters without white space, as IAM's quotas for managed, inline and trust policies count them.

    White space inside strings is left out too: the page makes no exception for it (a guess where it matters, and it
    matters only for a document whose strings hold spaces and whose size is at the limit).
    """
    return len(document) - sum(len(match.group()) for match in _WHITE_SPACE.finditer(document))


def document_characters_with_white_space(document: str) -> int:
    """Every character, as AWS Organizations counts service control policies and STS counts session policies."""
    return len(document)
