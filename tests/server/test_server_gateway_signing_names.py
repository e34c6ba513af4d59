"""The table of signing names, held against the models that botocore has."""

from __future__ import annotations

import gzip
import json
import re
from collections import defaultdict
from pathlib import Path

import botocore

from passrole.server.gateway.service_models import service_names, services_signed_as

_NAME = re.compile(r'"(signingName|endpointPrefix)"\s*:\s*"([^"]+)"')


def signing_names() -> dict[str, set[str]]:
    """Services by signing name, from the `metadata` at the start of each model: whole models would take minutes."""
    found: dict[str, set[str]] = defaultdict(set)
    for folder in (Path(botocore.__file__).parent / "data").iterdir():
        models = sorted(folder.glob("*/service-2.json*"))
        if not models:
            continue
        raw = models[-1].read_bytes()
        text = (gzip.decompress(raw) if models[-1].suffix == ".gz" else raw).decode()
        start = text.index('"metadata"')
        metadata, _ = json.JSONDecoder().raw_decode(text, text.index("{", start))
        found[metadata.get("signingName", metadata["endpointPrefix"])].add(folder.name)
    return found


def test_every_service_is_found_by_the_name_that_its_requests_are_signed_with() -> None:
    expected = signing_names()
    assert {name for services in expected.values() for name in services} == service_names()
    wrong = {
        name: (services, services_signed_as(name))
        for name, services in expected.items()
        if set(services_signed_as(name)) != services
    }
    assert not wrong


def test_a_name_that_no_request_is_signed_with_finds_nothing() -> None:
    expected = signing_names()
    for service in service_names() - expected.keys():
        assert services_signed_as(service) == ()
    assert services_signed_as("no-such-service") == ()
