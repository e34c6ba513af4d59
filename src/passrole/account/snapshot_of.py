"""The account's rows as a snapshot: all of them, or what concerns one user or role."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from passrole.account import entities
from passrole.account.context import AccountView
from passrole.account.entities import Entity, Kind
from passrole.account.key_store import key_ids_of_users
from passrole.account.managed import default_document, find_policy, versions_of
from passrole.account.membership import group_names_of_users, groups_of
from passrole.account.organization_store import find_organization
from passrole.account.policy_store import (
    attached_arns,
    attached_arns_of_many,
    inline_documents,
    inline_documents_of_many,
)
from passrole.account.profile_store import profiles_of_roles, roles_in_profiles
from passrole.account.role_store import Role, role_of, roles_of
from passrole.account.snapshot import (
    AccountSnapshot,
    GroupState,
    InstanceProfileState,
    ManagedPolicyState,
    RoleState,
    UserState,
)
from passrole.account.store import AccountStore
from passrole.account.tag_store import tags_of, tags_of_many

BATCH = 1000
"""Entities read at once; a statement has room for 32,766 values."""


def snapshot_of(store: AccountStore, account_id: str | None = None) -> AccountSnapshot:
    """Everything in an account as one transaction sees it; of AWS's managed policies those that are in use."""
    with store.reading() as connection:
        view = store.view(connection, account_id)
        organization = find_organization(connection)
        levels = () if organization is None else organization.scp_documents(view.account_id)
        whole = AccountSnapshot(view.account_id, view.partition, organization_policies=levels)
        for users in _batches(view, Kind.USER):
            whole = _joined(whole, _snapshot(view, users=users))
        for groups in _batches(view, Kind.GROUP):
            whole = _joined(whole, _snapshot(view, groups=groups))
        for roles in _batches(view, Kind.ROLE):
            whole = _joined(whole, _snapshot(view, roles=roles))
        for profiles in _batches(view, Kind.INSTANCE_PROFILE):
            whole = _joined(whole, _snapshot(view, profiles=profiles))
        for policies in _batches(view, Kind.POLICY):
            whole = _joined(whole, _snapshot(view, policies=[policy.arn for policy in policies]))
    return whole


def snapshot_for(view: AccountView, entity: Entity) -> AccountSnapshot:
    """As much of the account as decides what one user or role may do: its policies, not its tags, keys and profiles."""
    connection = view.connection
    groups = groups_of(connection, entity) if entity.kind is Kind.USER else []
    holders = [entity, *groups]
    held = _Held(
        inline={holder.id: inline_documents(connection, holder.id) for holder in holders},
        attached={holder.id: attached_arns(connection, holder.id) for holder in holders},
    )
    snapshot = AccountSnapshot(
        account_id=view.account_id,
        partition=view.partition,
        groups={group.name: _group_state(group, held) for group in groups},
        managed_policies=_managed(view, holders, held),
    )
    if entity.kind is Kind.USER:
        state = _user_state(entity, tuple(group.name for group in groups), held)
        return replace(snapshot, users={entity.name: state})
    assert entity.kind is Kind.ROLE, entity
    return replace(snapshot, roles={entity.name: _role_state(role_of(connection, entity), (), held)})


def _snapshot(
    view: AccountView,
    *,
    users: Sequence[Entity] = (),
    groups: Sequence[Entity] = (),
    roles: Sequence[Entity] = (),
    profiles: Sequence[Entity] = (),
    policies: Iterable[str] = (),
) -> AccountSnapshot:
    holders = [*users, *groups, *roles]
    ids = [holder.id for holder in holders]
    held = _Held(
        inline_documents_of_many(view.connection, ids),
        attached_arns_of_many(view.connection, ids),
        tags_of_many(view.connection, [*ids, *(profile.id for profile in profiles)]),
        key_ids_of_users(view.connection, [user.id for user in users]),
    )
    return AccountSnapshot(
        account_id=view.account_id,
        partition=view.partition,
        users={state.name: state for state in _user_states(view, users, held)},
        groups={group.name: _group_state(group, held) for group in groups},
        roles={state.name: state for state in _role_states(view, roles, held)},
        instance_profiles={state.name: state for state in _profile_states(view, profiles, held)},
        managed_policies=_managed(view, holders, held, policies),
    )


@dataclass(frozen=True, slots=True)
class _Held:
    """What entities hold, by unique id."""

    inline: Mapping[str, Mapping[str, str]]
    attached: Mapping[str, tuple[str, ...]]
    tags: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def _managed(
    view: AccountView, holders: Iterable[Entity], held: _Held, policies: Iterable[str] = ()
) -> dict[str, ManagedPolicyState]:
    """What is attached, what is a boundary, and `policies`, by ARN."""
    arns = {*policies}
    arns |= {arn for holder_arns in held.attached.values() for arn in holder_arns}
    arns |= {holder.boundary_arn for holder in holders if holder.boundary_arn is not None}
    return {arn: state for arn in sorted(arns) if (state := _policy_state(view, arn)) is not None}


def _group_state(group: Entity, held: _Held) -> GroupState:
    return GroupState(
        name=group.name,
        path=group.path,
        arn=group.arn,
        group_id=group.id,
        inline_policies=held.inline.get(group.id, {}),
        attached_policy_arns=held.attached.get(group.id, ()),
    )


def _user_states(view: AccountView, users: Sequence[Entity], held: _Held) -> list[UserState]:
    groups = group_names_of_users(view.connection, [user.id for user in users])
    return [_user_state(user, groups.get(user.id, ()), held) for user in users]


def _user_state(user: Entity, group_names: tuple[str, ...], held: _Held) -> UserState:
    return UserState(
        name=user.name,
        path=user.path,
        arn=user.arn,
        user_id=user.id,
        inline_policies=held.inline.get(user.id, {}),
        attached_policy_arns=held.attached.get(user.id, ()),
        group_names=group_names,
        boundary_arn=user.boundary_arn,
        tags=held.tags.get(user.id, {}),
        access_key_ids=held.keys.get(user.id, ()),
    )


def _role_states(view: AccountView, roles: Sequence[Entity], held: _Held) -> list[RoleState]:
    profiles = profiles_of_roles(view.connection, [role.id for role in roles])
    return [
        _role_state(role, tuple(profile.name for profile in profiles.get(role.entity.id, [])), held)
        for role in roles_of(view.connection, roles)
    ]


def _role_state(role: Role, profile_names: tuple[str, ...], held: _Held) -> RoleState:
    return RoleState(
        name=role.entity.name,
        path=role.entity.path,
        arn=role.entity.arn,
        trust_policy=role.trust_policy,
        role_id=role.entity.id,
        inline_policies=held.inline.get(role.entity.id, {}),
        attached_policy_arns=held.attached.get(role.entity.id, ()),
        boundary_arn=role.entity.boundary_arn,
        tags=held.tags.get(role.entity.id, {}),
        description=role.entity.description,
        max_session_seconds=role.max_session_seconds,
        instance_profile_names=profile_names,
    )


def _profile_states(view: AccountView, profiles: Sequence[Entity], held: _Held) -> list[InstanceProfileState]:
    roles = roles_in_profiles(view.connection, profiles)
    return [
        InstanceProfileState(
            name=profile.name,
            path=profile.path,
            arn=profile.arn,
            role_names=tuple(role.entity.name for role in roles.get(profile.id, [])),
            instance_profile_id=profile.id,
            tags=held.tags.get(profile.id, {}),
        )
        for profile in profiles
    ]


def _policy_state(view: AccountView, arn: str) -> ManagedPolicyState | None:
    policy = find_policy(view, arn)
    if policy is None:
        return None
    if policy.aws is not None:
        version_ids = tuple(version.version_id for version in reversed(policy.aws.versions))
    else:
        version_ids = tuple(version.version_id for version in versions_of(view, policy))
    return ManagedPolicyState(
        arn=policy.arn,
        name=policy.name,
        path=policy.path,
        document=default_document(view, policy),
        default_version_id=policy.default_version_id,
        policy_id=policy.policy_id,
        description=policy.description,
        tags={} if policy.entity is None else tags_of(view.connection, policy.entity.id),
        version_ids=version_ids,
    )


def _batches(view: AccountView, kind: Kind) -> Iterator[list[Entity]]:
    after: str | None = None
    while True:
        batch = entities.list_after(view, kind, path_prefix=None, after=after, limit=BATCH)
        if not batch:
            return
        yield batch
        after = entities.sort_key(batch[-1])


def _joined(whole: AccountSnapshot, part: AccountSnapshot) -> AccountSnapshot:
    return replace(
        whole,
        users={**whole.users, **part.users},
        groups={**whole.groups, **part.groups},
        roles={**whole.roles, **part.roles},
        instance_profiles={**whole.instance_profiles, **part.instance_profiles},
        managed_policies={**whole.managed_policies, **part.managed_policies},
    )
