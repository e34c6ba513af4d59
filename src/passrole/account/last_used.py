"""When access keys and roles were last used: noted for each request, written at most once a minute for each.

It is outside the promise that an acknowledged write is on disk: AWS's own figure lags as well.
Source: IAM API Reference, AccessKeyLastUsed and RoleLastUsed
<https://docs.aws.amazon.com/IAM/latest/APIReference/API_AccessKeyLastUsed.html>
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from threading import Lock

from sqlalchemy import Connection, update

from passrole.account.callers import Credential
from passrole.account.role_store import record_role_use
from passrole.account.store import AccountStore
from passrole.account.tables import access_keys
from passrole.errors import ConfigurationError

SECONDS_BETWEEN_WRITES = 60
MOST_REMEMBERED = 8192
"""Keys whose last write is remembered. Temporary keys come without end; one that was forgotten is written again."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KeyUse:
    """What is to be written: `used` is an access key's id, or the unique id of a role; `at` as in `clock`."""

    used: str
    is_role: bool
    at: int
    service: str
    region: str


class LastUsed:
    """Keeps one store's last-used data up to date; safe to use from several threads."""

    def __init__(self, store: AccountStore) -> None:
        self._store = store
        self._written: dict[str, int] = {}
        self._lock = Lock()

    def note(self, credential: Credential, *, service: str, region: str) -> None:
        """Call it once a request has been authenticated, outside its transaction."""
        use = self.due(credential, service=service, region=region)
        if use is not None:
            self.write(use)

    def due(self, credential: Credential, *, service: str, region: str) -> KeyUse | None:
        """What this use gives to write, which it is then the caller's part to do; None for most."""
        now = self._store.clock()
        entity = credential.caller.entity
        is_role = credential.caller.is_role_session
        used = entity.id if is_role and entity is not None else credential.access_key_id
        with self._lock:
            if now - self._written.get(used, now - SECONDS_BETWEEN_WRITES) < SECONDS_BETWEEN_WRITES:
                return None
            if len(self._written) >= MOST_REMEMBERED:
                self._written.clear()
            self._written[used] = now
        return KeyUse(used, is_role, now, service, region)

    def write(self, use: KeyUse) -> None:
        try:
            with self._store.writing() as connection:
                write_use(connection, use)
        except ConfigurationError as error:
            # The request itself has been answered; its answer does not depend on this.
            _log.warning("when %s was last used could not be noted: %s", use.used, error.message)


def write_use(connection: Connection, use: KeyUse) -> None:
    if use.is_role:
        record_role_use(connection, use.used, used_at=use.at, region=use.region)
        return
    connection.execute(
        update(access_keys)
        .where(access_keys.c.id == use.used)
        .values(last_used_at=use.at, last_used_service=use.service, last_used_region=use.region)
    )
