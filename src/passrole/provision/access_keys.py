"""Making an access key: the secret is on the disk before the step counts as done, and is shown to nobody."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from passrole.errors import ConfigurationError, PassroleError
from passrole.provision.call import Answer
from passrole.provision.changes import ApiCall, Change
from passrole.provision.journal import Journal
from passrole.provision.plan_keys import SavedKey
from passrole.provision.record import Record
from passrole.provision.secrets import SecretStore


def make_access_key(
    send: Callable[[ApiCall], Answer],
    change: Change,
    record: Record | None,
    journal: Journal,
    secrets: SecretStore,
    begun: datetime,
) -> SavedKey:
    """Make the key of `change`, by calls that `send` makes, and save its secret.

    The journal first gets the keys that the user has now and the time: if this stops before the secret is saved,
    they tell the next plan which key is lost. When the secret cannot be saved, the key is deleted at once.
    """
    assert record is not None, "a key that is made is recorded"
    assert record.key is not None, "a key that is made is recorded"
    user_name = change.address.name
    begun_record = replace(record, key=replace(record.key, key_id=None, file=None, begun=begun), pending=True)
    with secrets.slot(user_name) as slot:
        journal.finish({change.address: begun_record})
        key = send(ApiCall("CreateAccessKey", {"UserName": user_name}))["AccessKey"]
        try:
            return slot.save(key["AccessKeyId"], key["SecretAccessKey"], journal.account_id)
        except ConfigurationError:
            # Should this call fail too, the journal still tells the next plan that the key is lost.
            with contextlib.suppress(PassroleError):
                send(ApiCall("DeleteAccessKey", {"UserName": user_name, "AccessKeyId": key["AccessKeyId"]}))
            raise
