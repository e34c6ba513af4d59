"""Questions of the log, written out and read again: they are answered as they were, whatever the policies hold."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from tests.long.random_questions import Questions

from passrole.account.decision_log.saved_question import SavedStack, request_from, request_value, stack_from
from passrole.engine.evaluate import evaluate
from passrole.engine.stack import PolicyStack
from passrole.policy.parse import PolicySyntaxError


def plain(stack: PolicyStack) -> PolicyStack:
    """Without what no server gathers."""
    return replace(stack, endpoint=None)


@pytest.mark.parametrize("seed", range(5))
def test_random_questions_are_answered_as_before(seed: int) -> None:
    outcomes = set()
    for number in range(40):
        for question in Questions(seed, number).requests_to_one_stack(2):
            stack = plain(question.stack)
            saved = SavedStack(stack)
            try:
                again = stack_from(saved.text, saved.documents.__getitem__)
            except PolicySyntaxError:
                continue  # The source of questions makes policies, too, that no account takes.
            request = request_from(json.loads(json.dumps(request_value(question.request))))
            assert request == question.request
            before, after = evaluate(question.request, stack), evaluate(request, again)
            assert (after.outcome, after.decided_by, after.rule) == (before.outcome, before.decided_by, before.rule)
            assert [str(ref) for ref in after.determining] == [str(ref) for ref in before.determining]
            assert after.undecided_because == before.undecided_because
            assert SavedStack(again).id == saved.id, "the same stack is kept once"
            outcomes.add(before.outcome)
    assert len(outcomes) >= 3
