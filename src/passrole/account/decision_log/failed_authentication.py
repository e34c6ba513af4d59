"""A request whose caller could not be told, as the log keeps it: CloudTrail's event, apart from those of known callers.

Anyone can make them. A few are kept, in a table of their own, so that no stranger fills the disk or drives out what
known callers did.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from passrole.account.clock import moment
from passrole.account.decision_log.redaction import HIDDEN

KEPT_FAILURES: Final = 500
MOST_WAITING_FAILURES: Final = 50
"""Until the next batch is written, a tenth of a second later."""
_KEY_ID: Final = re.compile("[A-Z0-9]{16,128}")
_MOST_CHARACTERS: Final = 300


@dataclass(frozen=True, slots=True)
class FailedAuthentication:
    """`reason` may say more than the caller was told. What the request did not get to is None; `now` as in `clock`."""

    event_id: str
    request_id: str
    now: int
    service: str
    operation: str | None
    region: str | None
    access_key_id: str | None
    error: tuple[str, str]
    reason: str
    source_ip: str
    user_agent: str | None
    account_id: str


def failure_event(failure: FailedAuthentication) -> dict[str, object]:
    """JSON values. Nothing that the request carried is in it but what names its key, its operation and its client."""
    code, message = failure.error
    return {
        "eventVersion": "1.11",
        "userIdentity": {"type": "Unknown", "accessKeyId": _shown_key(failure.access_key_id)},
        "eventTime": moment(failure.now).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": f"{failure.service}.amazonaws.com",
        "eventName": failure.operation,
        "awsRegion": _cut(failure.region or ""),
        "sourceIPAddress": failure.source_ip,
        "userAgent": _cut(failure.user_agent or ""),
        "errorCode": code,
        "errorMessage": _cut(message),
        "requestParameters": None,
        "responseElements": None,
        "additionalEventData": {"passroleDecisions": [], "passroleNotAuthenticated": failure.reason},
        "requestID": failure.request_id,
        "eventID": failure.event_id,
        "readOnly": True,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": failure.account_id,
        "eventCategory": "Management",
    }


def _shown_key(access_key_id: str | None) -> str:
    """What has not the form of an id may be a secret in the wrong place."""
    if access_key_id is None:
        return ""
    return access_key_id if _KEY_ID.fullmatch(access_key_id) else HIDDEN


def _cut(text: str) -> str:
    return text[:_MOST_CHARACTERS].encode("utf-8", "replace").decode()
