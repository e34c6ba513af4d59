"""Reading back after apply, until IAM shows what was written; what nobody outside can see is named instead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from passrole.account.snapshot import (
    GroupState,
    InstanceProfileState,
    ManagedPolicyState,
    RoleState,
    Unreadable,
    UserState,
)
from passrole.errors import PassroleError
from passrole.policy.model import PrincipalKind
from passrole.provision.addressed import Addressed, Reading
from passrole.provision.addresses import Address, Kind, Part
from passrole.provision.changes import ApiCall, Change, Unread
from passrole.provision.clients import ClientFactory
from passrole.provision.documents import parsed_statement, read_document, same_meaning, statements_of
from passrole.provision.identity import Identity
from passrole.provision.observe import EntityState, Observation, observe
from passrole.provision.operations import Effect
from passrole.provision.patience import Sleep

DELAYS_IN_SECONDS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
"""Half a minute in all: AWS gives no bound for how long a change may take to be seen everywhere."""


@dataclass(frozen=True, slots=True)
class ReadBack:
    """`unseen` are addresses where IAM does not yet show what was written; `unread` those that may not be read.

    `unobservable` are sentences on what cannot be observed from outside at all. `failure` is what stopped the
    reading: all had been written then.
    """

    unseen: tuple[Address, ...] = ()
    unread: tuple[Unread, ...] = ()
    unobservable: tuple[str, ...] = ()
    failure: PassroleError | None = None


def read_back(
    clients: ClientFactory,
    identity: Identity,
    changes: Sequence[Change],
    made_keys: Mapping[str, str],
    sleep: Sleep,
) -> ReadBack:
    """Observe until every call of `changes` shows in what IAM answers, or half a minute has passed.

    `made_keys` are the ids of the access keys that apply made, by user name.
    """
    calls = [call for change in changes for call in change.calls]
    addressed = Addressed(
        {
            address: Reading(keys=address.kind is Kind.USER and any(_is_key_call(call, address) for call in calls))
            for address in dict.fromkeys(call.address.entity for call in calls)
        }
    )
    try:
        return _until_seen(clients, identity, addressed, calls, made_keys, sleep)
    except PassroleError as err:
        return ReadBack(unseen=tuple(dict.fromkeys(call.address for call in calls)), failure=err)


def _until_seen(
    clients: ClientFactory,
    identity: Identity,
    addressed: Addressed,
    calls: Sequence[ApiCall],
    made_keys: Mapping[str, str],
    sleep: Sleep,
) -> ReadBack:
    unseen: tuple[Address, ...] = ()
    unread: tuple[Unread, ...] = ()
    deleted = frozenset(call.address for call in calls if call.row.effect is Effect.REMOVES)
    for delay in (*DELAYS_IN_SECONDS, None):
        observation = observe(clients, addressed, identity)
        answers = [(call.address, _shows(call, observation, made_keys, deleted)) for call in calls]
        unseen = tuple(dict.fromkeys(address for address, shown in answers if shown is False))
        unread = tuple(dict.fromkeys(Unread(at, shown) for at, shown in answers if isinstance(shown, Unreadable)))
        if not unseen or delay is None:
            break
        sleep(delay)
    return ReadBack(unseen, unread, tuple(_unobservable(observation, calls)))


def _is_key_call(call: ApiCall, user: Address) -> bool:
    return call.address == user.access_key()


def _shows(
    call: ApiCall, observation: Observation, made_keys: Mapping[str, str], deleted: frozenset[Address]
) -> bool | Unreadable:
    """Whether the observation shows the effect of a call that was made; nothing more is to be seen of `deleted`."""
    state, present = observation.entity(call.address), call.row.effect is not Effect.REMOVES
    if isinstance(state, Unreadable):
        return state
    if state is None:
        return not present or call.address.entity in deleted
    match call.address.part:
        case None:
            return _entity_shows(call, state)
        case Part.TRUST_POLICY:
            document = str(call.parameters["PolicyDocument"])
            return isinstance(state, RoleState) and same_meaning(
                state.trust_policy, document, observation.identity.partition
            )
        case Part.INLINE_POLICY:
            assert isinstance(state, UserState | GroupState | RoleState)
            return _inline_shows(call, state.inline_policies, observation.identity.partition)
        case Part.ATTACHED_POLICY:
            assert isinstance(state, UserState | GroupState | RoleState)
            return _listed(call.address.detail, state.attached_policy_arns, present)
        case Part.ACCESS_KEY:
            assert isinstance(state, UserState)
            key_id = call.parameters.get("AccessKeyId", made_keys.get(state.name))
            return _listed(key_id, state.access_key_ids, present)
        case Part.ROLE:
            assert isinstance(state, InstanceProfileState)
            return _listed(call.address.detail, state.role_names, present)


def _entity_shows(call: ApiCall, state: EntityState) -> bool:
    match call.operation, state:
        case "UpdateRole", RoleState():
            seconds, description = call.parameters["MaxSessionDuration"], call.parameters.get("Description")
            return (state.max_session_seconds, state.description) == (seconds, description)
        case "DeletePolicyVersion", ManagedPolicyState():
            return call.parameters["VersionId"] not in state.version_ids
        case (("CreatePolicy" | "CreatePolicyVersion"), ManagedPolicyState()):
            return same_meaning(state.document, str(call.parameters["PolicyDocument"]), state.arn.split(":")[1])
        case _:
            return call.row.effect is not Effect.REMOVES


def _inline_shows(call: ApiCall, inline: Mapping[str, str] | Unreadable, partition: str) -> bool | Unreadable:
    if isinstance(inline, Unreadable):
        return inline
    text = inline.get(str(call.parameters["PolicyName"]))
    if text is None or call.row.effect is Effect.REMOVES:
        return (text is None) == (call.row.effect is Effect.REMOVES)
    return same_meaning(text, str(call.parameters["PolicyDocument"]), partition)


def _listed(name: object, names: tuple[str, ...] | Unreadable, present: bool) -> bool | Unreadable:
    return names if isinstance(names, Unreadable) else (name in names) == present


def _unobservable(observation: Observation, calls: Sequence[ApiCall]) -> Iterator[str]:
    for address in dict.fromkeys(call.address.entity for call in calls if call.address.kind is Kind.ROLE):
        state = observation.entity(address)
        if not isinstance(state, RoleState):
            continue
        services = _services_only(state.trust_policy)
        if services:
            yield (
                f"whether {' and '.join(f'`{each}`' for each in services)} can assume `{address}` yet: only the "
                "service can try it, and a change may reach it some seconds after IAM shows it"
            )


def _services_only(trust_policy: str) -> tuple[str, ...]:
    """The services that may assume the role, if none but services may; else nothing."""
    document = read_document(trust_policy)
    statements = [parsed_statement(body) for body in statements_of(document)] if isinstance(document, dict) else []
    entries = [
        entry
        for statement in statements
        if statement is not None and statement.principals is not None
        for entry in statement.principals.entries
    ]
    if any(entry.kind is not PrincipalKind.SERVICE for entry in entries):
        return ()
    return tuple(dict.fromkeys(entry.value.text for entry in entries))
