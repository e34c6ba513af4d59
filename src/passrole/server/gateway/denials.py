"""The words in which the gateway refuses a call: AWS's where a policy decided, and the reason where none could."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from passrole.account.decided import Decided
from passrole.activity.bind.model import ApiCall, Refused
from passrole.engine.decision import Outcome
from passrole.engine.wording import denial_message
from passrole.server.gateway.resource_policies.s3 import BLOCKED_ACL, BLOCKED_POLICY

_SETTINGS: Final = {
    BLOCKED_POLICY: "because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access",
    BLOCKED_ACL: (
        "because public access control lists (ACLs) are prevented by the BlockPublicAcls setting in "
        "S3 Block Public Access"
    ),
}


def denial(decided: Decided, why_unknown: Mapping[str, str]) -> str:
    """The message of the refusal. `why_unknown` has, by condition key, why its value is not known."""
    request, decision = decided.request, decided.decision
    if decision.outcome is Outcome.UNDECIDED:
        reasons = [_spelled(reason, why_unknown) for reason in decision.undecided_because]
        named = " ".join(reasons)
        reasons += [f"{key}: {why}" for key, why in why_unknown.items() if key.partition("*")[0] in named]
        sentence = denial_message(request, decision).rstrip(".")
        return f"{sentence}. passrole cannot decide it, and refuses it: {'; '.join(dict.fromkeys(reasons))}"
    for ref in decision.determining:
        because = _SETTINGS.get(ref.attached.name)
        if because is not None:
            refused = f"User: {request.principal.arn} is not authorized to perform: {request.action}"
            return f'{refused} on resource: "{request.resource}" {because}'
    return denial_message(request, decision)


def _spelled(reason: str, keys: Mapping[str, str]) -> str:
    """With condition keys as AWS writes them; the engine has them in lower case."""
    for key in keys:
        start = key.partition("*")[0]
        reason = re.sub(re.escape(start), start.replace("\\", r"\\"), reason, flags=re.IGNORECASE)
    return reason


def refusal(call: ApiCall, refused: Refused) -> str:
    """The message for a call that cannot be bound, so that nobody can say what it asks."""
    return f"passrole cannot tell what {call.service}:{call.operation} asks of IAM, and refuses it: {refused.reason}"
