"""Every code that the policy language can give has its section in docs/diagnostics.md, and the examples there are true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from passrole.policy.grammar import check_grammar
from passrole.policy.model import PolicyType
from passrole.policy.parse import PolicySyntaxError, parse_policy

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "diagnostics.md").read_text(encoding="utf-8")

SECTIONS = {
    match["code"]: match["body"]
    for match in re.finditer(r"^## (?P<code>P\d{4}) .+\n(?P<body>(?:(?!^## ).*\n?)*)", PAGE, re.MULTILINE)
}
EXAMPLE = re.compile(
    r"^Example(?: \((?P<type>[^)]+)\))?:\n```json\n(?P<example>.*?)\n```\nInstead:\n```json\n(?P<instead>.*?)\n```",
    re.DOTALL | re.MULTILINE,
)

# What a code block cannot show: encodings, 65 brackets, values that are not JSON text.
IN_WORDS = {"P0101", "P0109", "P0112"}


def codes_in_the_code() -> set[str]:
    text = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    return set(re.findall(r'"(P\d{4})"', text))


def test_every_code_has_its_section_and_every_section_its_code() -> None:
    assert set(SECTIONS) == codes_in_the_code()


def test_the_sections_are_in_order() -> None:
    assert list(SECTIONS) == sorted(SECTIONS)


@pytest.mark.parametrize("code", sorted(SECTIONS))
def test_a_section_has_its_parts(code: str) -> None:
    body = SECTIONS[code]
    assert "\nExample" in body
    assert "\nInstead:" in body
    assert re.search(r"^Source: \[", body, re.MULTILINE)
    assert (EXAMPLE.search(body) is None) == (code in IN_WORDS)


def found_in(text: str, type_: PolicyType) -> set[str]:
    try:
        policy = parse_policy(text)
    except PolicySyntaxError as error:
        return {finding.code for finding in error.diagnostics}
    return {finding.code for finding in check_grammar(policy, type_, managed=True)}


@pytest.mark.parametrize("code", sorted(set(SECTIONS) - IN_WORDS))
def test_the_example_has_the_finding_and_what_stands_instead_has_none(code: str) -> None:
    match = EXAMPLE.search(SECTIONS[code])
    assert match is not None
    type_ = PolicyType(match["type"]) if match["type"] else PolicyType.IDENTITY
    assert found_in(match["example"], type_) == {code}
    assert found_in(match["instead"], type_) == set()
