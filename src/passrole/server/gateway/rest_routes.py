"""Which operation of a REST service a request is for: by method, path, and what its query string and headers hold."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_to_bytes

from passrole.server.gateway.service_models import model_of
from passrole.server.gateway.undecodable import undecodable

if TYPE_CHECKING:
    from botocore.model import OperationModel

_LABEL: Final = re.compile(r"\{([^}]+?)(\+?)\}")

_AT_ANOTHER_HOST: Final = frozenset({("s3", "ListDirectoryBuckets")})
"""What only the host of S3 Express tells from another operation."""


@dataclass(frozen=True, slots=True)
class Route:
    """`labels` are the path's parts by their names in the template; `literals` what the template's query demands."""

    operation: str
    labels: Mapping[str, str]
    literals: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Template:
    operation: str
    method: str
    pattern: re.Pattern[str]
    label_names: tuple[str, ...]
    literals: frozenset[tuple[str, str]]
    needed_query: frozenset[str]
    needed_headers: frozenset[str]
    fixed_length: int
    """Of the text in the path that is no label."""
    deprecated: bool


def find_route(
    service: str, method: str, path: str, query: tuple[tuple[str, str], ...], header_names: Collection[str]
) -> Route | None:
    """`path` is as sent, percent-encoded; header names in lower case. The template that demands most is taken.

    Raises ServiceError for a path that is not valid UTF-8.
    """
    given, names, headers = frozenset(query), frozenset(key for key, _ in query), frozenset(header_names)
    found: list[tuple[_Template, re.Match[str]]] = []
    for template in _templates(service, method):
        # The path last: it is what takes long to look at.
        if template.literals <= given and template.needed_query <= names and template.needed_headers <= headers:
            match = template.pattern.fullmatch(path)
            if match is not None:
                found.append((template, match))
    if not found:
        return None
    template, match = max(found, key=lambda each: _rank(each[0]))
    labels = {name: _text(match[place]) for place, name in enumerate(template.label_names, 1)}
    return Route(template.operation, labels, template.literals)


def _rank(template: _Template) -> tuple[int, int, int, bool, str]:
    needed = len(template.needed_query) + len(template.needed_headers)
    return len(template.literals), template.fixed_length, needed, not template.deprecated, template.operation


@cache
def _templates(service: str, method: str) -> tuple[_Template, ...]:
    model = model_of(service)
    names = (name for name in model.operation_names if (service, name) not in _AT_ANOTHER_HOST)
    operations = (model.operation_model(name) for name in names)
    return tuple(_template(service, each) for each in operations if each.http.get("method", "POST") == method)


def _template(service: str, model: OperationModel) -> _Template:
    uri = str(model.http["requestUri"])
    path, _, query = uri.partition("?")
    pattern, names, fixed, place = "", [], 0, 0
    for label in _LABEL.finditer(path):
        literal = path[place : label.start()]
        pattern += re.escape(literal) + ("(.+)" if label[2] else "([^/]+)")
        fixed += len(literal)
        names.append(label[1])
        place = label.end()
    end = path[place:]
    pattern += re.escape(end.rstrip("/")) + "/?" if service != "s3" else re.escape(end)
    if service == "s3" and names == ["Bucket"]:
        pattern += "/?"
    fixed += len(end)
    literals = frozenset(
        (key, value) for key, _, value in (part.partition("=") for part in query.split("&") if part) if key != "x-id"
    )
    shape = model.input_shape
    needed: dict[str, set[str]] = {"querystring": set(), "header": set()}
    if shape is not None:
        for name in shape.required_members:
            member = shape.members[name]
            location = str(member.serialization.get("location"))
            if location in needed:
                needed[location].add(str(member.serialization.get("name", name)))
    return _Template(
        model.name,
        str(model.http.get("method", "POST")),
        re.compile(pattern, re.DOTALL),
        tuple(names),
        literals,
        frozenset(needed["querystring"]),
        frozenset(each.lower() for each in needed["header"]),
        fixed,
        model.deprecated,
    )


def _text(encoded: str) -> str:
    try:
        return unquote_to_bytes(encoded.encode("utf-8", "surrogateescape")).decode("utf-8")
    except UnicodeDecodeError as error:
        raise undecodable("The path is not valid UTF-8") from error
