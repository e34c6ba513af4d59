"""Planning the removal of set-ups: exactly what passrole made of them goes, all else stays and is named."""

from __future__ import annotations

from collections.abc import Sequence

from passrole.account.snapshot import Unreadable
from passrole.provision.addresses import Address
from passrole.provision.changes import Plan, SetUp
from passrole.provision.journal import Journal
from passrole.provision.observe import Observation, entity_id
from passrole.provision.plan import assemble
from passrole.provision.planning import TAG_SET_UP, Planning, tags_of
from passrole.provision.record import Record
from passrole.provision.release import release


def make_destroy_plan(labels: Sequence[str], observation: Observation, journal: Journal) -> Plan:
    """What has to be deleted so that nothing that passrole made for the set-ups `labels` is left.

    `observation` must be of `addressed_for_destroy(labels, journal.records, …)`. Entities whose tags name one of the
    set-ups count as made by passrole although the journal does not know them (it may be on another machine).
    """
    records = {**journal.records, **_tagged(frozenset(labels), observation, journal)}
    planning = Planning(observation, records, frozenset(labels))
    known = journal.set_ups
    set_ups = [known[label].set_up if label in known else SetUp("", label, "") for label in labels]
    return assemble("destroy", observation, journal, set_ups, release(planning))


def _tagged(labels: frozenset[str], observation: Observation, journal: Journal) -> dict[Address, Record]:
    found: dict[Address, Record] = {}
    for address in observation.addressed.entities:
        state = observation.entity(address)
        if state is None or isinstance(state, Unreadable):
            continue
        record = journal.records.get(address)
        label = tags_of(state).get(TAG_SET_UP)
        if label in labels and (record is None or record.entity_id not in (None, entity_id(state))):
            found[address] = Record((str(label),), made=True, entity_id=entity_id(state))
    return found
