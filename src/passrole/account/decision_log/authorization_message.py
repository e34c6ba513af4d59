"""What sts:DecodeAuthorizationMessage tells of a denied call.

Source: IAM User Guide, "Use DecodeAuthorizationMessage with an AWS SDK or CLI"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/sts_example_sts_DecodeAuthorizationMessage_section.html>, from whose
answer the members are taken.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from passrole.account.decided import Decided
from passrole.account.decision_log.decision_log import DecisionLog
from passrole.account.service_error import ServiceError
from passrole.engine.decision import Outcome, StatementRef
from passrole.engine.global_keys import SPELLING
from passrole.engine.principals import account_of, implied_context
from passrole.engine.request import Request
from passrole.engine.stack import Known

Json = dict[str, object]


def decoded_message(log: DecisionLog, encoded: str, account_id: str) -> str:
    """The JSON text of DecodedMessage, for somebody of the account whose caller was denied.

    To others of the same file it would tell what that account's policies say.
    Raises InvalidAuthorizationMessageException for what was never given out in the account.
    """
    call = log.find_message(encoded)
    denied = None if call is None else next((each for each in call.decided if not each.decision.allowed), None)
    if denied is None or account_of(denied.request.principal) != account_id:
        raise ServiceError("InvalidAuthorizationMessageException", "Message is not valid")
    return json.dumps(message_of(denied), separators=(",", ":"))


def asks_policies_of_strangers(decided: Decided) -> bool:
    """Whether the policy of a resource was asked whose account is neither the caller's nor in an organization with it.

    AWS's pages on who may ask look at the caller alone. A trust policy holds external ids, and whoever may not assume
    its role would read it.
    """
    request, stack = decided.request, decided.stack
    account, owner, organization = request.principal.account, request.resource_account, request.organization
    if owner is None or owner == account or not (stack.rcps or stack.resource != Known()):
        return False
    return organization is None or account not in organization.members or owner not in organization.members


def message_of(denied: Decided) -> Json:
    """Without the statements that denied where they may be a stranger's."""
    explicit = denied.decision.outcome is Outcome.EXPLICIT_DENY and not asks_policies_of_strangers(denied)
    principal = denied.request.principal
    return {
        "allowed": False,
        "explicitDeny": denied.decision.outcome is Outcome.EXPLICIT_DENY,
        "matchedStatements": _items(
            _statement(ref, principal.unique_id or principal.arn) for ref in denied.decision.determining if explicit
        ),
        "failures": _items(()),
        "context": {
            "principal": {"id": principal.unique_id or principal.arn, "arn": principal.arn},
            "action": denied.request.action,
            "resource": denied.request.resource,
            "conditions": _items(
                {"key": key, "values": _values(values)} for key, values in sorted(context_of(denied.request).items())
            ),
        },
    }


def _statement(ref: StatementRef, principal_id: str) -> Json:
    statement = ref.statement
    return {
        "statementId": statement.sid or "",
        "effect": statement.effect.value.upper(),
        "principals": _values((principal_id,)),
        "principalGroups": _items(()),
        "actions": _values(value.text for value in statement.actions.patterns),
        "resources": _values(value.text for value in (statement.resources.patterns if statement.resources else ())),
        "conditions": _items(
            {"key": condition.key, "values": _values(value.text for value in condition.values)}
            for condition in statement.conditions
        ),
    }


def context_of(request: Request) -> dict[str, tuple[str, ...]]:
    """The keys that the request had, those of its principal included."""
    given = {key.lower() for key in request.context}
    implied = {
        SPELLING.get(key, key): value
        for key, value in implied_context(request.principal).items()
        if isinstance(value, (str, tuple)) and key not in given
    }
    return {key: (value,) if isinstance(value, str) else value for key, value in {**implied, **request.context}.items()}


def _values(values: Iterable[str]) -> Json:
    return _items({"value": value} for value in values)


def _items(items: Iterable[Json]) -> Json:
    return {"items": list(items)}
