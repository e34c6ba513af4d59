"""Giving back single parts: statements, attachments, access keys, a role in an instance profile."""

from __future__ import annotations

from dataclasses import replace

from passrole.account.snapshot import GroupState, InstanceProfileState, RoleState, Unreadable, UserState
from passrole.provision.addresses import Address, Part
from passrole.provision.changes import Action, ApiCall, Change
from passrole.provision.observe import EntityState
from passrole.provision.plan_documents import POLICY_WORDS, merge_document, plan_inline_policy, plan_trust_policy
from passrole.provision.plan_keys import release_access_key
from passrole.provision.planning import Planning, blocked_by, change


def release_part(planning: Planning, address: Address, state: EntityState) -> Change:
    """The removal of one part that is in the journal; the parts of a trust policy go by `release_trust_policy`."""
    match address.part, state:
        case Part.INLINE_POLICY, UserState() | GroupState() | RoleState():
            if isinstance(state.inline_policies, Unreadable):
                return blocked_by(planning, address, state.inline_policies)
            return plan_inline_policy(planning, address, state.inline_policies, ())
        case Part.ATTACHED_POLICY, UserState() | GroupState() | RoleState():
            if isinstance(state.attached_policy_arns, Unreadable):
                return blocked_by(planning, address, state.attached_policy_arns)
            word = POLICY_WORDS[address.kind]
            call = ApiCall(f"Detach{word}Policy", {f"{word}Name": address.name, "PolicyArn": address.detail})
            present = address.detail in state.attached_policy_arns
            return _release(planning, address, call, Action.DETACH, present=present)
        case Part.ACCESS_KEY, UserState():
            return _shared(planning, address) or release_access_key(planning, address, state)
        case Part.ROLE, InstanceProfileState():
            call = ApiCall(
                "RemoveRoleFromInstanceProfile", {"InstanceProfileName": address.name, "RoleName": address.detail}
            )
            return _release(planning, address, call, Action.REMOVE, present=address.detail in state.role_names)
    raise AssertionError(f"{address} is no part of a {type(state).__name__}")


def release_trust_policy(planning: Planning, address: Address, role: RoleState) -> Change:
    """The set-ups' statements leave the trust policy of a role that stays, unless nothing would be left in it."""
    if merge_document(planning, address, role.trust_policy, ()).after is None:
        reason = "only this set-up's statements are in it, and IAM takes no trust policy without one"
        return change(planning, address, Action.KEEP, reason, after_record=planning.record(address))
    return plan_trust_policy(planning, role, address, ())


def _release(planning: Planning, address: Address, call: ApiCall, action: Action, *, present: bool) -> Change:
    shared = _shared(planning, address)
    if shared is not None:
        return shared
    if not present:
        return change(planning, address, Action.NO_CHANGE, "is gone already", after_record=None)
    return change(planning, address, action, "passrole put it there", after_record=None, calls=(call,))


def _shared(planning: Planning, address: Address) -> Change | None:
    """What another set-up wants too stays, and is from now on only that one's."""
    record = planning.record(address)
    others = planning.kept_labels(record)
    if record is None or not others:
        return None
    labels = ", ".join(f"`{label}`" for label in others)
    kept = replace(record.without_set_ups(planning.labels), pending=False)
    return change(planning, address, Action.KEEP, f"the set-up {labels} needs it", after_record=kept)
