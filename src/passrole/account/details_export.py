"""An account as the answer of GetAccountAuthorizationDetails, whole and with its documents decoded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import unquote

from passrole.account.authorization_details import LISTS
from passrole.account.dispatch import find_operation
from passrole.account.store import AccountStore

_DOCUMENTS = frozenset({"AssumeRolePolicyDocument", "PolicyDocument", "Document"})


def export_details(store: AccountStore, account_id: str | None = None) -> dict[str, object]:
    """JSON values, as `aws iam get-account-authorization-details` prints them. The owner of the file asks nobody."""
    operation = find_operation("iam", "GetAccountAuthorizationDetails")
    details: dict[str, list[object]] = {member: [] for member in LISTS}
    marker: str | None = None
    with store.reading() as connection:
        account = store.view(connection, account_id)
        ctx = store.account_context(connection, account.account_id)
        while True:
            page = operation.handle(ctx, {"MaxItems": 1000} | ({} if marker is None else {"Marker": marker}))
            for member in LISTS:
                found = _plain(page[member])
                assert isinstance(found, list), member
                details[member] += found
            if not page["IsTruncated"]:
                return dict(details)
            marker = str(page["Marker"])


def _plain(value: object, member: str = "") -> object:
    if isinstance(value, Mapping):
        return {name: _plain(item, name) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return _document(value) if member in _DOCUMENTS and isinstance(value, str) else value


def _document(encoded: str) -> object:
    """As the AWS CLI has it: decoded, or else as IAM answers it. A number may have too many digits to be one."""
    try:
        return json.loads(unquote(encoded))
    except ValueError:
        return encoded
