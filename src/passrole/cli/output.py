"""JSON on stdout: one document, with the version of its format."""

from __future__ import annotations

import json
from collections.abc import Mapping

import click

FORMAT_VERSION = "1.0"


def print_json(value: Mapping[str, object]) -> None:
    """Print one JSON document; `format_version` comes first."""
    click.echo(json.dumps({"format_version": FORMAT_VERSION, **value}, indent=2, ensure_ascii=False))
