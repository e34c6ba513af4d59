"""What is asked of a server: roles made and read, an account with many of them, simulations, everything at once."""

from __future__ import annotations

import json
import os
import random
import sqlite3
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from raw_client import Driven, Signer, drive
from servers import Server

from passrole.account.store import AccountStore

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)
POLICY = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::b/*"}]}
)
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
TYPICAL = (
    "AmazonEC2ReadOnlyAccess", "AmazonS3ReadOnlyAccess", "AmazonSQSFullAccess", "AmazonDynamoDBFullAccess",
    "CloudWatchLogsFullAccess", "AmazonSNSFullAccess", "AWSLambda_ReadOnlyAccess", "AmazonVPCReadOnlyAccess",
    "AmazonRDSReadOnlyAccess", "AWSKeyManagementServicePowerUser",
)  # fmt: skip


_SERVICES = ("ec2", "s3", "sqs", "dynamodb", "logs", "sns", "lambda", "rds", "kms", "iam")


@dataclass(frozen=True, slots=True)
class Pace:
    """`rate` is of the clock, calls a second; `cpu` the server's CPU seconds for a call; `wrong` answers of `calls`."""

    rate: float
    cpu: float
    calls: int
    wrong: int


def pace(server: Server, driven: Driven, cpu_before: float) -> Pace:
    cpu = (server.cpu_seconds() - cpu_before) / driven.calls
    return Pace(driven.calls / driven.seconds, cpu, driven.calls, driven.calls - driven.statuses[200])


class WrongAnswer(Exception):
    """A server refused what it should have done: its speed says nothing."""


def create_role(signer: Signer, name: str) -> bytes:
    return signer.call("iam", "CreateRole", {"RoleName": name, "AssumeRolePolicyDocument": TRUST})


def get_role(signer: Signer, name: str) -> bytes:
    return signer.call("iam", "GetRole", {"RoleName": name})


def pairs(server: Server, clients: int, calls: int, names: str) -> Pace:
    """CreateRole and then GetRole of the same, by clients at once."""
    share = max(1, calls // 2 // clients)
    queues = [
        [
            make(server.signer, f"{names}-{client}-{number}")
            for number in range(share)
            for make in (create_role, get_role)
        ]
        for client in range(clients)
    ]
    before = server.cpu_seconds()
    return pace(server, _all_well(server, drive(server.port, queues)), before)


def fill(server: Server, first: int, last: int, clients: int = 8) -> Pace:
    """The roles from one number up to another."""
    queues = [
        [create_role(server.signer, f"filled-{number}") for number in range(first + client, last, clients)]
        for client in range(clients)
    ]
    before = server.cpu_seconds()
    return pace(server, _all_well(server, drive(server.port, queues)), before)


@dataclass(frozen=True, slots=True)
class Details:
    """Roles that GetAccountAuthorizationDetails showed, by the second of the clock and of the server's CPU."""

    roles: int
    by_clock: float
    by_cpu: float


def details(server: Server) -> Details:
    roles, marker, seconds = 0, "", 0.0
    before = server.cpu_seconds()
    while True:
        asked = {"Filter.member.1": "Role", "MaxItems": "1000"} | ({"Marker": marker} if marker else {})
        request = server.signer.call("iam", "GetAccountAuthorizationDetails", asked)
        page = _all_well(server, drive(server.port, [[request]], keep_answers=True))
        seconds += page.seconds
        roles += page.answers[0].count(b"<RoleId>")
        if b"<IsTruncated>true" not in page.answers[0]:
            return Details(roles, roles / seconds, roles / max(server.cpu_seconds() - before, 0.01))
        marker = page.answers[0].partition(b"<Marker>")[2].partition(b"</Marker>")[0].decode()


def simulations(server: Server, calls: int) -> tuple[float, float]:
    """Median milliseconds by the clock, and mean CPU milliseconds, of SimulatePrincipalPolicy of 100 actions."""
    from passrole.catalog.actions import actions_of

    actions = random.Random(4).sample([action for service in _SERVICES for action in actions_of(service)], 100)
    _call(server, "iam", "CreateRole", RoleName="typical", AssumeRolePolicyDocument=TRUST)
    for name in TYPICAL:
        _call(server, "iam", "AttachRolePolicy", RoleName="typical", PolicyArn=f"arn:aws:iam::aws:policy/{name}")
    asked = {"PolicySourceArn": "arn:aws:iam::111122223333:role/typical"}
    asked |= {f"ActionNames.member.{place}": action for place, action in enumerate(actions, 1)}
    request = server.signer.call("iam", "SimulatePrincipalPolicy", asked)
    _all_well(server, drive(server.port, [[request]]))
    before = server.cpu_seconds()
    driven = _all_well(server, drive(server.port, [[request] * calls]))
    return statistics.median(driven.latencies) * 1e3, (server.cpu_seconds() - before) / calls * 1e3


@dataclass(slots=True)
class Mixed:
    """`wrong` counts the answers that AWS would not give, by status and code."""

    calls: int = 0
    seconds: float = 0.0
    cpu: float = 0.0
    wrong: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    p99: float = 0.0
    memory: list[float] = field(default_factory=list)
    """After each fifth of the time, in MB."""


def mixed(server: Server, seconds: float, clients: int = 32) -> Mixed:
    """Each client makes, reads, changes and deletes what is its own, and asks for something that is not there."""
    found = Mixed()
    latencies: list[float] = []
    before = server.cpu_seconds()
    for part in range(5):
        ends = time.monotonic() + seconds / 5
        driven = drive(server.port, [_life(server.signer, f"mix-{part}-{client}", ends) for client in range(clients)])
        # One call in a life asks for what is not there; a life that was cut short asked or did not.
        missing = driven.codes.pop("NoSuchEntity", 0)
        found.wrong += driven.codes
        found.wrong += Counter({f"status {s}": n for s, n in driven.statuses.items() if s not in (200, 404)})
        if missing != driven.statuses[404]:
            found.wrong["404 without NoSuchEntity"] += driven.statuses[404] - missing
        found.calls += driven.calls
        found.seconds += driven.seconds
        latencies += driven.latencies
        found.memory.append(server.memory_mb())
    found.cpu = server.cpu_seconds() - before
    found.slowest, found.p99 = max(latencies), sorted(latencies)[len(latencies) * 99 // 100]
    return found


def _life(signer: Signer, name: str, ends: float) -> Iterator[bytes]:
    """Whole rounds until the time is over, so that nothing is left behind."""
    role = {"RoleName": name}
    tag = {"Tags.member.1.Key": "stage", "Tags.member.1.Value": "prod"}
    inline = {"PolicyName": "inline", "PolicyDocument": POLICY}
    simulated = {
        "PolicySourceArn": f"arn:aws:iam::111122223333:role/{name}",
        "ActionNames.member.1": "s3:GetObject",
        "ResourceArns.member.1": "arn:aws:s3:::b/k",
    }
    calls: list[tuple[str, str, Mapping[str, str]]] = [
        ("iam", "CreateRole", role | {"AssumeRolePolicyDocument": TRUST}),
        ("iam", "GetRole", role),
        ("iam", "TagRole", role | tag),
        ("iam", "AttachRolePolicy", role | {"PolicyArn": READ_ONLY}),
        ("iam", "PutRolePolicy", role | inline),
        ("iam", "ListRoles", {"MaxItems": "20"}),
        ("sts", "GetCallerIdentity", {}),
        ("iam", "GetRolePolicy", role | {"PolicyName": "inline"}),
        ("iam", "GetRolePolicy", role | {"PolicyName": "not-there"}),
        ("iam", "SimulatePrincipalPolicy", simulated),
        ("iam", "ListAttachedRolePolicies", role),
        ("iam", "DeleteRolePolicy", role | {"PolicyName": "inline"}),
        ("iam", "DetachRolePolicy", role | {"PolicyArn": READ_ONLY}),
        ("iam", "DeleteRole", role),
    ]
    while time.monotonic() < ends:
        for service, action, parameters in calls:
            yield signer.call(service, action, parameters)


def sync_milliseconds(folder: Path, times: int = 60) -> float:
    """What the disk takes, at the median, to keep 8 kB more of a file: below this no acknowledged write can be."""
    took = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(times):
            file.write(b"x" * 8192)
            file.flush()
            began = time.perf_counter()
            os.fsync(file.fileno())
            took.append(time.perf_counter() - began)
    return statistics.median(took) * 1e3


def rows_alone(folder: Path, times: int = 200) -> tuple[float, float]:
    """What SQLite takes for the rows of one new role, kept for good: median milliseconds by the clock, and mean CPU.

    No answered CreateRole of one client can be faster, whatever is around it.
    """
    file = folder / "rows.db"
    AccountStore.open(file).close()
    took: list[float] = []
    with closing(sqlite3.connect(file, isolation_level=None)) as rows:
        rows.execute("PRAGMA synchronous = FULL")
        rows.execute("PRAGMA foreign_keys = ON")
        account_id, partition = rows.execute("SELECT account_id, partition FROM accounts").fetchone()
        before = time.thread_time()
        for number in range(times):
            name, unique_id = f"role-{number}", f"AROA{number:017}"
            arn = f"arn:{partition}:iam::{account_id}:role/{name}"
            began = time.perf_counter()
            rows.execute("BEGIN IMMEDIATE")
            rows.execute(
                "INSERT INTO entities (id, account_id, kind, name, name_key, path, arn, created_at)"
                " VALUES (?, ?, 'role', ?, ?, '/', ?, 0)",
                (unique_id, account_id, name, name, arn),
            )
            rows.execute(
                "INSERT INTO roles (role_id, trust_policy, max_session_seconds) VALUES (?, ?, 3600)", (unique_id, TRUST)
            )
            rows.execute("UPDATE entity_counts SET number = number + 1 WHERE account_id = ?", (account_id,))
            rows.execute("COMMIT")
            took.append(time.perf_counter() - began)
        cpu = (time.thread_time() - before) / times
    return statistics.median(took) * 1e3, cpu * 1e3


def reset_milliseconds(server: Server, file: Path, roles: int = 1_000, times: int = 3) -> float:
    """The median of emptying an account of so many roles, while it is served."""
    took: list[float] = []
    with closing(AccountStore.open(file)) as store:
        for _ in range(times):
            fill(server, 0, roles)
            began = time.perf_counter()
            store.reset()
            took.append(time.perf_counter() - began)
    return statistics.median(took) * 1e3


def _call(server: Server, service: str, action: str, **parameters: str) -> None:
    _all_well(server, drive(server.port, [[server.signer.call(service, action, parameters)]]))


def _all_well(server: Server, driven: Driven) -> Driven:
    if server.name != "passrole":
        # Of others they are counted: one that takes several clients at once may not be made for it.
        return driven
    wrong = {status: number for status, number in driven.statuses.items() if status != 200}
    if wrong:
        raise WrongAnswer(f"{server.name}: {wrong} {dict(driven.codes)}")
    return driven
