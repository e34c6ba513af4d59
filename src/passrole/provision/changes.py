"""A plan as a value: the changes, the exact calls that make them, and what was observed when they were decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal, TypeAlias

from passrole.account.snapshot import Unreadable
from passrole.provision.addresses import Address
from passrole.provision.clients import Target
from passrole.provision.operations import WRITE_OPERATIONS, WriteOperation
from passrole.provision.record import Record
from passrole.recipes.desired import Json


class Action(Enum):
    """What happens at an address; the values are the words passrole prints. Apply looks at the calls only."""

    CREATE = "create"
    UPDATE = "update"
    ATTACH = "attach"
    ADD = "add"
    REPLACE = "replace"
    ADOPT = "adopt"
    """It exists and passrole did not make it: it is used, and never deleted."""
    NO_CHANGE = "no change"
    KEEP = "keep"
    """Something of others, or of another set-up, that stays."""
    REMOVE = "remove"
    DETACH = "detach"
    DELETE = "delete"
    BLOCKED = "blocked"
    """Nothing can be planned here: it may not be read, or something stands in the way."""


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One call of AWS's API, with the parameters exactly as they are sent."""

    operation: str
    parameters: Mapping[str, Json]
    service: str = "iam"

    @property
    def row(self) -> WriteOperation:
        return WRITE_OPERATIONS[self.operation]

    @property
    def address(self) -> Address:
        return self.row.address(self.parameters)


class Mark(Enum):
    """What becomes of one statement of a document."""

    ADDED = "added"
    REMOVED = "removed"
    PRESENT = "present"
    """Wanted, and already there."""
    OTHERS = "others"
    """passrole did not make it; it stays."""


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One statement of a document before or after. `reason` is the recipe's; `set_ups` those that want it."""

    mark: Mark
    body: Json
    reason: str = ""
    set_ups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """What happens at one address. `record_after` is what the journal will say of it, None for nothing."""

    address: Address
    action: Action
    reason: str
    before: Json = None
    after: Json = None
    calls: tuple[ApiCall, ...] = ()
    statements: tuple[StatementLine, ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    record_before: Record | None = None
    record_after: Record | None = None

    @property
    def has_work(self) -> bool:
        return bool(self.calls) or self.record_before != self.record_after


@dataclass(frozen=True, slots=True)
class SetUp:
    """One set-up that a plan is about; `parameters` as rendered, without secrets because recipes take none."""

    recipe: str
    label: str
    variant: str
    parameters: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """SHA-256 of what was observed of an entity, and of what the journal said of it, when a plan was made.

    `deep` and `keys` say which parts were read: who else holds the entity, and its access keys.
    """

    observed: str
    recorded: str
    deep: bool = False
    keys: bool = False


@dataclass(frozen=True, slots=True)
class Unread:
    """Something that the caller may not read, and that the plan therefore leaves alone."""

    address: Address
    what: Unreadable


PlanKind: TypeAlias = Literal["apply", "destroy"]


@dataclass(frozen=True, slots=True)
class Plan:
    """Apply executes `changes` in their order and nothing else."""

    kind: PlanKind
    account_id: str
    partition: str
    target: Target
    set_ups: tuple[SetUp, ...]
    changes: tuple[Change, ...]
    fingerprints: Mapping[Address, Fingerprint]
    unread: tuple[Unread, ...] = ()
    exclusive: bool = False

    @property
    def calls(self) -> tuple[ApiCall, ...]:
        return tuple(call for change in self.changes for call in change.calls)

    @property
    def has_work(self) -> bool:
        """Whether apply would do anything; without calls it is only to note what is passrole's."""
        return any(change.has_work for change in self.changes)

    @property
    def blocked(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.action is Action.BLOCKED)

    def to_json(self) -> str:
        """The text of a plan file."""
        from passrole.provision.plan_file import plan_to_json

        return plan_to_json(self)

    @staticmethod
    def from_json(text: str, source: str = "<plan>") -> Plan:
        """Raises PlanFileError for what no plan of passrole's holds."""
        from passrole.provision.plan_file import plan_from_json

        return plan_from_json(text, source)
