"""Well-known credentials for test suites that have `test` written into them: an administrator's key for everybody.

They are taken only where `passrole serve --unsafe-test-credentials` was asked for, never otherwise.
"""

from __future__ import annotations

from typing import Final

from passrole.account import entities
from passrole.account.administrator import ADMINISTRATOR_NAME
from passrole.account.callers import Credential, user_caller
from passrole.account.context import AccountView
from passrole.account.entities import Kind

TEST_CREDENTIALS: Final = {"test": "test", "testing": "testing"}
"""Secret access key by access key id: LocalStack's and moto's usual ones."""


def test_credential(view: AccountView, access_key_id: str) -> Credential | None:
    """The administrator of the account under a well-known key; None for any other key, or without that user."""
    secret = TEST_CREDENTIALS.get(access_key_id)
    user = None if secret is None else entities.find(view, Kind.USER, ADMINISTRATOR_NAME)
    if secret is None or user is None:
        return None
    return Credential(access_key_id, secret, None, True, None, user_caller(view.connection, user))
