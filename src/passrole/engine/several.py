"""One API call that asks IAM several questions: it is allowed only if every one of them is.

Launching an instance asks about the image, the subnet, the instance and, with a role, iam:PassRole; creating an alias
asks about the alias and the key. Each question has its own resource, context and
resource-based policy.
Source: IAM User Guide, "…IfExists condition operators"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_IfExists>
and AWS KMS Developer Guide, "Controlling access to aliases"
<https://docs.aws.amazon.com/kms/latest/developerguide/alias-access.html>
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from passrole.engine.decision import Decision, Outcome
from passrole.engine.evaluate import evaluate
from passrole.engine.request import Request
from passrole.engine.stack import PolicyStack

_WORST_FIRST = (Outcome.EXPLICIT_DENY, Outcome.IMPLICIT_DENY, Outcome.UNDECIDED, Outcome.ALLOWED)


def evaluate_call(questions: Iterable[tuple[Request, PolicyStack]]) -> Decision:
    """Decide a call by the questions it asks, in order; the first decision of the worst outcome is the call's.

    A call that asks nothing is not one: raises ValueError.
    """
    return worst([evaluate(request, stack) for request, stack in questions])


def worst(decisions: Sequence[Decision]) -> Decision:
    """Of several decisions about one call, the one that counts. Raises ValueError when there is none."""
    if not decisions:
        raise ValueError("a call asks at least one question")
    return min(decisions, key=lambda decision: _WORST_FIRST.index(decision.outcome))
