"""A fingerprint of each addressed entity: whether it is still as it was when a plan was made.

Real IAM has no revision numbers, so what was observed is hashed, with what the journal says of it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields
from typing import cast

from passrole.account.snapshot import Unreadable
from passrole.provision.addressed import Addressed, Reading
from passrole.provision.addresses import Address
from passrole.provision.changes import Fingerprint
from passrole.provision.errors import PlanMovedError
from passrole.provision.json_shape import canonical_json
from passrole.provision.observe import EntityState, Observation
from passrole.provision.record import Record, record_to_value
from passrole.recipes.desired import Json

_DOCUMENTS = frozenset({"trust_policy", "document"})


def fingerprints(observation: Observation, records: Mapping[Address, Record]) -> dict[Address, Fingerprint]:
    """One for every addressed entity, also for those that do not exist."""
    result = {}
    for address, reading in observation.addressed.entities.items():
        state: dict[str, Json] = {
            "entity": _entity_value(observation.entity(address)),
            "holders": _plain(observation.policy_holders.get(address)),
        }
        recorded: dict[str, Json] = {
            str(each): record_to_value(record) for each, record in records.items() if each.entity == address
        }
        result[address] = Fingerprint(_sha256(state), _sha256(recorded), reading.deep, reading.keys)
    return result


def addressed_again(prints: Mapping[Address, Fingerprint]) -> Addressed:
    """What must be observed to take the same fingerprints once more."""
    return Addressed({address: Reading(each.deep, each.keys) for address, each in prints.items()})


def refuse_if_moved(planned: Mapping[Address, Fingerprint], now: Mapping[Address, Fingerprint]) -> None:
    """Raises PlanMovedError naming every entity that is not as the plan saw it."""
    moved = [address for address, each in planned.items() if now[address].observed != each.observed]
    if moved:
        raise PlanMovedError(
            f"{_listed(moved)} changed after this plan was made; nothing was changed by passrole",
            help="make the plan again and look at it: passrole plan",
        )
    recorded = [address for address, each in planned.items() if now[address].recorded != each.recorded]
    if recorded:
        raise PlanMovedError(
            f"passrole's journal now says otherwise of {_listed(recorded)} than when this plan was made; "
            "nothing was changed",
            help="make the plan again, on the machine that applies it: passrole plan",
        )


def _entity_value(state: EntityState | Unreadable | None) -> Json:
    if state is None or isinstance(state, Unreadable):
        return _plain(state)
    value: dict[str, Json] = {}
    for each in fields(state):
        content = getattr(state, each.name)
        if each.name in _DOCUMENTS:
            value[each.name] = _document_value(content)
        elif each.name == "inline_policies" and not isinstance(content, Unreadable):
            value[each.name] = {name: _document_value(text) for name, text in content.items()}
        else:
            value[each.name] = _plain(content)
    return value


def _plain(value: object) -> Json:
    """Lists of IAM have no order of their own, so they are sorted."""
    if isinstance(value, Unreadable):
        return {"unreadable": value.action}
    if isinstance(value, tuple):
        return cast(Json, sorted(value))
    if isinstance(value, Mapping):
        return dict(value)
    return cast(Json, value)


def _document_value(text: str) -> Json:
    try:
        return cast(Json, json.loads(text))
    except ValueError:
        return text


def _sha256(value: Json) -> str:
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def _listed(entities: list[Address]) -> str:
    return ", ".join(f"`{address}`" for address in entities)
