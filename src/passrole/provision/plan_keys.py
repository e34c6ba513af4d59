"""Planning a user's access key: made once, never twice, and made again only where its secret was certainly lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeAlias

from passrole.account.snapshot import Unreadable, UserState
from passrole.catalog.quotas import ACCESS_KEYS_OF_USER
from passrole.provision.addresses import Address
from passrole.provision.changes import Action, ApiCall, Change
from passrole.provision.planning import Planning, blocked, blocked_by, change
from passrole.provision.record import KeyRecord, Record
from passrole.provision.wanted import Wanted

WHILE_A_CALL_LASTS = timedelta(minutes=15)
"""How far apart the creation of a lost key and the journal's note of its beginning may be: a call with its retries,
and the difference of two clocks, for which AWS allows about so much before it refuses a signature (a guess)."""


@dataclass(frozen=True, slots=True)
class SavedKey:
    """An access key whose secret is in a file of passrole's."""

    key_id: str
    file: str


SavedKeys: TypeAlias = Mapping[str, SavedKey]
"""By user name."""


def plan_access_key(planning: Planning, wanted: Wanted, user: UserState | None, saved: SavedKeys) -> Change:
    """The key that the set-ups want for a user; the user's other keys are never touched."""
    address = wanted.address.access_key()
    keys: tuple[str, ...] | Unreadable = user.access_key_ids if user is not None else ()
    if isinstance(keys, Unreadable):
        return blocked_by(planning, address, keys)
    record = planning.record(address) if user is not None else None
    labels = planning.kept_labels(record) + wanted.key_set_ups
    key = record.key if record else None
    if key is None:
        return _make(planning, address, labels, keys, "passrole has made no key for this user")
    if key.key_id is None:
        return _unfinished(planning, address, labels, keys, key, saved)
    if key.key_id not in keys:
        return _make(planning, address, labels, keys, f"the key `{key.key_id}` that passrole made is gone")
    return change(
        planning,
        address,
        Action.NO_CHANGE,
        f"the key `{key.key_id}` is there; its secret was saved in `{key.file}`",
        after_record=Record(labels, key=key),
    )


def release_access_key(planning: Planning, address: Address, user: UserState) -> Change:
    """The removal of the key that passrole made; one whose making was not seen to its end is looked for first."""
    record, keys = planning.record(address), user.access_key_ids
    assert record is not None, "only a key in the journal is released"
    if isinstance(keys, Unreadable):
        return blocked_by(planning, address, keys)
    key = record.key
    key_id = key.key_id if key else None
    if key is not None and key_id is None:
        lost = [each for each in keys if each not in key.ids_before and _may_be_lost(planning, each, key)]
        if len(lost) > 1 or any(isinstance(planning.observation.new_keys[each].used, Unreadable) for each in lost):
            return _cannot_tell(planning, address, lost)
        key_id = lost[0] if lost else None
    if key_id not in keys:
        return change(planning, address, Action.NO_CHANGE, "is gone already", after_record=None)
    call = ApiCall("DeleteAccessKey", {"UserName": address.name, "AccessKeyId": key_id})
    return change(
        planning, address, Action.DELETE, f"passrole made the key `{key_id}`", after_record=None, calls=(call,)
    )


def _make(planning: Planning, address: Address, labels: tuple[str, ...], keys: tuple[str, ...], reason: str) -> Change:
    if len(keys) >= ACCESS_KEYS_OF_USER.value:
        return blocked(
            planning,
            address,
            f"`{address.entity}` has {len(keys)} access keys already, and IAM allows no more: {', '.join(keys)}",
            notes=(_how_to_delete(address),),
        )
    return change(
        planning,
        address,
        Action.ADD,
        reason,
        after_record=Record(labels, key=KeyRecord(ids_before=keys)),
        calls=(ApiCall("CreateAccessKey", {"UserName": address.name}),),
        notes=("the secret goes into a file that only you can read, and nowhere else",),
    )


def _unfinished(
    planning: Planning,
    address: Address,
    labels: tuple[str, ...],
    keys: tuple[str, ...],
    key: KeyRecord,
    saved: SavedKeys,
) -> Change:
    """An earlier apply began to make a key, and its end was not seen."""
    new = [each for each in keys if each not in key.ids_before]
    file = saved.get(address.name)
    if file is not None and file.key_id in new:
        return change(
            planning,
            address,
            Action.NO_CHANGE,
            f"the key `{file.key_id}` was made and its secret saved before an earlier apply stopped",
            after_record=Record(labels, key=KeyRecord(file.key_id, file.file)),
        )
    lost = [each for each in new if _may_be_lost(planning, each, key)]
    if not lost:
        made = _make(planning, address, labels, keys, "an earlier apply stopped before it made the key")
        strangers = tuple(f"the key `{each}` has appeared since; passrole did not make it" for each in new)
        return replace(made, notes=made.notes + strangers)
    if len(lost) > 1 or isinstance(planning.observation.new_keys[lost[0]].used, Unreadable):
        return _cannot_tell(planning, address, lost)
    rest = tuple(each for each in keys if each != lost[0])
    return change(
        planning,
        address,
        Action.REPLACE,
        f"an earlier apply stopped after it made the key `{lost[0]}` and before it saved its secret, which is lost",
        after_record=Record(labels, key=KeyRecord(ids_before=rest)),
        calls=(
            ApiCall("DeleteAccessKey", {"UserName": address.name, "AccessKeyId": lost[0]}),
            ApiCall("CreateAccessKey", {"UserName": address.name}),
        ),
    )


def _may_be_lost(planning: Planning, key_id: str, key: KeyRecord) -> bool:
    """Nobody has the secret of a lost key, so one that was ever used is somebody else's; so is one made later."""
    new = planning.observation.new_keys.get(key_id)
    if new is None or new.used is True or key.begun is None:
        return False
    return abs(new.created - key.begun) <= WHILE_A_CALL_LASTS


def _cannot_tell(planning: Planning, address: Address, lost: list[str]) -> Change:
    return blocked(
        planning,
        address,
        "an earlier apply stopped while it made a key, and which of the user's keys that is cannot be told: "
        + ", ".join(lost),
        notes=(_how_to_delete(address),),
    )


def _how_to_delete(address: Address) -> str:
    return f"delete one that nobody uses: aws iam delete-access-key --user-name {address.name} --access-key-id ID"
