"""The engine's speed, in one table: decisions one by one and in bulk, whole accounts, and other engines beside it.

    python bench/engine.py                       everything; some minutes
    python bench/engine.py --no-peers --requests 20000 --principals 200

Times are CPU time, but for p50 and p99, which are of the wall clock and need a quiet machine. Samples of our answers
are compared with `evaluate`, and every peer's answer with that of `evaluate`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from engine_ours import bulk, compare, naive, single
from engine_peers import PEERS, Measured, Skipped, installed, measure
from engine_workload import KINDS, workload
from measure import clean_environment
from results import Heading, Result, Row, machine, print_table

from passrole.engine.evaluate import evaluate

WANTED_P50 = {"small": 2.0, "typical": 5.0, "heavy": 8.0}
"""Microseconds."""
WANTED_BULK = {"small": 0.7, "typical": 0.5, "heavy": 0.2}
"""Million decisions in a CPU second."""
WANTED_RATIO = {"@cloud-copilot/iam-simulate": 300, "principalmapper": 25, "cedarpy": 50}
JOBS = Path(__file__).with_name("account_jobs.py")
PEER_REQUESTS = 20_000


def decisions(name: str, requests: int, principals: int, *, with_bulk: bool) -> Iterator[Row]:
    yield Heading(f"{name}: {(KINDS[name][0].__doc__ or '').rstrip('.')}")
    for count in dict.fromkeys((1, principals)):
        who = "1 principal" if count == 1 else f"{count:,} principals, shuffled"
        work = workload(name, requests=requests, principals=count)
        compare(work)
        one, slow = single(work), naive(work)
        note = f"mean {one.mean:.2f}, p99 {one.p99:.1f}, first pass {one.first:.1f}; evaluate alone {slow:.0f}"
        yield Result(f"{who}: one decision, p50", one.p50, "us", WANTED_P50[name], note=note)
        if with_bulk:
            yield Result(f"{who}: in bulk", bulk(work), "M/s", WANTED_BULK[name], at_least=True)


def accounts() -> Iterator[Row]:
    yield Heading("an account")
    found = job("store")
    note = f"the first of all {found['first of all'] * 1e3:.0f} ms"
    yield Result("from caller and resource to decision, p50", found["warm"] * 1e6, "us", 40)
    yield Result("the same, a caller never seen before, p50", found["never seen"] * 1e3, "ms", 5, note=note)
    found = job("compile")
    note = f"{found['policies']} policies, all statements; reading their texts from the catalog {found['read']:.2f} s"
    yield Result("compile AWS's managed policies", found["compile"], "s", 1, note=note)
    found = job("who-can")
    yield Result(
        "who-can over 1,000 roles, asked before", found["warm"] * 1e3, "ms", 5, note="another object each time"
    )
    yield Result("who-can over 1,000 roles, a new action", found["new action"] * 1e3, "ms", 100)
    yield Result("who-can over 1,000 roles, from their texts", found["from texts"] * 1e3, "ms")
    found = job("matrix")
    note = f"{found['principals']:,} principals, {found['actions']:,} actions, from texts"
    yield Result("the whole action matrix", found["seconds"], "s", 3, note=note)
    found = job("explanation")
    note = "a decision does no work for it" if not found["modules before"] else "a decision loads its modules"
    yield Result("an explanation, when it is asked for", found["asked"] * 1e6, "us", note=note)


def job(name: str) -> dict[str, float]:
    """In a process of its own, so that it is cold."""
    done = subprocess.run(
        [sys.executable, str(JOBS), name], env=clean_environment(), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        sys.exit(f"{name} failed:\n{done.stderr}")
    found: dict[str, float] = json.loads(done.stdout)
    return found


def peers(names: Sequence[str], requests: int, seconds: float) -> Iterator[Row]:
    yield Heading("other engines: CPU time of one decision against the mean of ours, on the same requests in this run")
    with installed() as folder_of:
        for name in names:
            work = workload(name, requests=min(requests, PEER_REQUESTS), principals=1)
            allowed = [evaluate(request, work.subjects[0].stack).allowed for request in work.requests]
            ours = single(work).mean
            for peer in PEERS:
                try:
                    yield beside(name, measure(peer, folder_of(peer), work, allowed, seconds), ours)
                except Skipped as reason:
                    yield Heading(f"{name}: {peer.name} is skipped: {reason}")


def beside(name: str, found: Measured, ours: float) -> Result:
    return Result(
        f"{name}: {found.peer.name}",
        found.microseconds / ours,
        "times",
        WANTED_RATIO[found.peer.package],
        at_least=True,
        note=f"{found.microseconds:.0f} us; {found.asked} answers, {found.different} wrong",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--principals", type=int, default=1_000, help="of the shuffled run")
    parser.add_argument("--only", choices=list(KINDS), action="append")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--no-accounts", action="store_true")
    parser.add_argument("--peer-seconds", type=float, default=5.0, help="CPU time that each peer gets")
    given = parser.parse_args()
    names = given.only or list(KINDS)
    rows: list[Row] = []
    for row in measured(given, names):
        print(row.text if isinstance(row, Heading) else f"  {row.what}: {row.measured:.3g} {row.unit}", file=sys.stderr)
        rows.append(row)
    print(f"{machine()}; {given.requests:,} requests a workload, half of them allowed")
    print_table(rows)


def measured(given: argparse.Namespace, names: Sequence[str]) -> Iterator[Row]:
    try:
        import numpy  # noqa: F401

        with_bulk = True
    except ImportError:
        with_bulk = False
        yield Heading("bulk is skipped: NumPy is not installed (pip install 'passrole[bulk]')")
    for name in names:
        yield from decisions(name, given.requests, given.principals, with_bulk=with_bulk)
    if not given.no_accounts:
        yield from accounts()
    if not given.no_peers:
        yield from peers(names, given.requests, given.peer_seconds)


if __name__ == "__main__":
    main()
