"""When access keys and roles were last used: noted for each request, written at most once a minute for each.

It is outside the promise that an acknowledged write is on disk: AWS's own figure lags as well.
Source: IAM API Reference, AccessKeyLastUsed and RoleLastUsed
<https://docs.aws.amazon.com/IAM/latest/APIReference/API_AccessKeyLastUsed.html>
"""

from __future__ import annotations

import logging
from threading import Lock

from sqlalchemy import update

from passrole.account.callers import Credential
from passrole.account.role_store import record_role_use
from passrole.account.store import AccountStore
from passrole.account.tables import access_keys
from passrole.errors import ConfigurationError

SECONDS_BETWEEN_WRITES = 60
_log = logging.getLogger(__name__)


class LastUsed:
    """Keeps one store's last-used data up to date; safe to use from several threads."""

    def __init__(self, store: AccountStore) -> None:
        self._store = store
        self._written: dict[str, int] = {}
        self._lock = Lock()

    def note(self, credential: Credential, *, service: str, region: str) -> None:
        """Call it once a request has been authenticated, outside its transaction."""
        now = self._store.clock()
        entity = credential.caller.entity
        is_role = credential.caller.is_role_session
        used = entity.id if is_role and entity is not None else credential.access_key_id
        with self._lock:
            if now - self._written.get(used, now - SECONDS_BETWEEN_WRITES) < SECONDS_BETWEEN_WRITES:
                return
            self._written[used] = now
        try:
            self._write(used, is_role=is_role, now=now, service=service, region=region)
        except ConfigurationError as error:
            # The request itself has been answered; its answer does not depend on this.
            _log.warning("when %s was last used could not be noted: %s", used, error.message)

    def _write(self, used: str, *, is_role: bool, now: int, service: str, region: str) -> None:
        with self._store.writing() as connection:
            if is_role:
                record_role_use(connection, used, used_at=now, region=region)
                return
            connection.execute(
                update(access_keys)
                .where(access_keys.c.id == used)
                .values(last_used_at=now, last_used_service=service, last_used_region=region)
            )
