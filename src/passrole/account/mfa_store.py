"""Virtual MFA devices as rows: their seeds, whose they are, and the last code that was used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, insert, select, update

from passrole.account import entities
from passrole.account.context import AccountView
from passrole.account.entities import Entity, Kind
from passrole.account.tables import entities as entities_table
from passrole.account.tables import mfa_devices

_device = mfa_devices.c


@dataclass(frozen=True, slots=True)
class MfaDevice:
    """`seed` is in Base32; `enabled_at` in seconds since 1970; `drift` and `last_step` as in `totp`."""

    entity: Entity
    seed: str = field(repr=False)
    user_id: str | None = None
    enabled_at: int | None = None
    drift: int = 0
    last_step: int | None = None


def add_device(view: AccountView, entity: Entity, seed: str) -> None:
    """Raises EntityAlreadyExists."""
    entities.add(view.connection, entity)
    view.connection.execute(insert(mfa_devices).values(device_id=entity.id, seed=seed, drift=0))


def find_device(view: AccountView, serial_number: str) -> MfaDevice | None:
    """The device of this account with a serial number, which is its ARN."""
    entity = entities.find_by_arn(view.connection, serial_number)
    if entity is None or entity.kind is not Kind.MFA_DEVICE or entity.account_id != view.account_id:
        return None
    return devices_of(view, [entity])[0]


def devices_of(view: AccountView, found: Sequence[Entity]) -> list[MfaDevice]:
    """The devices of these entities, in their order."""
    rows = view.connection.execute(select(mfa_devices).where(_device.device_id.in_([entity.id for entity in found])))
    by_id = {row.device_id: row for row in rows}
    return [
        MfaDevice(
            entity,
            by_id[entity.id].seed,
            by_id[entity.id].user_id,
            by_id[entity.id].enabled_at,
            by_id[entity.id].drift,
            by_id[entity.id].last_step,
        )
        for entity in found
    ]


def devices_of_user(view: AccountView, user: Entity) -> list[MfaDevice]:
    statement = select(entities_table).join(mfa_devices, _device.device_id == entities_table.c.id)
    found = entities.fetch_after(view.connection, statement.where(_device.user_id == user.id), after=None, limit=None)
    return devices_of(view, found)


def count_assigned(view: AccountView) -> int:
    """How many devices of the account are somebody's."""
    statement = (
        select(func.count()).select_from(mfa_devices).join(entities_table, _device.device_id == entities_table.c.id)
    )
    assigned = (entities_table.c.account_id == view.account_id, _device.user_id.is_not(None))
    return view.connection.execute(statement.where(*assigned)).scalar_one()


def assign(view: AccountView, device: MfaDevice, user: Entity, *, now: int, drift: int, last_step: int) -> None:
    _set(view, device, user_id=user.id, enabled_at=now, drift=drift, last_step=last_step)


def unassign(view: AccountView, device: MfaDevice) -> None:
    _set(view, device, user_id=None, enabled_at=None, drift=0, last_step=None)


def set_clock(view: AccountView, device: MfaDevice, *, drift: int, last_step: int) -> None:
    _set(view, device, drift=drift, last_step=last_step)


def set_last_step(view: AccountView, device: MfaDevice, step: int) -> None:
    _set(view, device, last_step=step)


def _set(view: AccountView, device: MfaDevice, **values: object) -> None:
    view.connection.execute(update(mfa_devices).where(_device.device_id == device.entity.id).values(**values))
