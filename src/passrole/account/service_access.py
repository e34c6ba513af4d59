"""Which services the permissions policies of somebody let them use at all, by service prefix.

Source: IAM User Guide, "Refine permissions in AWS using last accessed information"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html>: only permissions policies count,
no boundaries, organizations or resource-based policies.
"""

from __future__ import annotations

from collections.abc import Iterable

from passrole.catalog.actions import is_known_service, known_services
from passrole.catalog.wildcards import matches
from passrole.policy.model import ActionElement, Effect, Policy, Statement


def services_of(policies: Iterable[Policy]) -> tuple[str, ...]:
    """In order. A service counts when an Allow names an action of it, unless a Deny takes the whole service away."""
    allowed: set[str] = set()
    denied: set[str] = set()
    for policy in policies:
        for statement in policy.statements:
            if statement.effect is Effect.ALLOW:
                allowed |= _named(statement.actions)
            elif _is_of_everything(statement):
                denied |= _whole(statement.actions)
    return tuple(sorted(allowed - denied))


def _named(actions: ActionElement) -> set[str]:
    if actions.negated:
        return set(known_services()) - _whole(actions)
    prefixes = {value.text.lower().partition(":")[0] for value in actions.patterns}
    wild = {prefix for prefix in prefixes if set("*?") & set(prefix)}
    named = {prefix for prefix in prefixes - wild if is_known_service(prefix)}
    return named | {service for service in known_services() if any(matches(prefix, service) for prefix in wild)}


def _whole(actions: ActionElement) -> set[str]:
    """The services of which all actions are listed."""
    patterns = [value.text.lower() for value in actions.patterns]
    if "*" in patterns or "*:*" in patterns:
        return set(known_services())
    return {pattern.removesuffix(":*") for pattern in patterns if pattern.endswith(":*")}


def _is_of_everything(statement: Statement) -> bool:
    resources = statement.resources
    everywhere = resources is not None and not resources.negated and any(one.text == "*" for one in resources.patterns)
    return everywhere and not statement.conditions and not statement.actions.negated
