"""passrole's own times on a workload: single decisions, decisions in bulk, and `evaluate` without preparation.

Every answer of a sample is compared with `evaluate`: a fast wrong answer is worth nothing.
"""

from __future__ import annotations

import gc
import random
import sys
import time
from dataclasses import dataclass

from engine_workload import Workload

from passrole.engine.evaluate import evaluate
from passrole.engine.fast.compiled_stack import CompiledStack, compile_stack
from passrole.engine.fast.plan_book import PlanBook

PASSES = 5
SAMPLE = 500


@dataclass(frozen=True, slots=True)
class Single:
    """Microseconds; `first` and `mean` are of CPU time a decision, in the first pass and in the best one."""

    p50: float
    p99: float
    first: float
    mean: float


def stacks_of(work: Workload) -> list[CompiledStack]:
    book = PlanBook()
    return [compile_stack(subject.stack, book) for subject in work.subjects]


def single(work: Workload) -> Single:
    stacks = stacks_of(work)
    asked = [(stacks[place].decide, request) for place, request in zip(work.subject_of, work.requests, strict=True)]
    means = []
    with collector_off():
        for _ in range(PASSES):
            started = time.process_time()
            for decide, request in asked:
                decide(request)
            means.append((time.process_time() - started) / len(asked) * 1e6)
        clock, times = time.perf_counter_ns, []
        for decide, request in asked:
            started_ns = clock()
            decide(request)
            times.append(clock() - started_ns)
    times.sort()
    return Single(times[len(times) // 2] / 1e3, times[len(times) * 99 // 100] / 1e3, means[0], min(means))


def naive(work: Workload) -> float:
    """Microseconds of CPU time that `evaluate` takes for a decision."""
    sample = random.Random(1).sample(range(len(work.requests)), min(SAMPLE, len(work.requests)))
    asked = [(work.requests[place], work.subjects[work.subject_of[place]].stack) for place in sample]
    for request, stack in asked:
        evaluate(request, stack)
    started = time.process_time()
    for request, stack in asked:
        evaluate(request, stack)
    return (time.process_time() - started) / len(asked) * 1e6


def bulk(work: Workload) -> float:
    """Million decisions in a CPU second, from lists of texts to arrays of outcomes and decisions."""
    from passrole.engine.fast.bulk import decide_columns
    from passrole.engine.fast.columns import Asker, Requests

    names = dict.fromkeys(name for request in work.requests for name in request.context)
    columns = Requests(
        actions=[request.action for request in work.requests],
        resources=[request.resource for request in work.requests],
        askers=list(work.subject_of) if len(work.subjects) > 1 else None,
        resource_account=work.requests[0].resource_account,
        context={name: [request.context.get(name) for request in work.requests] for name in names},
    )
    stacks = stacks_of(work)
    askers = [Asker(subject.principal, stack) for subject, stack in zip(work.subjects, stacks, strict=True)]
    best = float("inf")
    with collector_off():
        for _ in range(PASSES):
            started = time.process_time()
            found = decide_columns(askers, columns)
            best = min(best, time.process_time() - started)
    for row in random.Random(2).sample(range(len(found)), min(SAMPLE, len(found))):
        check(work, row, found[row] == evaluate(work.requests[row], work.subjects[work.subject_of[row]].stack))
    return len(found) / best / 1e6


def compare(work: Workload) -> None:
    """Ends the benchmark when a sampled answer is not that of `evaluate`."""
    stacks = stacks_of(work)
    for row in random.Random(3).sample(range(len(work.requests)), min(SAMPLE, len(work.requests))):
        request, place = work.requests[row], work.subject_of[row]
        check(work, row, stacks[place].decide(request) == evaluate(request, work.subjects[place].stack))


def check(work: Workload, row: int, same: bool) -> None:
    if not same:
        sys.exit(f"request {row} of {work.name} is answered otherwise than by `evaluate`: {work.requests[row]}")


class collector_off:  # noqa: N801
    """Garbage is collected before, so that nobody's run pays for another's."""

    def __enter__(self) -> None:
        gc.collect()
        gc.disable()

    def __exit__(self, *_: object) -> None:
        gc.enable()
