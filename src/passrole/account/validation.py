"""What AWS's model of an operation says of its parameters, checked and refused in IAM's and STS's words.

Client libraries other than boto3 check little before they send, so the service must.
Sources: the constraints are those of botocore's models; the form of the messages is that of recorded answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import cast

from passrole.account.aws_models import shared_loader
from passrole.account.service_error import validation_error

Shape = Mapping[str, object]

_SEPARATORS = r" \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
"""The characters of Unicode's categories Zs, Zl and Zp, which Java's \\p{Z} is."""


_IN_WORDS = "The specified value for "
PATH_WORDS = "It must begin and end with / and contain only alphanumeric characters and/or / characters."
_WORDS_OF_PATTERN = {
    r"[\w+=,.@-]+": "It must contain only alphanumeric characters and/or the following: +=,.@_-",
    r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)": PATH_WORDS,
    r"((/[A-Za-z0-9\.,\+@=_-]+)*)/": PATH_WORDS,
}
"""How IAM says that a name or a path breaks its pattern, seen for roleName, userName and path in public reports."""


def check_parameters(service: str, operation: str, params: Mapping[str, object]) -> None:
    """Raises ValidationError naming every parameter that is missing or breaks a constraint of AWS's model."""
    model = _model(service)
    operations = cast("Mapping[str, Mapping[str, Mapping[str, str]]]", model["operations"])
    if "input" not in operations[operation]:
        return
    shape = _shape(service, operations[operation]["input"]["shape"])
    problems = list(_structure_problems(service, shape, params, ""))
    told = [problem for problem in problems if not problem.startswith(_IN_WORDS)]
    if told:
        noun = "error" if len(told) == 1 else "errors"
        raise validation_error(f"{len(told)} validation {noun} detected: {'; '.join(told)}")
    if problems:
        # What IAM looks at itself, after the model's constraints.
        raise validation_error(problems[0])


def _problems(service: str, shape: Shape, value: object, path: str) -> Iterator[str]:
    kind = shape["type"]
    if isinstance(value, str) and kind == "string":
        yield from _text_problems(service, shape, value, path)
    elif isinstance(value, int) and kind in ("integer", "long"):
        yield from _bounds(service, shape, value, value, path, "value")
    elif isinstance(value, (list, tuple)) and kind == "list":
        yield from _bounds(service, shape, len(value), list(value), path, "length")
        member = _shape(service, cast("Mapping[str, str]", shape["member"])["shape"])
        if member["type"] == "string":
            if any(list(_text_problems(service, member, item, path)) for item in value if isinstance(item, str)):
                yield _broken(service, list(value), path, f"satisfy constraint: [{_text_constraints(member)}]")
            return
        for number, item in enumerate(value, start=1):
            yield from _problems(service, member, item, f"{path}.{number}.member")
    elif isinstance(value, Mapping) and kind == "structure":
        yield from _structure_problems(service, shape, value, f"{path}.")


def _structure_problems(service: str, shape: Shape, value: Mapping[str, object], prefix: str) -> Iterator[str]:
    members = cast("Mapping[str, Mapping[str, str]]", shape.get("members", {}))
    required = cast("list[str]", shape.get("required", []))
    for name, member in members.items():
        path = prefix + name[0].lower() + name[1:]
        if value.get(name) is not None:
            yield from _problems(service, _shape(service, member["shape"]), value[name], path)
        elif name in required:
            yield f"{_value_at(service, None, path)} failed to satisfy constraint: Member must not be null"


def _text_problems(service: str, shape: Shape, value: str, path: str) -> Iterator[str]:
    yield from _bounds(service, shape, len(value), value, path, "length")
    pattern = cast("str | None", shape.get("pattern"))
    if pattern is not None and not _compiled(pattern).fullmatch(value):
        words = _WORDS_OF_PATTERN.get(pattern) if service == "iam" else None
        if words is not None:
            yield f"{_IN_WORDS}{path} is invalid. {words}"
        else:
            yield _broken(service, value, path, f"satisfy regular expression pattern: {pattern}")
    if "enum" in shape and value not in cast("list[str]", shape["enum"]):
        yield _broken(service, value, path, "satisfy enum value set")


def _text_constraints(shape: Shape) -> str:
    """All that AWS's model asks of the members of a list of strings; an answer names them together."""
    constraints = []
    if "max" in shape:
        constraints.append(f"have length less than or equal to {shape['max']}")
    if "min" in shape:
        constraints.append(f"have length greater than or equal to {shape['min']}")
    if "pattern" in shape:
        constraints.append(f"satisfy regular expression pattern: {shape['pattern']}")
    if "enum" in shape:
        constraints.append("satisfy enum value set")
    return ", ".join(f"Member must {constraint}" for constraint in [*constraints, "not be null"])


def _bounds(service: str, shape: Shape, size: int, value: object, path: str, measure: str) -> Iterator[str]:
    minimum, maximum = cast("int | None", shape.get("min")), cast("int | None", shape.get("max"))
    if minimum is not None and size < minimum:
        yield _broken(service, value, path, f"have {measure} greater than or equal to {minimum}")
    if maximum is not None and size > maximum:
        yield _broken(service, value, path, f"have {measure} less than or equal to {maximum}")


def _broken(service: str, value: object, path: str, constraint: str) -> str:
    return f"{_value_at(service, value, path)} failed to satisfy constraint: Member must {constraint}"


def _value_at(service: str, value: object, path: str) -> str:
    # IAM no longer repeats the value (recorded 2024 and later); STS does.
    if service == "iam":
        return f"Value at '{path}'"
    return f"Value null at '{path}'" if value is None else f"Value '{_shown(value)}' at '{path}'"


def _shown(value: object) -> str:
    return f"[{', '.join(map(str, value))}]" if isinstance(value, list) else str(value)


@lru_cache(maxsize=64)
def _compiled(pattern: str) -> re.Pattern[str]:
    """A pattern of the model, which is one of Java's: its letters, numbers and spaces of Unicode are classes here."""
    if r"\p{" not in pattern:
        return re.compile(pattern, re.ASCII)
    # \w is letters, numbers and the underscore; every pattern that asks for \p{L} and \p{N} allows all three.
    assert r"\p{L}\p{Z}\p{N}_" in pattern, pattern
    return re.compile(
        pattern.replace(r"\p{L}\p{Z}\p{N}_", r"\w \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000")
    )


_PATTERN_CONTRADICTED = {"AttachmentName"}
"""Shapes whose documentation allows what their pattern does not: wildcards, in the names of PolicyExclusionList."""


@lru_cache(maxsize=4096)
def _shape(service: str, name: str) -> Shape:
    shape = cast("Mapping[str, Shape]", _model(service)["shapes"])[name]
    if name in _PATTERN_CONTRADICTED:
        return {constraint: value for constraint, value in shape.items() if constraint != "pattern"}
    return shape


@lru_cache(maxsize=4)
def _model(service: str) -> Mapping[str, object]:
    return cast("Mapping[str, object]", shared_loader().load_service_model(service, "service-2"))
