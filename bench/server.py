"""The served account's speed, in one table, other servers beside it in the same run.

    python bench/server.py                            some minutes
    python bench/server.py --no-peers --seconds 5
    python bench/server.py --roles 50000 --seconds 600

Requests are signed beforehand and sent by a client that costs little. Our account is on disk, each answered write
synced; what the others keep is in their memory. The clock suffers from whatever else the machine does, CPU time less.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from measure import passrole_command
from results import Heading, Result, Row, machine, print_table
from server_jobs import (
    Details,
    Pace,
    WrongAnswer,
    details,
    fill,
    mixed,
    pairs,
    reset_milliseconds,
    rows_alone,
    simulations,
    sync_milliseconds,
)
from servers import PEERS, Server, Skipped, ours, seconds_to_first_answer

WANTED_TIMES = {"ministack": 2.0, "moto's": 8.0}
ROUNDS = 5


def start(scratch: Path) -> Iterator[Row]:
    yield Heading("starting: `passrole serve` to its first answer")
    command = [*passrole_command(), "serve", "--account-file", str(scratch / "started.db"), "--port", "{port}"]
    for what in ("a new account file", "an account file that is there"):
        took, cpu = seconds_to_first_answer(command)
        yield Result(what, took, "s", 1.5, note=f"{cpu:.2f} s of CPU")


def create_and_get(servers: Sequence[Server], calls: int) -> Iterator[Row]:
    for clients in (1, 8):
        yield Heading(f"CreateRole and GetRole from {clients} client{'s' if clients > 1 else ''}")
        found: dict[str, list[Pace]] = {server.name: [] for server in servers}
        for number in range(ROUNDS):
            for server in servers:
                found[server.name].append(pairs(server, clients, calls // ROUNDS, f"pair-{clients}-{number}"))
        mine = found.pop(servers[0].name)
        cpu = statistics.median(each.cpu for each in mine) * 1e3
        yield Result("passrole", statistics.median(each.rate for each in mine), "/s", note=f"{cpu:.2f} ms CPU a call")
        for name, theirs in found.items():
            wanted = WANTED_TIMES[name.split()[0]]
            rate, cpu = statistics.median(each.rate for each in theirs), statistics.median(each.cpu for each in theirs)
            missed = sum(each.wrong for each in theirs)
            wrong = f", {missed} of {sum(each.calls for each in theirs)} answers wrong" if missed else ""
            times = statistics.median(ours.rate / other.rate for ours, other in zip(mine, theirs, strict=True))
            yield Result(f"against {name}, clock", times, "times", wanted, at_least=True, note=f"{rate:.0f}/s{wrong}")
            times = statistics.median(other.cpu / ours.cpu for ours, other in zip(mine, theirs, strict=True))
            note = f"{cpu * 1e3:.2f} ms a call"
            yield Result(f"against {name}, CPU", times, "times", wanted, at_least=True, note=note)


def growing(server: Server, roles: int) -> Iterator[Row]:
    yield Heading(f"an account that grows to {roles:,} roles")
    block = max(roles // 10, 1)
    paces = [fill(server, first, min(first + block, roles)) for first in range(0, roles, block)]
    first, last = paces[0], paces[-1]
    note = f"{first.cpu * 1e3:.2f} and {last.cpu * 1e3:.2f} ms"
    yield Result("CPU of CreateRole, last tenth against first", last.cpu / first.cpu, "times", 1.2, note=note)
    note = f"{first.rate:.0f}/s and {last.rate:.0f}/s, 8 clients"
    yield Result("the same by the clock", first.rate / last.rate, "times", note=note)
    yield Result("memory", server.memory_mb(), "MB", 400)


def account_details(servers: Sequence[Server], roles: int) -> Iterator[Row]:
    yield Heading(f"GetAccountAuthorizationDetails over {roles:,} roles: roles a second")
    for server in servers[1:]:
        fill(server, 0, roles)
    found: list[tuple[Server, Details]] = []
    for server in servers:
        best = max((details(server) for _ in range(2)), key=lambda each: each.by_clock)
        found.append((server, best))
    (_, mine), *others = found
    yield Result("passrole, clock", mine.by_clock, "/s", note=f"{mine.by_cpu:.0f} a second of CPU")
    for server, theirs in others:
        wanted = 2 if server.name.startswith("ministack") else None
        note = f"{theirs.by_clock:.0f}/s, {theirs.roles} roles shown"
        yield Result(f"against {server.name}, clock", mine.by_clock / theirs.by_clock, "times", wanted, True, note)
        note = f"{theirs.by_cpu:.0f} a second of CPU"
        yield Result(f"against {server.name}, CPU", mine.by_cpu / theirs.by_cpu, "times", wanted, True, note)


def emptying(scratch: Path) -> Iterator[Row]:
    yield Heading("emptying an account")
    folder = scratch / "emptied"
    folder.mkdir()
    with ours(folder) as server:
        took = reset_milliseconds(server, folder / "account.db")
        yield Result("reset of 1,000 roles, p50", took, "ms", 50)


def simulating(server: Server) -> Iterator[Row]:
    yield Heading("SimulatePrincipalPolicy: 100 actions, a role with ten AWS managed policies")
    clock, cpu = simulations(server, 20)
    yield Result("one call, p50", clock, "ms", 15)
    yield Result("one call, CPU", cpu, "ms", 15)


def everything(server: Server, seconds: float) -> Iterator[Row]:
    yield Heading(f"32 clients for {seconds:.0f} s: roles made, tagged, given policies, simulated, read and deleted")
    found = mixed(server, seconds)
    note = f"{found.cpu / found.calls * 1e3:.2f} ms CPU a call, p99 {found.p99 * 1e3:.0f} ms, {found.slowest:.1f} s"
    yield Result("calls", found.calls / found.seconds, "/s", note=f"{note} at most")
    wrong = ", ".join(f"{number} {code}" for code, number in found.wrong.items())
    yield Result("answers that AWS would not give", sum(found.wrong.values()), "", 0, note=wrong)
    grown = (found.memory[-1] / found.memory[1] - 1) * 100
    note = ", ".join(f"{each:.0f}" for each in found.memory) + " MB after each fifth"
    yield Result("growth of memory after two fifths", grown, "%", 5, note=note)


def measured(given: argparse.Namespace) -> Iterator[Row]:
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=given.folder)))
        yield Heading("the disk")
        yield Result("8 kB more of a file synced, p50", sync_milliseconds(scratch), "ms")
        took, cpu = rows_alone(scratch)
        yield Result("a new role's rows, written by SQLite alone, p50", took, "ms", note=f"{cpu:.2f} ms CPU: the least")
        yield from start(scratch)
        servers = [stack.enter_context(ours(scratch))]
        for peer in () if given.no_peers else PEERS:
            try:
                servers.append(stack.enter_context(peer.running(scratch)))
            except Skipped as reason:
                yield Heading(f"{peer.name} is skipped: {reason}")
        yield from create_and_get(servers, given.calls)
        yield from growing(servers[0], given.roles)
        # Moto's answers take minutes at this size.
        yield from account_details([each for each in servers if not each.name.startswith("moto")], given.roles)
        yield from emptying(scratch)
        yield from simulating(servers[0])
        yield from everything(servers[0], given.seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--calls", type=int, default=2_000, help="of each kind of CreateRole and GetRole")
    parser.add_argument("--roles", type=int, default=5_000)
    parser.add_argument("--seconds", type=float, default=20.0, help="of everything at once")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--folder", help="where the account file is made, on the disk that is meant")
    given = parser.parse_args()
    rows: list[Row] = []
    try:
        for row in measured(given):
            print(row.text if isinstance(row, Heading) else f"  {row.what}: {row.measured:.3g}", file=sys.stderr)
            rows.append(row)
    except WrongAnswer as error:
        sys.exit(str(error))
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    print(f"{machine()}; load of the machine {load} on {os.cpu_count()} cores")
    print_table(rows)


if __name__ == "__main__":
    main()
