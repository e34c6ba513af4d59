"""Planning the entities themselves: made when they are missing, adopted when they are there."""

from __future__ import annotations

from dataclasses import replace

from passrole import __version__
from passrole.account.snapshot import ManagedPolicyState, RoleState, UserState
from passrole.policy.model import PolicyType
from passrole.provision.addresses import Kind
from passrole.provision.changes import Action, ApiCall, Change
from passrole.provision.documents import document_json
from passrole.provision.meaning_of_change import weighed
from passrole.provision.merge import Merged
from passrole.provision.observe import EntityState
from passrole.provision.others import warnings_about_others
from passrole.provision.plan_documents import (
    document_notes,
    document_reason,
    document_record,
    merge_document,
    new_version_calls,
)
from passrole.provision.planning import TAG_RECIPE, TAG_SET_UP, TAG_VERSION, Planning, blocked, change
from passrole.provision.quota_warnings import managed_policy_warnings, trust_policy_warnings
from passrole.provision.record import Record
from passrole.provision.wanted import Wanted
from passrole.recipes.desired import Json


def plan_missing(planning: Planning, wanted: Wanted) -> Change:
    """An entity that does not exist: its creation, with tags; or blocked, where the set-up may not make it."""
    address = wanted.address
    if wanted.must_exist:
        return blocked(planning, address, f"the {address.kind.value} does not exist, and this set-up does not make it")
    document = wanted.trust if wanted.trust is not None else wanted.document
    merged = None if document is None else merge_document(planning, address, None, document)
    parameters = _creation_parameters(wanted, merged)
    operation = _CREATE[address.kind]
    record = Record(wanted.set_ups, made=True)
    if merged is not None and address.kind is Kind.MANAGED_POLICY:
        record = replace(record, statements=merged.owned)
    return change(
        planning,
        address,
        Action.CREATE,
        wanted.reason or "does not exist",
        after_record=record,
        calls=(ApiCall(operation, parameters),),
        after=_shown_creation(wanted, merged),
        statements=merged.lines if merged and address.kind is Kind.MANAGED_POLICY else (),
        warnings=_size_warnings(merged, address.kind),
    )


def plan_present(planning: Planning, wanted: Wanted, state: EntityState) -> Change:
    """An entity that exists: adopted the first time, its settings changed only where passrole made it."""
    name = wanted.address.name.rpartition("/")[2]
    if state.name != name:
        # IAM finds a name in any case of letters and keeps only one of them; ARNs and services tell them apart.
        kind = wanted.address.kind.value
        return blocked(
            planning,
            wanted.address,
            f"the account has `{kind}/{state.name}`, and IAM lets no two names differ in the case of letters alone: "
            f"delete that one, or choose another name here",
        )
    made = planning.made_by_passrole(wanted.address)
    known = planning.record(wanted.address)
    record = Record(_with_others(planning, known, wanted.set_ups), made=made)
    notes, warnings = _differences(wanted, state, made=made)
    calls: tuple[ApiCall, ...] = ()
    merged = None
    if isinstance(state, ManagedPolicyState):
        merged = merge_document(planning, wanted.address, state.document, wanted.document or ())
        if merged.conflict is not None:
            return blocked(planning, wanted.address, merged.conflict)
        about_others = warnings_about_others(merged.lines, trust=False)
        merged, meaning = weighed(planning, merged, PolicyType.IDENTITY, known)
        record = replace(record, statements=merged.owned)
        notes += document_notes(merged) + meaning
        warnings += about_others + _size_warnings(merged, Kind.MANAGED_POLICY)
        if merged.changed:
            calls, version_notes = new_version_calls(state, merged.after)
            notes += version_notes
    elif isinstance(state, RoleState) and made:
        calls = _settings_calls(wanted, state)
    adopted_now = not made and known is None
    action = Action.UPDATE if calls else Action.ADOPT if adopted_now else Action.NO_CHANGE
    return change(
        planning,
        wanted.address,
        action,
        _reason(action, merged, made=made),
        after_record=record,
        calls=calls,
        before=merged.before if merged else _settings(state),
        after=merged.after if merged else _settings(state, wanted if calls else None),
        statements=merged.lines if merged else (),
        notes=notes,
        warnings=warnings,
    )


def plan_first_trust_policy(planning: Planning, wanted: Wanted) -> Change:
    """The trust policy that a role is made with: shown and recorded here, sent by the role's creation."""
    assert wanted.trust is not None, "a role is made with a trust policy"
    address = wanted.address.trust_policy()
    merged = merge_document(planning, address, None, wanted.trust)
    return change(
        planning,
        address,
        Action.CREATE,
        "the role is made with it",
        after_record=document_record(merged),
        after=merged.after,
        statements=merged.lines,
    )


_CREATE = {
    Kind.USER: "CreateUser",
    Kind.ROLE: "CreateRole",
    Kind.MANAGED_POLICY: "CreatePolicy",
    Kind.INSTANCE_PROFILE: "CreateInstanceProfile",
}


def _creation_parameters(wanted: Wanted, merged: Merged | None) -> dict[str, Json]:
    kind, name = wanted.address.kind, wanted.address.name
    parameters: dict[str, Json] = {}
    match kind:
        case Kind.USER:
            parameters = {"UserName": name}
        case Kind.ROLE:
            parameters = {"RoleName": name}
        case Kind.INSTANCE_PROFILE:
            parameters = {"InstanceProfileName": name}
        case Kind.MANAGED_POLICY:
            parameters = {"PolicyName": name.rpartition("/")[2]}
        case Kind.GROUP:
            raise AssertionError("a group is never made")
    if wanted.path not in (None, "/"):
        parameters["Path"] = wanted.path
    if merged is not None:
        key = "AssumeRolePolicyDocument" if kind is Kind.ROLE else "PolicyDocument"
        parameters[key] = document_json(merged.after)
    if wanted.description is not None:
        parameters["Description"] = wanted.description
    if wanted.max_session_seconds is not None:
        parameters["MaxSessionDuration"] = wanted.max_session_seconds
    parameters["Tags"] = [
        {"Key": TAG_RECIPE, "Value": wanted.recipe},
        {"Key": TAG_SET_UP, "Value": wanted.set_ups[0]},
        {"Key": TAG_VERSION, "Value": __version__},
    ]
    return parameters


def _shown_creation(wanted: Wanted, merged: Merged | None) -> dict[str, Json]:
    shown: dict[str, Json] = {"path": wanted.path or "/"}
    if wanted.description is not None:
        shown["description"] = wanted.description
    if wanted.max_session_seconds is not None:
        shown["max_session_seconds"] = wanted.max_session_seconds
    if merged is not None and wanted.address.kind is Kind.MANAGED_POLICY:
        shown["document"] = merged.after
    return shown


def _with_others(planning: Planning, known: Record | None, set_ups: tuple[str, ...]) -> tuple[str, ...]:
    return planning.kept_labels(known) + set_ups


def _differences(wanted: Wanted, state: EntityState, *, made: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Notes on what differs and is left so, and warnings on what limits the set-up."""
    notes: list[str] = []
    warnings: list[str] = []
    if wanted.path is not None and wanted.path != state.path:
        text = f"its path is `{state.path}`, not `{wanted.path}`: IAM cannot change it"
        if isinstance(state, RoleState):
            warnings.append(f"{text}, and a service that looks for the role by its name alone may not find it there")
        else:
            notes.append(text)
    if isinstance(state, RoleState | ManagedPolicyState) and wanted.description not in (None, state.description):
        if isinstance(state, ManagedPolicyState):
            notes.append(f"its description is `{state.description or ''}`: IAM cannot change it")
        elif not made:
            notes.append(f"its description is `{state.description or ''}`, and stays")
    if isinstance(state, RoleState) and not made:
        seconds = wanted.max_session_seconds
        if seconds not in (None, state.max_session_seconds):
            notes.append(f"its sessions may last {state.max_session_seconds} seconds, not {seconds}, and it stays so")
    if isinstance(state, UserState | RoleState) and state.boundary_arn:
        warnings.append(f"its permissions boundary `{state.boundary_arn}` limits what this set-up grants")
    return tuple(notes), tuple(warnings)


def _settings_calls(wanted: Wanted, state: RoleState) -> tuple[ApiCall, ...]:
    description = state.description if wanted.description is None else wanted.description
    seconds = wanted.max_session_seconds or state.max_session_seconds
    if (description, seconds) == (state.description, state.max_session_seconds):
        return ()
    # UpdateRole sets the session duration to one hour when it is not given, so both are always given.
    parameters: dict[str, Json] = {"RoleName": state.name, "MaxSessionDuration": seconds}
    if description is not None:
        parameters["Description"] = description
    return (ApiCall("UpdateRole", parameters),)


def _settings(state: EntityState, wanted: Wanted | None = None) -> Json:
    if not isinstance(state, RoleState):
        return {"path": state.path}
    description = state.description if wanted is None or wanted.description is None else wanted.description
    seconds = (wanted.max_session_seconds if wanted else None) or state.max_session_seconds
    return {"path": state.path, "description": description, "max_session_seconds": seconds}


def _reason(action: Action, merged: Merged | None, *, made: bool) -> str:
    if action is Action.UPDATE:
        return document_reason(merged) if merged else "its settings differ"
    if action is Action.ADOPT:
        return "it was there before: passrole uses it and will not delete it"
    return "passrole made it" if made else "adopted earlier: passrole uses it and will not delete it"


def _size_warnings(merged: Merged | None, kind: Kind) -> tuple[str, ...]:
    if merged is None or not merged.changed:
        return ()
    text = document_json(merged.after)
    return trust_policy_warnings(text) if kind is Kind.ROLE else managed_policy_warnings(text)
