"""Planning: the difference of what set-ups want and what an account has, as a value. Nothing is read or written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from passrole.account.snapshot import InstanceProfileState, ManagedPolicyState, Unreadable, UserState
from passrole.provision.addresses import Address, Kind
from passrole.provision.changes import Action, Change, Plan, PlanKind, SetUp
from passrole.provision.fingerprint import fingerprints
from passrole.provision.guards import refuse_other_account, refuse_retired
from passrole.provision.journal import Journal
from passrole.provision.observe import Observation
from passrole.provision.plan_entities import plan_missing, plan_present
from passrole.provision.plan_holders import plan_parts, quota_warnings
from passrole.provision.plan_keys import SavedKeys, plan_access_key
from passrole.provision.plan_profiles import plan_profile_role
from passrole.provision.planning import Planning, blocked_by
from passrole.provision.release import release
from passrole.provision.wanted import Wanted, join_desired
from passrole.recipes.desired import DesiredState


def make_plan(
    desired: DesiredState | Sequence[DesiredState],
    observation: Observation,
    journal: Journal,
    *,
    exclusive: bool = False,
    saved_keys: SavedKeys | None = None,
) -> Plan:
    """What has to be done so that the account has what the set-ups want.

    `observation` must be of `addressed_by(desired, journal.records)`; `saved_keys` are those of the SecretStore.
    With `exclusive`, statements that passrole did not make leave the set-ups' documents, and policies that it did
    not attach leave the entities that the set-ups define. Raises UsageError when the set-ups contradict each other,
    WrongAccountError when they were rendered for another account, RetiredServiceError on real AWS.
    """
    states = (desired,) if isinstance(desired, DesiredState) else tuple(desired)
    for state in states:
        refuse_other_account(state, observation.identity)
        refuse_retired(state, observation.identity.target)
    labels = frozenset(state.label for state in states)
    planning = Planning(observation, journal.records, labels, exclusive)
    changes: list[Change] = []
    for wanted in join_desired(states):
        changes += _plan_entity(planning, wanted, saved_keys or {}, changes)
    changes += release(planning, changes)
    return assemble("apply", observation, journal, [set_up_of(state) for state in states], changes, exclusive=exclusive)


def assemble(
    kind: PlanKind,
    observation: Observation,
    journal: Journal,
    set_ups: Sequence[SetUp],
    changes: Sequence[Change],
    *,
    exclusive: bool = False,
) -> Plan:
    """The plan of `changes`, with the fingerprints of what they rest on."""
    identity = observation.identity
    return Plan(
        kind=kind,
        account_id=identity.account_id,
        partition=identity.partition,
        target=identity.target,
        set_ups=tuple(set_ups),
        changes=tuple(changes),
        fingerprints=fingerprints(observation, journal.records),
        unread=observation.unread,
        exclusive=exclusive,
    )


def set_up_of(state: DesiredState) -> SetUp:
    return SetUp(state.recipe, state.label, state.variant, state.parameters)


def _plan_entity(planning: Planning, wanted: Wanted, saved_keys: SavedKeys, earlier: Sequence[Change]) -> list[Change]:
    state = planning.state(wanted.address)
    if isinstance(state, Unreadable):
        return [blocked_by(planning, address, state) for address in _addresses(wanted)]
    itself = plan_missing(planning, wanted) if state is None else plan_present(planning, wanted, state)
    if itself.action is Action.BLOCKED:
        return [itself]
    if wanted.address.kind is Kind.MANAGED_POLICY:
        return [itself]
    if wanted.address.kind is Kind.INSTANCE_PROFILE:
        assert state is None or isinstance(state, InstanceProfileState)
        made = frozenset(each.address for each in earlier if each.action is Action.CREATE)
        return [itself, *plan_profile_role(planning, wanted, state, made)]
    assert not isinstance(state, InstanceProfileState | ManagedPolicyState)
    parts = plan_parts(planning, wanted, state)
    itself = replace(itself, warnings=itself.warnings + quota_warnings(wanted, state, parts))
    if wanted.key_set_ups:
        assert state is None or isinstance(state, UserState)
        parts.append(plan_access_key(planning, wanted, state, saved_keys))
    return [itself, *parts]


def _addresses(wanted: Wanted) -> list[Address]:
    """Everything of an entity that the set-ups speak of."""
    entity = wanted.address
    return [
        entity,
        *([entity.trust_policy()] if wanted.trust is not None else []),
        *(entity.inline_policy(name) for name in wanted.inline),
        *(entity.attached_policy(arn) for arn in wanted.attached),
        *([entity.access_key()] if wanted.key_set_ups else []),
        *([entity.profile_role(wanted.profile_role)] if wanted.profile_role is not None else []),
    ]
