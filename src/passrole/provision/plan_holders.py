"""Planning what hangs on a user, group or role: its trust policy, inline policies and attached managed policies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from passrole.account.snapshot import GroupState, RoleState, Unreadable, UserState
from passrole.provision.addresses import Address
from passrole.provision.changes import Action, ApiCall, Change
from passrole.provision.plan_documents import POLICY_WORDS, plan_inline_policy, plan_trust_policy
from passrole.provision.plan_entities import plan_first_trust_policy
from passrole.provision.planning import Planning, blocked_by, change
from passrole.provision.quota_warnings import holder_warnings
from passrole.provision.record import Record
from passrole.provision.wanted import Wanted

HolderState = UserState | GroupState | RoleState


def plan_parts(planning: Planning, wanted: Wanted, state: HolderState | None) -> list[Change]:
    """The changes of all parts; `state` None for an entity that this plan makes."""
    changes: list[Change] = []
    if wanted.trust is not None:
        changes.append(
            plan_trust_policy(planning, state, wanted.address.trust_policy(), wanted.trust)
            if isinstance(state, RoleState)
            else plan_first_trust_policy(planning, wanted)
        )
    inline = state.inline_policies if state is not None else {}
    if isinstance(inline, Unreadable):
        changes += (blocked_by(planning, wanted.address.inline_policy(name), inline) for name in wanted.inline)
    else:
        changes += _inline_policies(planning, wanted, inline)
    attached = state.attached_policy_arns if state is not None else ()
    if isinstance(attached, Unreadable):
        changes += (blocked_by(planning, wanted.address.attached_policy(arn), attached) for arn in wanted.attached)
    else:
        changes += _attached_policies(planning, wanted, attached)
    return changes


def quota_warnings(wanted: Wanted, state: HolderState | None, changes: Iterable[Change]) -> tuple[str, ...]:
    """Whether what these changes put on the entity is more than IAM allows; nothing is said of what is unseen."""
    calls = [call for each in changes for call in each.calls]
    inline = dict(_seen(state.inline_policies)) if state is not None else {}
    attached = state.attached_policy_arns if state is not None else ()
    arns = set(() if isinstance(attached, Unreadable) else attached)
    for call in calls:
        if "PolicyDocument" in call.parameters and "PolicyName" in call.parameters:
            inline[str(call.parameters["PolicyName"])] = str(call.parameters["PolicyDocument"])
        elif call.operation.startswith("Attach"):
            arns.add(str(call.parameters["PolicyArn"]))
    return holder_warnings(wanted.address.kind, inline, len(arns)) if calls else ()


def owns_whole(planning: Planning, wanted: Wanted) -> bool:
    """Whether `--exclusive` may take others' policies off the entity: only where the set-up defines the entity.

    A person's user or a group that a set-up merely gives a policy keeps all else that it has.
    """
    return planning.exclusive and (wanted.trust is not None or planning.made_by_passrole(wanted.address))


def _inline_policies(planning: Planning, wanted: Wanted, inline: Mapping[str, str]) -> Iterable[Change]:
    for name, statements in wanted.inline.items():
        yield plan_inline_policy(planning, wanted.address.inline_policy(name), inline, statements)
    for name in inline:
        address = wanted.address.inline_policy(name)
        if name in wanted.inline or _released(planning, address):
            continue
        word = POLICY_WORDS[address.kind]
        call = ApiCall(f"Delete{word}Policy", {f"{word}Name": address.name, "PolicyName": name})
        yield _others(planning, wanted, address, call, Action.DELETE)


def _attached_policies(planning: Planning, wanted: Wanted, attached: tuple[str, ...]) -> Iterable[Change]:
    word = POLICY_WORDS[wanted.address.kind]
    for arn, labels in wanted.attached.items():
        address = wanted.address.attached_policy(arn)
        record = planning.record(address)
        after = Record(planning.kept_labels(record) + labels)
        if arn not in attached:
            call = ApiCall(f"Attach{word}Policy", {f"{word}Name": address.name, "PolicyArn": arn})
            yield change(planning, address, Action.ATTACH, "is not attached", after_record=after, calls=(call,))
        elif record is not None or planning.made_by_passrole(address):
            yield change(planning, address, Action.NO_CHANGE, "is attached", after_record=after)
        else:
            yield change(planning, address, Action.NO_CHANGE, "was attached before, by others", after_record=None)
    for arn in attached:
        address = wanted.address.attached_policy(arn)
        if arn in wanted.attached or _released(planning, address):
            continue
        call = ApiCall(f"Detach{word}Policy", {f"{word}Name": address.name, "PolicyArn": arn})
        yield _others(planning, wanted, address, call, Action.DETACH)


def _released(planning: Planning, address: Address) -> bool:
    """Whether a set-up of this plan put it there and no longer wants it: that is not of others, it goes."""
    record = planning.record(address)
    return record is not None and not planning.labels.isdisjoint(record.set_ups)


def _others(planning: Planning, wanted: Wanted, address: Address, call: ApiCall, action: Action) -> Change:
    record = planning.record(address)
    if record is not None:
        labels = ", ".join(f"`{label}`" for label in record.set_ups)
        return change(planning, address, Action.KEEP, f"belongs to the set-up {labels}", after_record=record)
    if owns_whole(planning, wanted):
        reason = "passrole did not make it, and --exclusive removes what is not the set-up's"
        return change(planning, address, action, reason, after_record=None, calls=(call,))
    reason = "passrole did not make it: it stays, and its permissions count too"
    return change(planning, address, Action.KEEP, reason, after_record=None)


def _seen(inline: Mapping[str, str] | Unreadable) -> Mapping[str, str]:
    return {} if isinstance(inline, Unreadable) else inline
