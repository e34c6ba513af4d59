"""A call of the log in JSON: who, what, on what, and what decided."""

from __future__ import annotations

from passrole.account.decided import Decided
from passrole.account.decision_log.logged_call import LoggedCall
from passrole.cli.decision_json import missing_values, ref_value
from passrole.engine.explain import explain


def call_value(call: LoggedCall) -> dict[str, object]:
    event = call.event
    return {
        "id": call.request_id,
        "event_id": call.event_id,
        "time": event["eventTime"],
        "principal": call.caller,
        "operation": call.operation,
        "region": event["awsRegion"],
        "source_ip": event["sourceIPAddress"],
        "denied": call.denied,
        "answered": call.answered.value,
        "not_authenticated": call.not_authenticated,
        "enforcement": call.enforcement,
        "unmapped": call.unmapped,
        "unsafe_test_credentials": call.unsafe_credentials,
        "error": event.get("errorCode"),
        "decisions": [_decision_value(each) for each in call.decided],
    }


def _decision_value(decided: Decided) -> dict[str, object]:
    request, decision = decided.request, decided.decision
    return {
        "action": request.action,
        "resource": request.resource,
        "outcome": decision.outcome.value,
        "decided_by": decision.decided_by.value if decision.decided_by else None,
        "rule": decision.rule,
        "determining": [ref_value(ref) for ref in decision.determining],
        "missing": [] if decision.allowed else missing_values(explain(request, decided.stack)),
        "undecided_because": list(decision.undecided_because),
    }
