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
from passrole.account.tag_store import tags_of

TEST_CREDENTIALS: Final = {"test": "test", "testing": "testing"}
"""Secret access key by access key id: LocalStack's and moto's usual ones."""


def test_credential(view: AccountView, access_key_id: str, session_token: str | None) -> Credential | None:
    """The administrator of the account under a well-known key; None for any other key, or without that user.

    moto's usual settings have `testing` for a session token as well, so that such a token is taken with the keys.
    """
    secret = TEST_CREDENTIALS.get(access_key_id)
    user = None if secret is None else entities.find(view, Kind.USER, ADMINISTRATOR_NAME)
    if secret is None or user is None:
        return None
    token = session_token if session_token in TEST_CREDENTIALS else None
    return Credential(access_key_id, secret, token, True, None, user_caller(user, tags_of(view.connection, user.id)))
