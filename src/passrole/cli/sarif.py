"""Findings in SARIF 2.1.0, which code hosts show beside the lines of a pull request.

Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0"
<https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from passrole import __version__
from passrole.cli.say import say
from passrole.errors import Span

RULES = {
    "new-access": "the new policy allows a request that the old one does not",
    "lost-deny": "the old policy denies a request that another policy may allow, and the new one does not",
    "new-deny": "the new policy denies a request that the old one does not",
    "lost-access": "the old policy allows a request that the new one does not",
    "rule-broken": "the policy allows a request that it must not",
    "set-up-drifted": "a set-up is not as its recipe makes it",
    "undecided": "the comparison could not be decided",
}


@dataclass(frozen=True, slots=True)
class Result:
    """One finding; `span` is the statement that it comes from, where one is to be named."""

    rule: str
    level: str
    message: str
    file: str
    span: Span | None = None
    is_file: bool = True
    """False for what stands in no file, such as a policy of an account."""


def print_sarif(results: Iterable[Result]) -> None:
    """Print one SARIF log."""
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "passrole",
                        "version": __version__,
                        "informationUri": "https://github.com/passrole/passrole",
                        "rules": [{"id": id_, "shortDescription": {"text": text}} for id_, text in RULES.items()],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_value(result) for result in results],
            }
        ],
    }
    say(json.dumps(log, indent=2))


def _value(result: Result) -> dict[str, object]:
    place: dict[str, object] = {"artifactLocation": {"uri": result.file.replace("\\", "/")}}
    if result.span is not None and result.is_file:
        place["region"] = {
            "startLine": result.span.line,
            "startColumn": result.span.column,
            "endLine": result.span.end_line,
            "endColumn": result.span.end_column,
        }
    return {
        "ruleId": result.rule,
        "level": result.level,
        "message": {"text": result.message},
        "locations": [
            {"physicalLocation": place}
            if result.is_file
            else {"logicalLocations": [{"fullyQualifiedName": result.file}]}
        ],
    }
