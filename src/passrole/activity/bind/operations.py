"""What AWS's API models say of an operation's input, as far as bindings need it; read when first asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botocore.loaders import Loader


class Kind(Enum):
    """The kind of a top-level input member."""

    TEXT = "text"
    TEXTS = "list of texts"
    TAGS = "tags"
    """A list of key and value, or a map of text to text whose name says that it holds tags."""
    TAG_SPECIFICATIONS = "tag specifications"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Operation:
    """`outputs` are the names of what the answer says, one level deep, in lower case without signs."""

    service: str
    name: str
    prefix: str | None
    """Of its actions in IAM; None when AWS publishes none for the service."""
    members: Mapping[str, Kind]
    required: frozenset[str]
    outputs: frozenset[str]
    signed: bool
    """False where the model says that a call carries no signature."""
    method: str
    uri: str
    """With placeholders, and a query of the operation's own."""
    in_path: Mapping[str, str]
    """The member that fills each placeholder."""


# Services whose signing name is not the prefix of their actions.
# Source: Service Authorization Reference, one page a service.
_PREFIXES = {
    "iot-data": "iot",
    "iot-jobs-data": "iotjobsdata",
    "iotsecuretunneling": "iot",
    "mturk": "mechanicalturk",
    "resourcegroupstaggingapi": "tag",
    "cloudcontrol": "cloudformation",
    "cloudwatch": "cloudwatch",
    "partnercentral-account": "partnercentral",
    "partnercentral-benefits": "partnercentral",
    "partnercentral-channel": "partnercentral",
    "partnercentral-selling": "partnercentral",
    "iam-toolbox": "iam",
}


@cache
def services() -> tuple[str, ...]:
    """Every service that botocore has a model of."""
    return tuple(sorted(_loader().list_available_services("service-2")))


@cache
def operations_of(service: str) -> Mapping[str, Operation]:
    """By name; empty for a service that botocore does not know. Reading a model takes up to some tenths of a second."""
    if service not in services():
        return {}
    model = _loader().load_service_model(service, "service-2")
    prefix = _prefix(service, model["metadata"])
    return {name: _operation(service, name, prefix, model) for name in model["operations"]}


@cache
def carries_tags(service: str, operation: str) -> bool:
    """Whether the input has a member, however deep, that could hold tags or their keys."""
    model = _loader().load_service_model(service, "service-2")
    entry = model["operations"][operation]
    todo = [entry["input"]["shape"]] if "input" in entry else []
    seen: set[str] = set()
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        shape = model["shapes"][name]
        members = shape.get("members", {})
        if any("tag" in member.lower() for member in members):
            return True
        inner = [*members.values(), *(shape[side] for side in ("member", "key", "value") if side in shape)]
        todo += [each["shape"] for each in inner]
    return False


def plain(name: str) -> str:
    """A name without case and signs, as names of the same thing are compared: `Queue-Name` and `queueName`."""
    return "".join(letter for letter in name.lower() if letter.isalnum())


@cache
def _loader() -> Loader:
    from botocore.loaders import Loader

    return Loader()


def _prefix(service: str, metadata: Mapping[str, Any]) -> str | None:
    from passrole.catalog.actions import is_known_service

    candidates = (_PREFIXES.get(service), metadata.get("signingName"), metadata["endpointPrefix"], service)
    return next((each.lower() for each in candidates if each and is_known_service(each)), None)


def _operation(service: str, name: str, prefix: str | None, model: Mapping[str, Any]) -> Operation:
    entry = model["operations"][name]
    shapes = model["shapes"]
    shape = shapes[entry["input"]["shape"]] if "input" in entry else {"members": {}}
    return Operation(
        service,
        name,
        prefix,
        {member: _kind(member, shapes[ref["shape"]], shapes) for member, ref in shape["members"].items()},
        frozenset(shape.get("required", ())),
        _outputs(entry, shapes),
        entry.get("authtype") != "none" and entry.get("auth") != ["smithy.api#noAuth"],
        entry["http"]["method"],
        entry["http"]["requestUri"],
        {
            ref.get("locationName", member): member
            for member, ref in shape["members"].items()
            if ref.get("location") == "uri"
        },
    )


def _kind(member: str, shape: Mapping[str, Any], shapes: Mapping[str, Any]) -> Kind:
    if shape["type"] == "string":
        return Kind.TEXT
    if shape["type"] == "map":
        text = all(shapes[shape[side]["shape"]]["type"] == "string" for side in ("key", "value"))
        return Kind.TAGS if text and "tag" in member.lower() else Kind.OTHER
    if shape["type"] != "list":
        return Kind.OTHER
    each = shapes[shape["member"]["shape"]]
    if each["type"] == "string":
        return Kind.TEXTS
    names = {plain(name) for name in each.get("members", ())}
    if member == "TagSpecifications":
        return Kind.TAG_SPECIFICATIONS
    if names in ({"key", "value"}, {"tagkey", "tagvalue"}) and "tag" in member.lower():
        return Kind.TAGS
    return Kind.OTHER


def _outputs(entry: Mapping[str, Any], shapes: Mapping[str, Any]) -> frozenset[str]:
    if "output" not in entry:
        return frozenset()
    names: set[str] = set()
    for member, ref in shapes[entry["output"]["shape"]].get("members", {}).items():
        names.add(plain(member))
        inner = shapes[ref["shape"]]
        if inner["type"] == "list":
            inner = shapes[inner["member"]["shape"]]
        names.update(plain(each) for each in inner.get("members", ()))
    return frozenset(names)
