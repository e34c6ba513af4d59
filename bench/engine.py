"""The engine's speed: single decisions, decisions in bulk, and other engines on the same questions in the same run.

    python bench/engine.py                       everything; some minutes
    python bench/engine.py --no-peers --requests 20000 --principals 200

Times are CPU time of this process, but for p50 and p99, which are of the wall clock and need a quiet machine. Every
answer of a sample is compared with `evaluate`, and every peer's with ours: a fast wrong answer is worth nothing.
"""

from __future__ import annotations

import argparse
import gc
import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine_peers import PEERS, Measured, Skipped, installed, measure
from engine_workload import KINDS, Workload, workload

from passrole.engine.evaluate import evaluate
from passrole.engine.fast.compiled_stack import CompiledStack, compile_stack
from passrole.engine.fast.plan_book import PlanBook

WANTED_P50 = {"small": 2.0, "typical": 5.0, "heavy": 8.0}
"""Microseconds, for one principal."""
WANTED_BULK = {"small": 0.7, "typical": 0.5, "heavy": 0.2}
"""Million decisions in a CPU second."""
WANTED_RATIO = {"@cloud-copilot/iam-simulate": 300, "principalmapper": 25, "cedarpy": 50}
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


def report(name: str, requests: int, principals: int, *, with_bulk: bool) -> Iterator[str]:
    for count in dict.fromkeys((1, principals)):
        work = workload(name, requests=requests, principals=count)
        compare(work)
        one, slow = single(work), naive(work)
        wanted = f" (wanted {WANTED_P50[name]:.0f})" if count == 1 else ""
        line = (
            f"{name:8} {count:5} principals  p50 {one.p50:6.2f} us{wanted}  p99 {one.p99:7.2f}  mean {one.mean:6.2f}"
            f"  first pass {one.first:6.2f}  {1 / one.mean:5.2f} M/s  {slow / one.mean:5.0f} x evaluate"
        )
        yield line
        if with_bulk:
            wanted = f" (wanted {WANTED_BULK[name]})" if count == 1 else ""
            yield f"{name:8} {count:5} principals  bulk {bulk(work):5.2f} M/s{wanted}"


def peers(names: Sequence[str], requests: int, seconds: float) -> Iterator[str]:
    with installed() as folder_of:
        for name in names:
            work = workload(name, requests=min(requests, 20_000), principals=1)
            stack = stacks_of(work)[0]
            allowed = [stack.decide(request).allowed for request in work.requests]
            ours = single(work).mean
            for peer in PEERS:
                try:
                    yield peer_line(name, measure(peer, folder_of(peer), work, allowed, seconds), ours)
                except Skipped as reason:
                    yield f"{name:8} {peer.name:36} skipped: {reason}"


def peer_line(name: str, found: Measured, ours: float) -> str:
    wanted = WANTED_RATIO[found.peer.package]
    answers = "all as ours" if not found.different else f"{found.different} unlike ours"
    return (
        f"{name:8} {found.peer.name:36} {found.microseconds:9.1f} us  {found.microseconds / ours:7.0f} x ours"
        f" (wanted {wanted})  {found.asked} asked, {answers}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--principals", type=int, default=1_000, help="of the shuffled run")
    parser.add_argument("--only", choices=list(KINDS), action="append")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--peer-seconds", type=float, default=5.0, help="CPU time that each peer gets")
    given = parser.parse_args()
    names = given.only or list(KINDS)
    try:
        import numpy as np

        with_bulk = f"NumPy {np.__version__}"
    except ImportError:
        with_bulk = ""
        print("bulk is skipped: NumPy is not installed (pip install 'passrole[bulk]')")
    print(f"{given.requests} requests, half allowed; Python {sys.version.split()[0]}; {with_bulk}")
    for name in names:
        for line in report(name, given.requests, given.principals, with_bulk=bool(with_bulk)):
            print(line, flush=True)
    if not given.no_peers:
        print("Other engines, CPU time of one decision; `x ours` against the mean of single decisions of this run")
        for line in peers(names, given.requests, given.peer_seconds):
            print(line, flush=True)


if __name__ == "__main__":
    main()
