"""PolicyExclusionList: policies left out of a simulation, by type, by ARN, or by name and holder.

Source: IAM API Reference, PolicyIdentifier
<https://docs.aws.amazon.com/IAM/latest/APIReference/API_PolicyIdentifier.html>
"""

from __future__ import annotations

import re
from collections.abc import Callable

from passrole.account.params import Params
from passrole.account.service_error import ServiceError, invalid_input
from passrole.account.simulation.source_policy import SourcePolicy, SourceType

Excludes = Callable[[SourcePolicy], bool]


def exclusions_of(params: Params) -> tuple[Excludes, frozenset[str]]:
    """Which policies to leave out, and which policy types as a whole. Raises InvalidInput (its texts are guesses)."""
    tests: list[Excludes] = []
    types: set[str] = set()
    for record in params.records("PolicyExclusionList"):
        given = [name for name in ("PolicyType", "PolicyArn", "InlinePolicyIdentifier") if record.has(name)]
        if len(given) != 1:
            raise invalid_input("Specify exactly one of PolicyType, PolicyArn, or InlinePolicyIdentifier.")
        if given[0] == "PolicyType":
            types.add(record.text("PolicyType"))
        elif given[0] == "PolicyArn":
            tests.append(_by_arn(record.text("PolicyArn")))
        else:
            (inline,) = record.structures("InlinePolicyIdentifier")
            tests.append(_by_holder(inline))
    return lambda source: _is_of_type(source, types) or any(test(source) for test in tests), frozenset(types)


def _is_of_type(source: SourcePolicy, types: set[str]) -> bool:
    if source.type is SourceType.BOUNDARY:
        return "permission-boundary" in types
    if source.holder is not None:
        return "inline" in types
    if source.arn is None:
        return False
    return ("aws-managed" if ":iam::aws:" in source.arn else "user-managed") in types


def _by_arn(pattern: str) -> Excludes:
    parts = pattern.split(":", 5)
    if len(parts) != 6 or set("*?") & set("".join(parts[:5])) or not parts[5].startswith("policy/"):
        raise _malformed(pattern)
    regex = _regex(pattern)
    return lambda source: source.arn is not None and regex.fullmatch(source.arn) is not None


def _by_holder(inline: Params) -> Excludes:
    regex = _regex(inline.text("AttachmentName"))
    kind, name = inline.text("AttachmentType"), inline.text("PolicyName")

    def excludes(source: SourcePolicy) -> bool:
        holder = source.holder
        return (
            holder is not None
            and source.name == name
            and holder.kind.value == kind
            and regex.fullmatch(holder.name) is not None
        )

    return excludes


def _regex(pattern: str) -> re.Pattern[str]:
    """At most one `*`, any number of `?`."""
    if pattern.count("*") > 1:
        raise _malformed(pattern)
    return re.compile("".join({"*": ".*", "?": "."}.get(character) or re.escape(character) for character in pattern))


def _malformed(pattern: str) -> ServiceError:
    return invalid_input(f"Invalid policy identifier: {pattern}")
