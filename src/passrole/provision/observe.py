"""Observing an account: exactly the addressed entities, through the public API, as an AccountSnapshot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from passrole.account.snapshot import (
    AccountSnapshot,
    GroupState,
    InstanceProfileState,
    ManagedPolicyState,
    RoleState,
    Unreadable,
    UserState,
)
from passrole.provision import addresses
from passrole.provision.addressed import Addressed, Reading
from passrole.provision.addresses import Address, Kind
from passrole.provision.call import call, call_list
from passrole.provision.changes import Unread
from passrole.provision.clients import ClientFactory
from passrole.provision.identity import Identity, identify
from passrole.provision.reading import (
    NOT_ASKED,
    found,
    read_group,
    read_instance_profile,
    read_managed_policy,
    read_policy_holders,
    read_role,
    read_user,
    readable,
)

if TYPE_CHECKING:
    from botocore.client import BaseClient

EntityState: TypeAlias = UserState | GroupState | RoleState | ManagedPolicyState | InstanceProfileState
_State = TypeVar("_State", bound=EntityState)


@dataclass(frozen=True, slots=True)
class NewKey:
    """When an access key was made, and whether it has ever been used."""

    created: datetime
    used: bool | Unreadable


@dataclass(frozen=True, slots=True)
class Observation:
    """What was seen of an account, and what could not be seen."""

    identity: Identity
    addressed: Addressed
    snapshot: AccountSnapshot
    policy_holders: Mapping[Address, tuple[str, ...] | Unreadable] = field(default_factory=dict)
    """Who has a managed policy attached or as boundary, for those that were read deeply."""
    new_keys: Mapping[str, NewKey] = field(default_factory=dict)
    """By id, the access keys that appeared since passrole began to make one whose end it did not see."""

    def entity(self, address: Address) -> EntityState | Unreadable | None:
        """The entity at an address (of the entity or of a part); None when it does not exist."""
        snapshot = self.snapshot
        match address.kind:
            case Kind.USER:
                return snapshot.users.get(address.name)
            case Kind.GROUP:
                return snapshot.groups.get(address.name)
            case Kind.ROLE:
                return snapshot.roles.get(address.name)
            case Kind.INSTANCE_PROFILE:
                return snapshot.instance_profiles.get(address.name)
            case Kind.MANAGED_POLICY:
                arn = addresses.managed_policy_arn(address, snapshot.partition, snapshot.account_id)
                return snapshot.managed_policies.get(arn)

    @property
    def unread(self) -> tuple[Unread, ...]:
        """All that the caller was refused, by address; what no one asked for is not among it."""
        result: list[Unread] = []
        for address in self.addressed.entities:
            state = self.entity(address)
            parts = [state] if isinstance(state, Unreadable) else _unreadable_parts(state)
            holders = self.policy_holders.get(address)
            parts += [holders] if isinstance(holders, Unreadable) else []
            result += [Unread(address, part) for part in parts if part.reason != NOT_ASKED]
        return tuple(result)


def entity_id(state: EntityState) -> str | None:
    """IAM's unique id (AROA…, AIDA…): it tells an entity from another that later got the same name."""
    match state:
        case UserState():
            return state.user_id
        case GroupState():
            return state.group_id
        case RoleState():
            return state.role_id
        case ManagedPolicyState():
            return state.policy_id
        case InstanceProfileState():
            return state.instance_profile_id


def observe(clients: ClientFactory, addressed: Addressed, identity: Identity | None = None) -> Observation:
    """Read what is addressed. Raises what a call raises, except refusals of access, which become Unreadable."""
    identity = identity or identify(clients, with_alias=False)
    iam = clients.client("iam")
    states: dict[Address, EntityState | Unreadable] = {}
    for address, reading in addressed.entities.items():
        state = found(partial(_read, iam, address, reading, identity, addressed.related))
        if state is not None:
            states[address] = state
    policies = {
        addresses.managed_policy_arn(address, identity.partition, identity.account_id): state
        for address, state in _of(ManagedPolicyState, states, Kind.MANAGED_POLICY).items()
    }
    groups = _of(GroupState, states, Kind.GROUP)
    users = _of(UserState, states, Kind.USER)
    roles = _of(RoleState, states, Kind.ROLE)
    if addressed.related:
        groups |= _related_groups(iam, users.values(), groups)
        policies |= _related_policies(iam, [*users.values(), *groups.values(), *roles.values()], policies)
    return Observation(
        identity,
        addressed,
        AccountSnapshot(
            account_id=identity.account_id,
            partition=identity.partition,
            users={address.name: state for address, state in users.items()},
            groups={address.name: state for address, state in groups.items()},
            roles={address.name: state for address, state in roles.items()},
            instance_profiles={
                address.name: state
                for address, state in _of(InstanceProfileState, states, Kind.INSTANCE_PROFILE).items()
            },
            managed_policies=policies,
        ),
        policy_holders={
            address: read_policy_holders(iam, state.arn)
            for address, state in states.items()
            if isinstance(state, ManagedPolicyState) and addressed.entities[address].deep
        },
        new_keys=_new_keys(iam, addressed, states),
    )


def _read(iam: BaseClient, address: Address, reading: Reading, identity: Identity, related: bool) -> EntityState:
    match address.kind:
        case Kind.USER:
            return read_user(iam, address.name, reading, groups=related)
        case Kind.GROUP:
            return read_group(iam, address.name)
        case Kind.ROLE:
            return read_role(iam, address.name, reading)
        case Kind.INSTANCE_PROFILE:
            return read_instance_profile(iam, address.name)
        case Kind.MANAGED_POLICY:
            arn = addresses.managed_policy_arn(address, identity.partition, identity.account_id)
            return read_managed_policy(iam, arn, versions=True)


def _of(
    type_: type[_State], states: Mapping[Address, EntityState | Unreadable], kind: Kind
) -> dict[Address, _State | Unreadable]:
    return {
        address: state
        for address, state in states.items()
        if address.kind is kind and isinstance(state, type_ | Unreadable)
    }


def _related_groups(
    iam: BaseClient,
    users: Iterable[UserState | Unreadable],
    known: Mapping[Address, GroupState | Unreadable],
) -> dict[Address, GroupState | Unreadable]:
    names = [name for user in users if isinstance(user, UserState) for name in seen_names(user.group_names)]
    groups: dict[Address, GroupState | Unreadable] = {}
    for address in dict.fromkeys(addresses.group(name) for name in names):
        state = None if address in known else found(partial(read_group, iam, address.name))
        if state is not None:
            groups[address] = state
    return groups


def _related_policies(
    iam: BaseClient,
    holders: Iterable[UserState | GroupState | RoleState | Unreadable],
    known: Mapping[str, ManagedPolicyState | Unreadable],
) -> dict[str, ManagedPolicyState | Unreadable]:
    arns: list[str] = []
    for holder in holders:
        if isinstance(holder, Unreadable):
            continue
        arns += seen_names(holder.attached_policy_arns)
        if not isinstance(holder, GroupState) and holder.boundary_arn is not None:
            arns.append(holder.boundary_arn)
    policies: dict[str, ManagedPolicyState | Unreadable] = {}
    for arn in dict.fromkeys(arns):
        state = None if arn in known else found(partial(read_managed_policy, iam, arn, versions=False))
        if state is not None:
            policies[arn] = state
    return policies


def _new_keys(
    iam: BaseClient, addressed: Addressed, states: Mapping[Address, EntityState | Unreadable]
) -> dict[str, NewKey]:
    result: dict[str, NewKey] = {}
    for address, reading in addressed.entities.items():
        state = states.get(address)
        if reading.keys_before is None or not isinstance(state, UserState) or not seen_names(state.access_key_ids):
            continue
        for key in call_list(iam, "ListAccessKeys", {"UserName": address.name}, "AccessKeyMetadata"):
            key_id = str(key["AccessKeyId"])
            if key_id not in reading.keys_before:
                result[key_id] = NewKey(key["CreateDate"], readable(partial(_was_used, iam, key_id)))
    return result


def _was_used(iam: BaseClient, key_id: str) -> bool:
    """IAM gives no date for a key that nobody has used."""
    return "LastUsedDate" in call(iam, "GetAccessKeyLastUsed", {"AccessKeyId": key_id})["AccessKeyLastUsed"]


def seen_names(names: tuple[str, ...] | Unreadable) -> tuple[str, ...]:
    """The names that could be read: none of what is unreadable."""
    return () if isinstance(names, Unreadable) else names


def _unreadable_parts(state: EntityState | None) -> list[Unreadable]:
    if state is None:
        return []
    return [part for each in fields(state) if isinstance(part := getattr(state, each.name), Unreadable)]
