"""JSON on stdout: one document, with the version of its format."""

from __future__ import annotations

import json
from collections.abc import Mapping

from passrole.cli.say import say

FORMAT_VERSION = "1.0"


def print_json(value: Mapping[str, object]) -> None:
    """Print one JSON document; `format_version` comes first. It is ASCII, so no locale and no terminal can spoil it."""
    say(json.dumps({"format_version": FORMAT_VERSION, **value}, indent=2))
