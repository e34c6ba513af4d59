"""A call as CloudTrail writes an event.

Sources: AWS CloudTrail User Guide, "CloudTrail record contents"
<https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html> and
"userIdentity element"
<https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html>
"""

from __future__ import annotations

from functools import lru_cache

from passrole.account.callers import Caller
from passrole.account.clock import moment
from passrole.account.decision_log.data_events import is_data_event
from passrole.account.decision_log.recorded_call import RecordedCall
from passrole.account.decision_log.redaction import event_source, output_of, parameters_of
from passrole.account.entities import Entity
from passrole.engine.identity import Identity
from passrole.engine.request import PrincipalType

EVENT_VERSION = "1.11"
Members = dict[str, object]


def cloudtrail_event(call: RecordedCall) -> Members:
    """The event, JSON values only. What the engine was asked stands in additionalEventData."""
    event: Members = {
        "eventVersion": EVENT_VERSION,
        "userIdentity": _user_identity(Identity(call.caller), call.access_key_id),
        "eventTime": _time(call.now),
        "eventSource": f"{event_source(call.service)}.amazonaws.com",
        "eventName": call.operation,
        "awsRegion": call.region,
        "sourceIPAddress": call.source_ip,
        "userAgent": call.user_agent or "",
    }
    if call.error is not None:
        event["errorCode"], event["errorMessage"] = call.error
    is_data = is_data_event(call.service, call.operation)
    return event | {
        "requestParameters": parameters_of(call.service, call.operation, call.parameters),
        # Of calls that change nothing CloudTrail leaves it null.
        "responseElements": output_of(call.service, call.operation, call.output) if call.writes else None,
        "additionalEventData": _additional(call),
        "requestID": call.request_id,
        "eventID": call.event_id,
        "readOnly": not call.writes,
        "eventType": "AwsApiCall",
        "managementEvent": not is_data,
        "recipientAccountId": call.account_id or call.caller.principal.account,
        "eventCategory": "Data" if is_data else "Management",
    }


@lru_cache(maxsize=256)
def _user_identity(caller: Identity[Caller], access_key_id: str) -> Members:
    """A caller who comes again as it was is the same object (see `callers`)."""
    return user_identity(caller.value, access_key_id)


def user_identity(caller: Caller, access_key_id: str) -> Members:
    principal = caller.principal
    if principal.type is PrincipalType.ANONYMOUS:
        return {"type": "AWSAccount", "principalId": "", "accountId": "anonymous"}
    if principal.type is PrincipalType.SERVICE:
        return {"type": "AWSService", "invokedBy": principal.arn}
    identity: Members = {
        "type": _TYPES.get(principal.type, "Unknown"),
        "principalId": caller.user_id,
        "arn": principal.arn,
        "accountId": principal.account,
        "accessKeyId": access_key_id,
    }
    if caller.user_name is not None:
        identity["userName"] = caller.user_name
    if caller.session is not None:
        context: Members = {
            "attributes": {
                "creationDate": _time(caller.session.issued_at),
                "mfaAuthenticated": "false" if caller.session.terms.mfa_at is None else "true",
            }
        }
        if caller.is_role_session and caller.entity is not None:
            context["sessionIssuer"] = _issuer(caller.entity)
        if caller.session.terms.source_identity is not None:
            context["sourceIdentity"] = caller.session.terms.source_identity
        identity["sessionContext"] = context
    return identity


def _issuer(role: Entity) -> Members:
    return {
        "type": "Role",
        "principalId": role.id,
        "arn": role.arn,
        "accountId": role.account_id,
        "userName": role.name,
    }


def _additional(call: RecordedCall) -> Members:
    decisions = [
        {
            "action": each.request.action,
            "resource": each.request.resource,
            "outcome": each.decision.outcome.value,
            "decidedBy": None if each.decision.decided_by is None else each.decision.decided_by.value,
        }
        for each in call.decided
    ]
    found: Members = {"passroleDecisions": decisions}
    if call.unsafe_credentials:
        found["passroleUnsafeTestCredentials"] = True
    if call.enforcement is not None:
        found["passroleEnforcement"] = call.enforcement
    if call.unmapped is not None:
        found["passroleUnmapped"] = call.unmapped
    return found


@lru_cache(maxsize=64)
def _time(seconds: int) -> str:
    return moment(seconds).strftime("%Y-%m-%dT%H:%M:%SZ")


_TYPES = {
    PrincipalType.ROOT_USER: "Root",
    PrincipalType.USER: "IAMUser",
    PrincipalType.ROLE_SESSION: "AssumedRole",
    PrincipalType.SERVICE_LINKED_ROLE_SESSION: "AssumedRole",
    PrincipalType.FEDERATED_SESSION: "FederatedUser",
    PrincipalType.WEB_IDENTITY_SESSION: "AssumedRole",
    PrincipalType.SAML_SESSION: "AssumedRole",
}
