"""Carrying out a plan: its calls in its order, each noted in the journal before and after, and nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal, TypeAlias

from passrole.account.snapshot import Unreadable
from passrole.errors import PassroleError, ServiceAnsweredError
from passrole.provision.access_keys import make_access_key
from passrole.provision.addresses import Address
from passrole.provision.call import Answer
from passrole.provision.changes import ApiCall, Change, Plan
from passrole.provision.clients import ClientFactory
from passrole.provision.converge import ReadBack, read_back
from passrole.provision.errors import ApplyRefusedError, ApplyStoppedError, RefusedCallError
from passrole.provision.fingerprint import addressed_again, fingerprints, refuse_if_moved
from passrole.provision.guards import refuse_false_claims, refuse_other_target
from passrole.provision.hints import hint_for
from passrole.provision.identity import identify
from passrole.provision.journal import Journal
from passrole.provision.observe import Observation, entity_id, observe
from passrole.provision.operations import Effect
from passrole.provision.patience import Sleep, call_patiently
from passrole.provision.plan_keys import SavedKey
from passrole.provision.planning import Planning
from passrole.provision.record import Record
from passrole.provision.secrets import SecretStore

ProgressState: TypeAlias = Literal["started", "done", "left"]


@dataclass(frozen=True, slots=True)
class Progress:
    """Where apply is: `number` counts the changes that have calls from 1 to `total`."""

    change: Change
    number: int
    total: int
    state: ProgressState


@dataclass(frozen=True, slots=True)
class Left:
    """An entity that IAM would not delete, and what it answered."""

    address: Address
    reason: str


@dataclass(frozen=True, slots=True)
class ApplyResult:
    """What was done. `left` are entities that IAM would not delete because something is still on them.

    `blocked` are the plan's changes for which nothing could be planned: the set-up is not complete while there are
    any. `saved_keys` are the access keys that were made, by user name, with the file of each secret.
    """

    done: tuple[Change, ...]
    left: tuple[Left, ...]
    blocked: tuple[Change, ...]
    saved_keys: dict[str, SavedKey]
    read_back: ReadBack

    @property
    def complete(self) -> bool:
        return not (self.left or self.blocked or self.read_back.unseen)


def apply_plan(
    plan: Plan,
    clients: ClientFactory,
    journal: Journal,
    secrets: SecretStore,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    *,
    sleep: Sleep = time.sleep,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> ApplyResult:
    """Make the plan's calls, after checking that account, endpoint and entities are those that it was made for.

    Nothing is done when that check fails: WrongAccountError, PlanMovedError, or JournalBusyError when another apply
    is at work. When a call fails on the way, ApplyStoppedError says what was done and what not. Stopped in whatever
    way, a new plan and its apply finish the work: the journal tells them how far this one came.
    """
    identity = identify(clients, with_alias=False)
    refuse_other_target(plan, identity)
    with journal.exclusively():
        observation = observe(clients, addressed_again(plan.fingerprints), identity)
        refuse_if_moved(plan.fingerprints, fingerprints(observation, journal.records))
        refuse_false_claims(plan, Planning(observation, journal.records, frozenset()))
        state: Literal["applying", "destroying"] = "applying" if plan.kind == "apply" else "destroying"
        for set_up in plan.set_ups:
            journal.note_set_up(set_up, state)
        run = _Run(plan, clients, journal, secrets, on_progress, sleep, now, ids=_ids(observation))
        run.all_changes()
        _note_end(plan, journal)
    made_keys = {user: saved.key_id for user, saved in run.saved_keys.items()}
    seen = read_back(clients, identity, run.done, made_keys, sleep)
    return ApplyResult(tuple(run.done), tuple(run.left), plan.blocked, run.saved_keys, seen)


def _ids(observation: Observation) -> dict[Address, str | None]:
    states = {address: observation.entity(address) for address in observation.addressed.entities}
    return {
        address: entity_id(state)
        for address, state in states.items()
        if state is not None and not isinstance(state, Unreadable)
    }


def _note_end(plan: Plan, journal: Journal) -> None:
    for set_up in plan.set_ups:
        if plan.kind == "apply":
            if not plan.blocked:
                journal.note_set_up(set_up, "applied")
        elif not any(set_up.label in record.set_ups for record in journal.records.values()):
            journal.forget_set_up(set_up.label)


@dataclass(slots=True)
class _Run:
    """One apply on its way."""

    plan: Plan
    clients: ClientFactory
    journal: Journal
    secrets: SecretStore
    on_progress: Callable[[Progress], None]
    sleep: Sleep
    now: Callable[[], datetime]
    ids: dict[Address, str | None]
    """The unique ids of the entities that are there, those that this run makes among them."""
    made: set[Address] = field(default_factory=set)
    done: list[Change] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    saved_keys: dict[str, SavedKey] = field(default_factory=dict)

    def all_changes(self) -> None:
        groups = _grouped([change for change in self.plan.changes if change.has_work])
        total = sum(1 for group in groups if group[0].calls)
        number = 0
        for position, group in enumerate(groups):
            number += 1 if group[0].calls else 0
            try:
                self._group(group, number, total)
            except PassroleError as err:
                self._stop(err, groups[position:])

    def _stop(self, err: PassroleError, rest: Sequence[Sequence[Change]]) -> None:
        done = tuple(str(change.address) for change in self.done)
        not_done = tuple(str(group[0].address) for group in rest if group[0].calls)
        if not not_done:
            raise err
        kind = ApplyRefusedError if isinstance(err, ServiceAnsweredError) else ApplyStoppedError
        raise kind(err, done, not_done, hint_for(err, rest[0][0], self.plan.target)) from err

    def _group(self, group: Sequence[Change], number: int, total: int) -> None:
        change = group[0]
        if not change.calls:
            self._finish(group)
            return
        self.on_progress(Progress(change, number, total, "started"))
        self.journal.begin(group)
        for position, call in enumerate(change.calls):
            try:
                self._call(change, call)
            except RefusedCallError as err:
                if call.row.effect is Effect.REMOVES and err.aws_code == "NoSuchEntity":
                    continue  # Someone deleted it since it was observed: it is gone, as was wanted.
                if position == 0 and err.certain:
                    self.journal.withdraw(group)
                if err.aws_code == "DeleteConflict":
                    self.left.append(Left(change.address, err.aws_message))
                    self.on_progress(Progress(change, number, total, "left"))
                    return
                raise
        self._finish(group)
        self.done.append(change)
        self.on_progress(Progress(change, number, total, "done"))

    def _call(self, change: Change, call: ApiCall) -> None:
        if call.operation == "CreateAccessKey":
            self.saved_keys[call.address.name] = make_access_key(
                self._send, change, self._bound(change), self.journal, self.secrets, self.now()
            )
            return
        answer = self._send(call)
        if call.row.effect is Effect.MAKES and call.address.part is None:
            self.ids[call.address] = _id_in_answer(answer)
            self.made.add(call.address)

    def _send(self, call: ApiCall) -> Answer:
        return call_patiently(self.clients.client(call.service), call, frozenset(self.made), self.sleep)

    def _finish(self, group: Sequence[Change]) -> None:
        self.journal.finish({change.address: self._bound(change) for change in group})
        for change in group:
            before, after = change.record_before, change.record_after
            if after is None and before is not None and before.key is not None and before.key.key_id is not None:
                self.secrets.forget(change.address.name, before.key.key_id)

    def _bound(self, change: Change) -> Record | None:
        """The record after a change, bound to the entity that is there now and to the key that was made."""
        record = change.record_after
        if record is None:
            return None
        saved = self.saved_keys.get(change.address.name)
        if record.key is not None and record.key.key_id is None and saved is not None:
            record = replace(record, key=replace(record.key, key_id=saved.key_id, file=saved.file, ids_before=()))
        return replace(record, entity_id=self.ids.get(change.address.entity, record.entity_id))


def _grouped(changes: Sequence[Change]) -> list[list[Change]]:
    """Each change with calls, together with those without that say what its calls did to parts of the same entity.

    A role's trust policy is made and deleted by the calls of the role itself, so both are noted at once.
    """
    groups: list[list[Change]] = []
    heads: dict[Address, list[Change]] = {}
    for change in changes:
        head = heads.get(change.address.entity)
        if change.calls or head is None:
            groups.append([change])
            if change.calls and change.address.part is None:
                heads[change.address] = groups[-1]
        else:
            head.append(change)
    return groups


def _id_in_answer(answer: dict[str, dict[str, str]]) -> str | None:
    entity = next((value for key, value in answer.items() if key != "ResponseMetadata"), {})
    return next((entity[key] for key in ("RoleId", "UserId", "PolicyId", "InstanceProfileId") if key in entity), None)
