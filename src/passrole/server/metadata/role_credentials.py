"""A role's credentials as a service keeps them for a workload: a session, and a new one before it ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

from passrole.account.as_service import assume_as_service
from passrole.account.callers import find_credential
from passrole.account.clock import moment
from passrole.account.service_error import ServiceError
from passrole.account.sessions import SessionCredentials
from passrole.account.store import AccountStore
from passrole.catalog.service_principals import service_principal

SESSION_SECONDS: Final = 3600
RENEWED_BEFORE_SECONDS: Final = 20 * 60
"""AWS SDKs ask for new credentials a quarter of an hour before the old ones end; the new ones are there then.

Source: Amazon EC2 User Guide, "Retrieve security credentials from instance metadata": "We make new credentials
available at least five minutes before the expiration of the old credentials."
<https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html>
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose session it is: the role, the service that assumes it (`ec2`), and what the service tells of itself."""

    role_arn: str
    service: str
    session_name: str
    region: str
    source_arn: str | None = None
    source_account: str | None = None
    request_keys: Mapping[str, str] = field(default_factory=dict)
    """Condition keys of the requests that the workload makes."""


class RoleCredentials:
    """Safe to use from several threads."""

    def __init__(self, store: AccountStore, wanted: Wanted) -> None:
        self.wanted = wanted
        self._store = store
        self._lock = Lock()
        self._made: SessionCredentials | None = None
        self._made_at = 0

    def current(self) -> tuple[SessionCredentials, int]:
        """Credentials that are good for twenty minutes at least, and when they were made, in seconds since 1970.

        Where no new session can be made any more, those that are left until they end. Raises ServiceError: AccessDenied
        when the trust policy does not let the service in, NoSuchEntity when the role is gone.
        """
        with self._lock:
            now = self._store.clock()
            left = 0 if self._made is None or not self._is_there(self._made) else self._made.expires_at - now
            if self._made is None or left < RENEWED_BEFORE_SECONDS:
                try:
                    self._made, self._made_at = self._assume(), now
                except ServiceError:
                    if self._made is None or left <= 0:
                        raise
            return self._made, self._made_at

    def _is_there(self, made: SessionCredentials) -> bool:
        """Not when the role was deleted or the account emptied since."""
        with self._store.reading() as connection:
            return find_credential(connection, made.access_key_id) is not None

    def _assume(self) -> SessionCredentials:
        wanted = self.wanted
        partition = wanted.role_arn.split(":", 2)[1]
        names = service_principal(wanted.service, partition).names
        for name in names:
            try:
                return assume_as_service(
                    self._store,
                    name,
                    wanted.role_arn,
                    session_name=wanted.session_name,
                    source_arn=wanted.source_arn,
                    source_account=wanted.source_account,
                    request_keys=wanted.request_keys,
                    seconds=SESSION_SECONDS,
                    region=wanted.region,
                )
            except ServiceError as refusal:
                # In China a trust policy may name the service in one of two ways.
                if refusal.code != "AccessDenied" or name == names[-1]:
                    raise
        raise AssertionError("a service has a name")


def credential_members(made: SessionCredentials) -> dict[str, str]:
    """The members that the answers of instances and of containers have in common."""
    return {
        "AccessKeyId": made.access_key_id,
        "SecretAccessKey": made.secret,
        "Token": made.token,
        "Expiration": iso_time(made.expires_at),
    }


def iso_time(seconds: int) -> str:
    return moment(seconds).strftime("%Y-%m-%dT%H:%M:%SZ")
