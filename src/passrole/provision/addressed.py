"""Which entities a plan is about, and how much of each must be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from passrole.provision.addresses import Address, Kind, Part
from passrole.provision.record import Record
from passrole.provision.wanted import join_desired
from passrole.recipes.desired import DesiredState


@dataclass(frozen=True, slots=True)
class Reading:
    """How much of an entity is read besides itself and its policies.

    `deep`: who else holds it (groups, instance profiles, attachments), needed before it may be deleted.
    `keys`: a user's access keys. `keys_before`: which of them there were when passrole began to make one whose
    end it did not see; the others are looked at closely.
    """

    deep: bool = False
    keys: bool = False
    keys_before: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Addressed:
    """The entities to observe. With `related`, also what verify needs: groups, attached policies, boundaries."""

    entities: Mapping[Address, Reading] = field(default_factory=dict)
    related: bool = False


def addressed_by(
    desired: DesiredState | Sequence[DesiredState],
    records: Mapping[Address, Record],
    *,
    related: bool = False,
) -> Addressed:
    """What `plan` must observe: what is wanted, and what the journal says these set-ups made and no longer want."""
    states = (desired,) if isinstance(desired, DesiredState) else tuple(desired)
    labels = frozenset(state.label for state in states)
    readings = {each.address: Reading(keys=bool(each.key_set_ups)) for each in join_desired(states)}
    for address, record in records.items():
        if labels.isdisjoint(record.set_ups):
            continue
        if address.entity not in readings:
            readings[address.entity] = Reading(deep=True, keys=True)
    return Addressed(_with_unfinished_keys(readings, records), related)


def addressed_for_destroy(
    labels: frozenset[str],
    records: Mapping[Address, Record],
    desired: Sequence[DesiredState] = (),
) -> Addressed:
    """What `destroy` must observe: what the journal names, and what the recipes would make (found by its tags)."""
    named = [address.entity for address, record in records.items() if not labels.isdisjoint(record.set_ups)]
    wanted = [each.address for each in join_desired(desired)]
    readings = {
        address: Reading(deep=True, keys=address.kind is Kind.USER) for address in dict.fromkeys([*named, *wanted])
    }
    return Addressed(_with_unfinished_keys(readings, records))


def addressed_for_verify(desired: DesiredState | Sequence[DesiredState]) -> Addressed:
    """What `verify` must observe: the entities of the set-up with all the policies that apply to them."""
    states = (desired,) if isinstance(desired, DesiredState) else tuple(desired)
    return Addressed({each.address: Reading() for each in join_desired(states)}, related=True)


def _with_unfinished_keys(
    readings: Mapping[Address, Reading], records: Mapping[Address, Record]
) -> dict[Address, Reading]:
    result = dict(readings)
    for address, record in records.items():
        if address.part is not Part.ACCESS_KEY or address.entity not in result or record.key is None:
            continue
        if record.key.key_id is None:
            reading = result[address.entity]
            result[address.entity] = Reading(reading.deep, True, record.key.ids_before)
    return result
