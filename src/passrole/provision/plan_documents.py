"""Planning documents: the trust policy, an inline policy, and a customer managed policy, statement by statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from passrole.account.snapshot import ManagedPolicyState, RoleState
from passrole.catalog.quotas import VERSIONS_OF_MANAGED_POLICY
from passrole.policy.model import PolicyType
from passrole.provision.addresses import Address, Kind
from passrole.provision.changes import Action, ApiCall, Change, Mark
from passrole.provision.documents import document_json
from passrole.provision.meaning_of_change import weighed
from passrole.provision.merge import Merged, MergeRules, merge
from passrole.provision.others import warnings_about_others
from passrole.provision.planning import Planning, blocked, change
from passrole.provision.record import Record
from passrole.provision.wanted import WantedStatement
from passrole.recipes.desired import Json

POLICY_WORDS = {Kind.USER: "User", Kind.GROUP: "Group", Kind.ROLE: "Role"}
"""The word in the names of IAM's operations on policies, as in PutRolePolicy."""


def plan_trust_policy(
    planning: Planning, role: RoleState, address: Address, wanted: Sequence[WantedStatement]
) -> Change:
    """The trust policy of a role that is there."""
    merged = merge_document(planning, address, role.trust_policy, wanted)
    if merged.after is None:
        return blocked(planning, address, "no statement would be left, and IAM takes no trust policy without one")
    call = ApiCall("UpdateAssumeRolePolicy", {"RoleName": role.name, "PolicyDocument": document_json(merged.after)})
    return _change(planning, address, merged, (call,), trust=True)


def plan_inline_policy(
    planning: Planning,
    address: Address,
    inline_policies: Mapping[str, str],
    wanted: Sequence[WantedStatement],
) -> Change:
    """One inline policy of a user, group or role; `inline_policies` are all that the entity has now."""
    assert address.detail is not None, "the address names an inline policy"
    name, word = address.detail, POLICY_WORDS[address.kind]
    named: dict[str, Json] = {f"{word}Name": address.name, "PolicyName": name}
    merged = merge_document(planning, address, inline_policies.get(name), wanted)
    if merged.after is None:
        return _change(planning, address, merged, (ApiCall(f"Delete{word}Policy", named),))
    call = ApiCall(f"Put{word}Policy", {**named, "PolicyDocument": document_json(merged.after)})
    return _change(planning, address, merged, (call,))


def new_version_calls(policy: ManagedPolicyState, document: Json) -> tuple[tuple[ApiCall, ...], tuple[str, ...]]:
    """The calls that make `document` the default version, and notes: the oldest version goes when five are kept."""
    calls: list[ApiCall] = []
    notes: list[str] = []
    old = sorted((each for each in policy.version_ids if each != policy.default_version_id), key=version_number)
    if len(policy.version_ids) >= VERSIONS_OF_MANAGED_POLICY.value and old:
        calls.append(ApiCall("DeletePolicyVersion", {"PolicyArn": policy.arn, "VersionId": old[0]}))
        notes.append(
            f"IAM keeps {VERSIONS_OF_MANAGED_POLICY.value} versions of a policy: {old[0]}, the oldest, is deleted"
        )
    parameters: dict[str, Json] = {
        "PolicyArn": policy.arn,
        "PolicyDocument": document_json(document),
        "SetAsDefault": True,
    }
    return (*calls, ApiCall("CreatePolicyVersion", parameters)), tuple(notes)


def version_number(version_id: str) -> int:
    """`v12` is newer than `v9`."""
    digits = version_id.removeprefix("v")
    return int(digits) if digits.isdigit() else 0


def merge_document(
    planning: Planning, address: Address, existing: str | None, wanted: Sequence[WantedStatement]
) -> Merged:
    record = planning.record(address)
    rules = MergeRules(
        planning.labels,
        planning.partition,
        exclusive=planning.exclusive,
        claim_present=planning.made_by_passrole(address),
    )
    return merge(existing, wanted, record.statements if record else (), rules)


def document_record(merged: Merged) -> Record | None:
    """What the journal says of a document: the statements that passrole owns, or nothing when it owns none."""
    if not merged.owned:
        return None
    set_ups = dict.fromkeys(label for statement in merged.owned for label in statement.set_ups)
    return Record(tuple(set_ups), statements=merged.owned)


def document_notes(merged: Merged) -> tuple[str, ...]:
    others = len(merged.bodies(Mark.OTHERS))
    if not others:
        return ()
    return (f"{counted(others)} that passrole did not make {'stays' if others == 1 else 'stay'}",)


def document_reason(merged: Merged) -> str:
    """Why the document changes, or does not."""
    added, removed = len(merged.bodies(Mark.ADDED)), len(merged.bodies(Mark.REMOVED))
    parts = [f"{counted(added)} {_is(added)} missing"] if added else []
    parts += [f"{counted(removed)} {_is(removed)} no longer wanted"] if removed else []
    return " and ".join(parts) if parts else "says already what is wanted"


def _is(count: int) -> str:
    return "is" if count == 1 else "are"


def counted(statements: int) -> str:
    return f"{statements} statement{'' if statements == 1 else 's'}"


def _change(
    planning: Planning,
    address: Address,
    merged: Merged,
    calls: tuple[ApiCall, ...],
    *,
    trust: bool = False,
) -> Change:
    if merged.conflict is not None:
        return blocked(planning, address, merged.conflict)
    warnings = warnings_about_others(merged.lines, trust=trust)
    kind = PolicyType.TRUST if trust else PolicyType.IDENTITY
    merged, notes = weighed(planning, merged, kind, planning.record(address))
    return change(
        planning,
        address,
        _action(merged),
        document_reason(merged) if merged.before is not None else "does not exist",
        after_record=document_record(merged),
        calls=calls if merged.changed else (),
        before=merged.before,
        after=merged.after,
        statements=merged.lines,
        notes=document_notes(merged) + notes,
        warnings=warnings,
    )


def _action(merged: Merged) -> Action:
    if not merged.changed:
        return Action.NO_CHANGE
    if merged.after is None:
        return Action.DELETE
    return Action.CREATE if merged.before is None else Action.UPDATE
