"""Who else uses an entity that passrole made: what stands in the way of its deletion."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from passrole.account.snapshot import (
    GroupState,
    InstanceProfileState,
    ManagedPolicyState,
    RoleState,
    Unreadable,
    UserState,
)
from passrole.provision import addresses
from passrole.provision.addresses import Address
from passrole.provision.changes import Change, Mark
from passrole.provision.observe import EntityState
from passrole.provision.operations import Effect
from passrole.provision.plan_documents import counted, merge_document
from passrole.provision.planning import Planning


def who_else(planning: Planning, entity: Address, state: EntityState, earlier: Iterable[Change]) -> tuple[str, ...]:
    """What of others is on the entity once the `earlier` changes of the plan are made; what cannot be seen counts.

    IAM itself refuses to delete what still holds something it knows and passrole does not read (a password, an MFA
    device); apply leaves the entity then, too.
    """
    calls = [call for each in earlier for call in each.calls if call.row.effect is Effect.REMOVES]
    gone = frozenset(call.address for call in calls)
    gone_keys = frozenset(str(call.parameters.get("AccessKeyId")) for call in calls)
    return tuple(_others(planning, entity, state, gone, gone_keys))


def _others(
    planning: Planning, entity: Address, state: EntityState, gone: frozenset[Address], gone_keys: frozenset[str]
) -> Iterator[str]:
    match state:
        case UserState():
            yield from _policies(entity, state, gone)
            yield from _listed("it is in the group", state.group_names)
            keys = state.access_key_ids
            yield from _listed("access key", keys if isinstance(keys, Unreadable) else _without(keys, gone_keys))
        case RoleState():
            yield from _policies(entity, state, gone)
            profiles = state.instance_profile_names
            yield from _listed(
                "it is in the instance profile",
                profiles
                if isinstance(profiles, Unreadable)
                else [p for p in profiles if addresses.instance_profile(p).profile_role(entity.name) not in gone],
            )
            yield from _statements(planning, entity.trust_policy(), state.trust_policy, "its trust policy holds")
        case InstanceProfileState():
            roles = [each for each in state.role_names if entity.profile_role(each) not in gone]
            yield from _listed("it holds the role", roles)
        case ManagedPolicyState():
            holders = planning.observation.policy_holders.get(entity, ())
            yield from _listed(
                "it is attached to",
                holders if isinstance(holders, Unreadable) else [h for h in holders if _holds(h, state.arn, gone)],
            )
            yield from _statements(planning, entity, state.document, "its document holds")
        case GroupState():
            yield "passrole makes no groups"


def _holds(holder: str, arn: str, gone: frozenset[Address]) -> bool:
    return addresses.parse_address(holder).attached_policy(arn) not in gone


def _policies(entity: Address, state: UserState | RoleState, gone: frozenset[Address]) -> Iterator[str]:
    inline, attached = state.inline_policies, state.attached_policy_arns
    yield from _listed(
        "inline policy",
        inline if isinstance(inline, Unreadable) else [n for n in inline if entity.inline_policy(n) not in gone],
    )
    yield from _listed(
        "attached policy",
        attached
        if isinstance(attached, Unreadable)
        else [arn for arn in attached if entity.attached_policy(arn) not in gone],
    )


def _statements(planning: Planning, address: Address, document: str, words: str) -> Iterator[str]:
    merged = merge_document(planning, address, document, ())
    others = len(merged.bodies(Mark.OTHERS))
    if merged.conflict is not None:
        yield merged.conflict
    elif others:
        yield f"{words} {counted(others)} that passrole's journal does not know as its own"


def _listed(what: str, names: Iterable[str] | Unreadable) -> Iterator[str]:
    if isinstance(names, Unreadable):
        yield f"what else is on it may not be read: {names.action} is denied"
        return
    for name in names:
        yield f"{what} `{name}`"


def _without(names: Iterable[str], gone: frozenset[str]) -> list[str]:
    return [name for name in names if name not in gone]
