"""What every step of planning looks at: the observation, the journal's records that still hold, and the rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from passrole.account.snapshot import GroupState, Unreadable
from passrole.provision.addresses import Address
from passrole.provision.changes import Action, ApiCall, Change, StatementLine
from passrole.provision.observe import EntityState, Observation, entity_id
from passrole.provision.record import Record
from passrole.recipes.desired import Json

TAG_RECIPE = "passrole:recipe"
TAG_SET_UP = "passrole:set-up"
TAG_VERSION = "passrole:version"


@dataclass(frozen=True, slots=True)
class Planning:
    """`labels` are the set-ups that are planned. `records` are the journal's, as they stand in its file."""

    observation: Observation
    records: Mapping[Address, Record]
    labels: frozenset[str]
    exclusive: bool = False

    @property
    def partition(self) -> str:
        return self.observation.identity.partition

    @property
    def account_id(self) -> str:
        return self.observation.identity.account_id

    def state(self, address: Address) -> EntityState | Unreadable | None:
        return self.observation.entity(address)

    def record(self, address: Address) -> Record | None:
        """The journal's record of an entity or a part, if it is about the entity that is there now.

        A record of an entity with another unique id is about one that has been deleted since.
        """
        record, state = self.records.get(address), self.state(address)
        if record is None or state is None:
            return None
        if isinstance(state, Unreadable) or record.entity_id is None:
            return record
        return record if record.entity_id == entity_id(state) else None

    def made_by_passrole(self, address: Address) -> bool:
        """Whether passrole made the entity that is there: the journal says so, or else its tags do.

        A creation whose end was not seen is in the journal without an id; only the tag, which the creation itself
        sets, tells whether it took effect or someone else was faster.
        """
        state, record = self.state(address), self.record(address)
        if state is None or isinstance(state, Unreadable):
            return False
        if record is not None and record.made and record.entity_id is not None:
            return True
        return TAG_SET_UP in tags_of(state)

    def kept_labels(self, record: Record | None) -> tuple[str, ...]:
        """The other set-ups that want what `record` is about."""
        return record.without_set_ups(self.labels).set_ups if record else ()

    def part_record(self, address: Address, record: Record) -> Record:
        """`record` bound to the entity that is there; one that is still to be made is bound by apply."""
        state = self.state(address)
        known = None if state is None or isinstance(state, Unreadable) else entity_id(state)
        # Labels in one order, whichever set-up was planned first: equal records must be equal values.
        return replace(record, entity_id=known, set_ups=tuple(sorted(set(record.set_ups))))


def tags_of(state: EntityState) -> Mapping[str, str]:
    """The entity's tags; none where it has none or they may not be read. IAM groups have no tags."""
    if isinstance(state, GroupState):
        return {}
    return {} if isinstance(state.tags, Unreadable) else state.tags


def change(
    planning: Planning,
    address: Address,
    action: Action,
    reason: str,
    *,
    after_record: Record | None,
    calls: tuple[ApiCall, ...] = (),
    before: Json = None,
    after: Json = None,
    statements: tuple[StatementLine, ...] = (),
    notes: tuple[str, ...] = (),
    warnings: tuple[str, ...] = (),
) -> Change:
    """A change at `address`, with the journal's record before it and `after_record`, bound to the entity, after."""
    return Change(
        address=address,
        action=action,
        reason=reason,
        before=before,
        after=after,
        calls=calls,
        statements=statements,
        notes=notes,
        warnings=warnings,
        record_before=planning.records.get(address),
        record_after=after_record and planning.part_record(address, after_record),
    )


def blocked(planning: Planning, address: Address, reason: str, *, notes: tuple[str, ...] = ()) -> Change:
    """Nothing can be done at `address`; what the journal says of it stays."""
    record = planning.records.get(address)
    return Change(address, Action.BLOCKED, reason, notes=notes, record_before=record, record_after=record)


def blocked_by(planning: Planning, address: Address, unreadable: Unreadable) -> Change:
    """`address` may not be read, and what is not seen is not overwritten."""
    return blocked(
        planning,
        address,
        f"what is there may not be read, and passrole does not overwrite what it cannot see: "
        f"{unreadable.action} is denied",
        notes=(unreadable.reason,),
    )
