"""What calls to another endpoint are signed with: credentials of the backend's own, from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from passrole.errors import UsageError

KEY_VARIABLE: Final = "PASSROLE_BACKEND_ACCESS_KEY_ID"
SECRET_VARIABLE: Final = "PASSROLE_BACKEND_SECRET_ACCESS_KEY"  # noqa: S105


@dataclass(frozen=True, slots=True)
class BackendCredentials:
    access_key_id: str
    secret_access_key: str = field(repr=False)


def backend_credentials(environment: Mapping[str, str]) -> BackendCredentials | None:
    """Those of PASSROLE_BACKEND_ACCESS_KEY_ID and PASSROLE_BACKEND_SECRET_ACCESS_KEY.

    None without them: emulators take the account's id for the access key and anything for the secret.
    Raises UsageError where one of the two is missing.
    """
    key, secret = environment.get(KEY_VARIABLE), environment.get(SECRET_VARIABLE)
    if not key and not secret:
        return None
    if not key or not secret:
        raise UsageError(f"`{KEY_VARIABLE}` and `{SECRET_VARIABLE}` belong together", help="set both of them, or none")
    return BackendCredentials(key, secret)
