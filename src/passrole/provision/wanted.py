"""What several set-ups together want of each entity, and which of them wants which part.

Two set-ups may put policies on one user, or use one role: their wishes are joined before anything is planned.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from passrole.errors import UsageError
from passrole.provision import addresses
from passrole.provision.addresses import Address
from passrole.recipes.desired import (
    DesiredGroup,
    DesiredInstanceProfile,
    DesiredManagedPolicy,
    DesiredRole,
    DesiredState,
    DesiredUser,
    Json,
    RenderedPolicy,
)

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class WantedStatement:
    body: Mapping[str, Json]
    reason: str
    set_up: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """One entity as the set-ups `set_ups` (labels) want it. Attached policies by ARN, with who wants each."""

    address: Address
    set_ups: tuple[str, ...]
    recipe: str
    reason: str
    path: str | None = None
    """None where the entity must exist already, at whatever path."""
    must_exist: bool = False
    trust: tuple[WantedStatement, ...] | None = None
    document: tuple[WantedStatement, ...] | None = None
    """The document of a managed policy."""
    inline: Mapping[str, tuple[WantedStatement, ...]] = field(default_factory=dict)
    attached: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    key_set_ups: tuple[str, ...] = ()
    """Labels of the set-ups that want an access key for this user."""
    profile_role: str | None = None
    description: str | None = None
    max_session_seconds: int | None = None


def join_desired(states: Sequence[DesiredState]) -> tuple[Wanted, ...]:
    """Every wanted entity once, in the order in which they can be made: what is attached first, profiles last.

    Raises UsageError when two set-ups want the same entity differently, or share a label.
    """
    labels = [state.label for state in states]
    twice = next((label for label in labels if labels.count(label) > 1), None)
    if twice is not None:
        raise UsageError(f"two set-ups are called `{twice}`", help="give one of them another name: --label NAME")
    joined: dict[Address, Wanted] = {}
    for wanted in sorted(_all_wanted(states), key=lambda each: _ORDER.index(each.address.kind)):
        before = joined.get(wanted.address)
        joined[wanted.address] = wanted if before is None else _join(before, wanted)
    return tuple(joined.values())


_ORDER = (
    addresses.Kind.MANAGED_POLICY,
    addresses.Kind.USER,
    addresses.Kind.GROUP,
    addresses.Kind.ROLE,
    addresses.Kind.INSTANCE_PROFILE,
)


def _all_wanted(states: Sequence[DesiredState]) -> Iterable[Wanted]:
    for state in states:
        yield from (_managed_policy(each, state) for each in state.managed_policies)
        yield from (_user(each, state) for each in state.users)
        yield from (_group(each, state) for each in state.groups)
        yield from (_role(each, state) for each in state.roles)
        yield from (_instance_profile(each, state) for each in state.instance_profiles)


def _join(first: Wanted, second: Wanted) -> Wanted:
    for attribute in ("path", "profile_role", "description", "max_session_seconds"):
        one, other = getattr(first, attribute), getattr(second, attribute)
        if None not in (one, other) and one != other:
            raise UsageError(
                f"{_listed(first.set_ups)} and {_listed(second.set_ups)} want `{first.address}` differently",
                causes=(f"{attribute.replace('_', ' ')}: `{one}` and `{other}`",),
                help="give them the same parameters, or different names",
            )
    return replace(
        first,
        set_ups=_union(first.set_ups, second.set_ups),
        path=first.path or second.path,
        must_exist=first.must_exist and second.must_exist,
        trust=_chain(first.trust, second.trust),
        document=_chain(first.document, second.document),
        inline=_merge(first.inline, second.inline),
        attached=_merge(first.attached, second.attached),
        key_set_ups=_union(first.key_set_ups, second.key_set_ups),
        profile_role=first.profile_role or second.profile_role,
        description=first.description or second.description,
        max_session_seconds=first.max_session_seconds or second.max_session_seconds,
    )


def _user(each: DesiredUser, state: DesiredState) -> Wanted:
    return Wanted(
        addresses.user(each.name),
        (state.label,),
        state.recipe,
        each.reason,
        path=each.path,
        inline=_inline(each.inline_policies, state),
        attached=_attached(each.attached_policy_arns, state),
        key_set_ups=(state.label,) if each.access_key else (),
    )


def _group(each: DesiredGroup, state: DesiredState) -> Wanted:
    return Wanted(
        addresses.group(each.name),
        (state.label,),
        state.recipe,
        each.reason,
        must_exist=True,
        inline=_inline(each.inline_policies, state),
        attached=_attached(each.attached_policy_arns, state),
    )


def _role(each: DesiredRole, state: DesiredState) -> Wanted:
    return Wanted(
        addresses.role(each.name),
        (state.label,),
        state.recipe,
        each.reason,
        path=None if each.trust_policy is None else each.path,
        must_exist=each.trust_policy is None,
        trust=None if each.trust_policy is None else _statements(each.trust_policy, state),
        inline=_inline(each.inline_policies, state),
        attached=_attached(each.attached_policy_arns, state),
        description=each.description,
        max_session_seconds=each.max_session_seconds,
    )


def _managed_policy(each: DesiredManagedPolicy, state: DesiredState) -> Wanted:
    return Wanted(
        addresses.managed_policy(each.arn(state.partition, state.account_id)),
        (state.label,),
        state.recipe,
        each.reason,
        path=each.path,
        document=_statements(each.policy, state),
        description=each.description,
    )


def _instance_profile(each: DesiredInstanceProfile, state: DesiredState) -> Wanted:
    return Wanted(
        addresses.instance_profile(each.name),
        (state.label,),
        state.recipe,
        each.reason,
        path=each.path,
        profile_role=each.role_name,
    )


def _statements(policy: RenderedPolicy, state: DesiredState) -> tuple[WantedStatement, ...]:
    return tuple(WantedStatement(each.body, each.reason, state.label) for each in policy.statements)


def _inline(policies: Mapping[str, RenderedPolicy], state: DesiredState) -> dict[str, tuple[WantedStatement, ...]]:
    return {name: _statements(policy, state) for name, policy in policies.items()}


def _attached(arns: Iterable[str], state: DesiredState) -> dict[str, tuple[str, ...]]:
    return dict.fromkeys(arns, (state.label,))


def _union(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    return first + tuple(each for each in second if each not in first)


def _chain(
    first: tuple[WantedStatement, ...] | None, second: tuple[WantedStatement, ...] | None
) -> tuple[WantedStatement, ...] | None:
    return None if first is None and second is None else (first or ()) + (second or ())


def _merge(first: Mapping[str, tuple[_T, ...]], second: Mapping[str, tuple[_T, ...]]) -> dict[str, tuple[_T, ...]]:
    keys = list(first) + [key for key in second if key not in first]
    return {key: first.get(key, ()) + second.get(key, ()) for key in keys}


def _listed(labels: tuple[str, ...]) -> str:
    return ", ".join(f"`{label}`" for label in labels)
