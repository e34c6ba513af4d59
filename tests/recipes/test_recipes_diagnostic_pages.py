"""Every code that is said about recipes has its section in docs/recipe-diagnostics.md, and every section its code."""

from __future__ import annotations

import re
from pathlib import Path

from passrole.recipes import codes

PAGE = (Path(__file__).parents[2] / "docs" / "recipe-diagnostics.md").read_text(encoding="utf-8")


def test_every_code_has_its_section_in_order() -> None:
    values = [value for name, value in vars(codes).items() if name.isupper() and isinstance(value, str)]
    assert re.findall(r"^## (R\d{4}) \S.+$", PAGE, re.MULTILINE) == sorted(values)
    assert len(values) == len(set(values))
