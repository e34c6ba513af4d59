"""Giving back what set-ups put into an account: exactly what the journal and the tags say is theirs, and no more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from passrole.account.snapshot import (
    GroupState,
    InstanceProfileState,
    ManagedPolicyState,
    RoleState,
    Unreadable,
    UserState,
)
from passrole.provision.addresses import Address, Kind, Part
from passrole.provision.changes import Action, ApiCall, Change
from passrole.provision.observe import EntityState, entity_id
from passrole.provision.plan_documents import merge_document, new_version_calls, version_number
from passrole.provision.planning import Planning, blocked_by, change
from passrole.provision.record import Record
from passrole.provision.release_parts import release_part, release_trust_policy
from passrole.provision.who_else import who_else

_ORDER = (Kind.INSTANCE_PROFILE, Kind.USER, Kind.ROLE, Kind.GROUP, Kind.MANAGED_POLICY)
"""Each entity before what it holds: a role leaves its instance profiles, a policy is attached to nothing."""

_PART_ORDER = (Part.ROLE, Part.ACCESS_KEY, Part.ATTACHED_POLICY, Part.INLINE_POLICY)


def release(planning: Planning, planned: Iterable[Change] = ()) -> list[Change]:
    """The changes that remove what the set-ups put there earlier and `planned` no longer speaks of."""
    changes = list(planned)
    spoken_of = {each.address for each in changes}
    # Where nothing could be planned for an entity, nothing is known of what is wanted of its parts either.
    blocked = {each.address for each in changes if each.action is Action.BLOCKED and each.address.part is None}
    released = [
        address
        for address, record in planning.records.items()
        if not planning.labels.isdisjoint(record.set_ups) and address not in spoken_of and address.entity not in blocked
    ]
    start = len(changes)
    for entity in sorted({address.entity for address in released}, key=lambda each: _ORDER.index(each.kind)):
        parts = [address for address in released if address.entity == entity and address.part is not None]
        changes += _release_entity(planning, entity, parts, changes, wanted=entity in spoken_of)
    return changes[start:]


def _release_entity(
    planning: Planning, entity: Address, parts: list[Address], earlier: list[Change], *, wanted: bool
) -> list[Change]:
    state = planning.state(entity)
    all_of_it = parts if wanted else [*parts, entity]
    if state is None:
        return [change(planning, each, Action.NO_CHANGE, "is gone already", after_record=None) for each in all_of_it]
    if isinstance(state, Unreadable):
        return [blocked_by(planning, each, state) for each in all_of_it]
    changes: list[Change] = []
    current = [each for each in all_of_it if planning.record(each) is not None]
    for stale in all_of_it:
        if stale not in current:
            reason = "passrole's was deleted, and another of the same name has been made since"
            changes.append(change(planning, stale, Action.KEEP, reason, after_record=None))
    for part in _PART_ORDER:
        changes += (release_part(planning, each, state) for each in current if each.part is part)
    trust = entity.trust_policy()
    if entity in current:
        change_of_entity = _release_itself(planning, entity, state, [*earlier, *changes])
        changes.append(change_of_entity)
        if change_of_entity.action is Action.DELETE:
            gone = change(planning, trust, Action.DELETE, "goes with the role", after_record=None)
            return [*changes, gone] if trust in planning.records else changes
    if trust in current and isinstance(state, RoleState):
        changes.append(release_trust_policy(planning, trust, state))
    return changes


def _release_itself(planning: Planning, entity: Address, state: EntityState, earlier: list[Change]) -> Change:
    record = planning.record(entity)
    assert record is not None, "only what the journal or a tag claims is released"
    others = planning.kept_labels(record)
    if others:
        labels = ", ".join(f"`{label}`" for label in others)
        kept = replace(record.without_set_ups(planning.labels), pending=False)
        return change(planning, entity, Action.KEEP, f"the set-up {labels} needs it", after_record=kept)
    if not planning.made_by_passrole(entity):
        return _keep(planning, entity, state, "it was there before passrole came: it stays", None)
    hindrances = who_else(planning, entity, state, earlier)
    if hindrances:
        # The record stays, so that a later destroy deletes it when the others have gone.
        reason = f"passrole made it, but others use it now, so it stays: {'; '.join(hindrances)}"
        return _keep(planning, entity, state, reason, replace(record, entity_id=entity_id(state), pending=False))
    return change(
        planning,
        entity,
        Action.DELETE,
        "passrole made it, and nothing of others is on it",
        after_record=None,
        calls=_deletion_calls(state),
    )


def _keep(planning: Planning, entity: Address, state: EntityState, reason: str, after: Record | None) -> Change:
    """The entity stays; out of a managed policy's document go the set-up's statements, if others' remain in it."""
    if isinstance(state, ManagedPolicyState):
        merged = merge_document(planning, entity, state.document, ())
        if merged.changed and merged.after is not None:
            calls, notes = new_version_calls(state, merged.after)
            return change(
                planning,
                entity,
                Action.UPDATE,
                reason,
                after_record=replace(after, statements=()) if after else None,
                calls=calls,
                before=merged.before,
                after=merged.after,
                statements=merged.lines,
                notes=notes,
            )
    return change(planning, entity, Action.KEEP, reason, after_record=after)


def _deletion_calls(state: EntityState) -> tuple[ApiCall, ...]:
    match state:
        case UserState():
            return (ApiCall("DeleteUser", {"UserName": state.name}),)
        case RoleState():
            return (ApiCall("DeleteRole", {"RoleName": state.name}),)
        case InstanceProfileState():
            return (ApiCall("DeleteInstanceProfile", {"InstanceProfileName": state.name}),)
        case ManagedPolicyState():
            # IAM deletes a policy only when its default version is the last one left.
            old = sorted((each for each in state.version_ids if each != state.default_version_id), key=version_number)
            versions = [ApiCall("DeletePolicyVersion", {"PolicyArn": state.arn, "VersionId": each}) for each in old]
            return (*versions, ApiCall("DeletePolicy", {"PolicyArn": state.arn}))
        case GroupState():
            raise AssertionError("a group is never made, so never deleted")
