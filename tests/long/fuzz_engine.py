"""The long differential run: `evaluate` says what the naive specification says, and a compiled stack what `evaluate` says.

    python -m tests.long.fuzz_engine 1000000            a million random questions
    python -m tests.long.fuzz_engine 1000000 --seed 7   other ones
    python -m tests.long.fuzz_engine 5 --seed 7 --first 123456   again from the stack with that number

Stops at the first disagreement, makes it as small as it can and prints it as a conformance case, without an
expectation that could be trusted: that comes from AWS's pages. Exit code 0 only if there was none.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter

from tests.long.as_case import case_of
from tests.long.random_questions import Question, Questions
from tests.long.smaller import smallest
from tests.spec import naive

from passrole.engine.conformance_evaluate import evaluate_case
from passrole.engine.decision import Decision, Outcome
from passrole.engine.evaluate import evaluate
from passrole.engine.fast.compiled_stack import CompiledStack, compile_stack

REQUESTS_TO_A_STACK = 4
REPORT_EVERY_SECONDS = 60


def differences(question: Question) -> list[str]:
    """In words, what disagrees; nothing if all say the same."""
    return _differences(question, evaluate(question.request, question.stack), compile_stack(question.stack))


def _differences(question: Question, decision: Decision, compiled: CompiledStack) -> list[str]:
    """The same; `compiled` may have answered other requests before."""
    plainly = naive.decide(question.request, question.stack)
    quickly = compiled.decide(question.request)
    found = []
    if plainly is not decision.outcome:
        found.append(f"evaluate says {decision.outcome.value}, the specification {plainly.value}")
    if quickly != decision:
        found.append(f"evaluate says {decision}, the compiled stack {quickly}")
    return found


def explain_disagreement(question: Question, name: str, found: list[str]) -> None:
    print(f"\n{name}: {'; '.join(found)}")
    if not differences(question):
        print("Only with the earlier requests to the same stack:", question, sep="\n")
        return
    small = smallest(question, lambda candidate: bool(differences(candidate)))
    outcome = naive.decide(small.request, small.stack).value
    case, left_out = case_of(small, "regressions-000", "; ".join(differences(small)), outcome)
    print(json.dumps(case, indent=1, ensure_ascii=False))
    again = evaluate_case(case)
    if left_out:
        print("The format cannot say:", *left_out, sep="\n  ")
    if not differences(Question(again.request, again.stack)):
        print("Read back, the case does not disagree. The question itself:", small, sep="\n")


def run(count: int, seed: int, first: int) -> bool:
    """Whether all agreed. Prints what it found."""
    outcomes: Counter[Outcome] = Counter()
    started, reported, number = time.monotonic(), time.monotonic(), first
    while outcomes.total() < count:
        questions = Questions(seed, number).requests_to_one_stack(min(REQUESTS_TO_A_STACK, count - outcomes.total()))
        compiled = compile_stack(questions[0].stack)
        for question in questions:
            try:
                decision = evaluate(question.request, question.stack)
                found = _differences(question, decision, compiled)
            except Exception:
                print(f"\nseed {seed}, stack {number}: an error instead of an answer to", question, sep="\n")
                raise
            if found:
                explain_disagreement(question, f"seed {seed}, stack {number}", found)
                return False
            outcomes[decision.outcome] += 1
        number += 1
        if time.monotonic() - reported > REPORT_EVERY_SECONDS:
            reported = time.monotonic()
            print(f"{outcomes.total():,} agree after {reported - started:.0f} s", flush=True)
    seconds = time.monotonic() - started
    print(f"{outcomes.total():,} questions to {number - first:,} stacks, all agree: {count / seconds:,.0f} a second")
    for outcome in Outcome:
        print(f"  {outcome.value:13} {outcomes[outcome]:>12,} ({outcomes[outcome] / count:.1%})")
    return True


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.long.fuzz_engine", description="engine against specification"
    )
    parser.add_argument("count", type=int, help="how many questions")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, metavar="STACK", help="the number of the first stack")
    asked = parser.parse_args()
    return 0 if run(max(1, asked.count), asked.seed, asked.first) else 1


if __name__ == "__main__":
    sys.exit(main())
