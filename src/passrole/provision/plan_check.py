"""What every plan of passrole holds to: only calls of its own kind, on what the plan names, sending what it shows."""

from __future__ import annotations

import json

from passrole.policy.json_members import unique_members
from passrole.provision import addresses
from passrole.provision.addresses import Kind, Part
from passrole.provision.changes import Action, ApiCall, Change, Mark, Plan
from passrole.provision.documents import statements_of
from passrole.provision.json_shape import ShapeError
from passrole.provision.operations import WRITE_OPERATIONS, Effect
from passrole.provision.planning import TAG_RECIPE, TAG_SET_UP, TAG_VERSION
from passrole.recipes.desired import Json
from passrole.recipes.render import LABEL

_WITHOUT_CALLS = frozenset({Action.NO_CHANGE, Action.KEEP, Action.ADOPT, Action.BLOCKED})
_TAKE_AWAY = frozenset({Action.REMOVE, Action.DETACH, Action.DELETE})
_BRING = frozenset({Action.CREATE, Action.ATTACH, Action.ADD})
_NUMBERS = frozenset({"MaxSessionDuration"})
_FLAGS = frozenset({"SetAsDefault"})
_SETTINGS: dict[str, tuple[str, Json]] = {
    "Path": ("path", "/"),
    "Description": ("description", None),
    "MaxSessionDuration": ("max_session_seconds", None),
}
"""Parameters by the name under which `after` shows them, and what their absence means."""


def check_plan(plan: Plan) -> None:
    """Raises ShapeError, naming the place, for a plan that passrole would not have made.

    Every call is one of `WRITE_OPERATIONS` with its own parameters; it addresses what its change is about, in the
    plan's account; the document and the settings that it sends are those that the plan shows, its tags passrole's
    own; and the entity has a fingerprint.
    """
    labels = frozenset(set_up.label for set_up in plan.set_ups)
    for number, set_up in enumerate(plan.set_ups):
        if not LABEL.fullmatch(set_up.label):
            raise ShapeError(f"set_ups[{number}].label", "a set-up's label")
    shown_trust = {change.address.entity: change for change in plan.changes if change.address.part is Part.TRUST_POLICY}
    for number, change in enumerate(plan.changes):
        where = f"changes[{number}]"
        if change.address.entity not in plan.fingerprints:
            raise ShapeError(f"{where}.address", "an entity that the plan has a fingerprint of")
        _check_word(change, where)
        for position, call in enumerate(change.calls):
            _check_call(plan, change, call, f"{where}.calls[{position}]")
            shown = shown_trust.get(change.address) if call.operation == "CreateRole" else change
            _check_document(call, shown, f"{where}.calls[{position}]")
            _check_settings(call, change, f"{where}.calls[{position}]")
            _check_tags(call, labels, f"{where}.calls[{position}]")
        _check_statements(change, where)


def _check_word(change: Change, where: str) -> None:
    """The word that a person reads before saying yes must not hide what the calls do."""
    effects = {row.effect for call in change.calls if (row := WRITE_OPERATIONS.get(call.operation)) is not None}
    hidden = (
        (bool(change.calls) and change.action in _WITHOUT_CALLS)
        or (Effect.MAKES in effects and change.action in _TAKE_AWAY)
        or (Effect.REMOVES in effects and change.action in _BRING)
    )
    if hidden:
        raise ShapeError(f"{where}.action", "the word for what its calls do")


def _check_call(plan: Plan, change: Change, call: ApiCall, where: str) -> None:
    row = WRITE_OPERATIONS.get(call.operation)
    if row is None:
        raise ShapeError(f"{where}.operation", "an operation that passrole uses")
    if not row.required <= call.parameters.keys() <= row.parameters:
        raise ShapeError(f"{where}.parameters", f"what passrole gives {call.operation}")
    for name, value in call.parameters.items():
        if not _is_of_its_type(name, value):
            raise ShapeError(f"{where}.parameters.{name}", f"a value that {call.operation} takes")
    if call.address != change.address:
        raise ShapeError(f"{where}.parameters", f"about `{change.address}`")
    if change.address.kind is Kind.MANAGED_POLICY and "PolicyArn" in call.parameters:
        arn = addresses.managed_policy_arn(change.address, plan.partition, plan.account_id)
        if call.parameters["PolicyArn"] != arn:
            raise ShapeError(f"{where}.parameters.PolicyArn", f"`{arn}`")
    if plan.kind == "destroy" and row.effect is Effect.MAKES:
        raise ShapeError(f"{where}.operation", "an operation of a plan that destroys")


def _is_of_its_type(name: str, value: Json) -> bool:
    if name == "Tags":
        return isinstance(value, list) and all(
            isinstance(tag, dict) and tag.keys() == {"Key", "Value"} and all(isinstance(t, str) for t in tag.values())
            for tag in value
        )
    if name in _NUMBERS:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, bool if name in _FLAGS else str)


def _check_document(call: ApiCall, shown: Change | None, where: str) -> None:
    """What is shown to the person who says yes must be what is sent."""
    parameter = call.row.document_parameter
    if parameter is None:
        return
    after = shown.after if shown is not None else None
    if call.operation == "CreatePolicy" and isinstance(after, dict):
        after = after.get("document")
    try:
        # With a key twice, what is compared here would be one half of what is sent.
        sent = json.loads(str(call.parameters[parameter]), object_pairs_hook=unique_members)
    except ValueError as err:
        raise ShapeError(f"{where}.parameters.{parameter}", "a JSON document") from err
    if sent != after:
        raise ShapeError(f"{where}.parameters.{parameter}", "the document that the plan shows in `after`")


def _check_settings(call: ApiCall, change: Change, where: str) -> None:
    """Path, description and session duration are shown too."""
    after = change.after if isinstance(change.after, dict) else {}
    for parameter, (shown, default) in _SETTINGS.items():
        if parameter in call.row.parameters and call.parameters.get(parameter, default) != after.get(shown, default):
            raise ShapeError(f"{where}.parameters.{parameter}", f"the {parameter} that the plan shows in `after`")


def _check_tags(call: ApiCall, labels: frozenset[str], where: str) -> None:
    """No others than passrole's: a tag can be what a policy grants by."""
    tags = call.parameters.get("Tags", [])
    for tag in tags if isinstance(tags, list) else []:
        key, value = (tag["Key"], tag["Value"]) if isinstance(tag, dict) else (None, None)
        if key not in (TAG_RECIPE, TAG_SET_UP, TAG_VERSION) or (key == TAG_SET_UP and value not in labels):
            raise ShapeError(f"{where}.parameters.Tags", "the tags of one of the plan's set-ups")


def _check_statements(change: Change, where: str) -> None:
    """A person reads the statements, and apply sends the document: they are the same, also when nothing is sent."""
    document = change.after
    if change.address.kind is Kind.MANAGED_POLICY and isinstance(document, dict) and "document" in document:
        document = document["document"]
    if not isinstance(document, dict) or "Statement" not in document:
        return
    kept = [line.body for line in change.statements if line.mark is not Mark.REMOVED]
    if kept != statements_of(document):
        raise ShapeError(f"{where}.statements", "the statements of the document in `after`")
