"""What a denial becomes in real life: known failures of the services, as users reported them or AWS documents them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure: how it shows, what brings it about in the order in which to check, and what to do.

    `symptom_quoted` tells whether the symptoms quote a message that was seen; else they describe it, and AWS's words
    may differ. `sources` are addresses of pages and threads (one entry says that it is inferred).
    """

    id: str
    service: str
    """The service whose set-up it belongs to, or `generic`."""
    symptoms: tuple[str, ...]
    symptom_quoted: bool
    causes: tuple[str, ...]
    detect: str
    fix: str
    sources: tuple[str, ...]


def load_failures() -> Mapping[str, Failure]:
    """Every known failure by its id (`F01` …), read on first use."""
    return _load()


def get_failure(failure_id: str) -> Failure | None:
    """The failure of that id. None for an unknown one: a recipe of a user's own may name ids that mean nothing here."""
    return _load().get(failure_id)


@cache
def _load() -> Mapping[str, Failure]:
    text = resources.files("passrole.activity").joinpath("data", "failures.json").read_text(encoding="utf-8")
    return MappingProxyType(
        {
            entry["id"]: Failure(
                id=entry["id"],
                service=entry["service"],
                symptoms=tuple(entry["symptom"]),
                symptom_quoted=entry["symptom_quoted"],
                causes=tuple(entry["causes"]),
                detect=entry["detect"],
                fix=entry["fix"],
                sources=tuple(entry["sources"]),
            )
            for entry in json.loads(text)["failures"]
        }
    )
