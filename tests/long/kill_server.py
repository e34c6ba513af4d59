"""Servers killed at random under load: afterwards every acknowledged write must be there, and each call whole or not at all.

python -m tests.long.kill_server SECONDS [--clients 32] [--seed 1] [--file account.db]

Each client keeps to users and roles of its own and knows what it was told was done. The one call that was under way when
the server died may have happened or not, but not in part. Between two servers, and at the end, the whole file is checked.
"""

from __future__ import annotations

import argparse
import copy
import json
import random
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.client import BaseClient
from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as BotocoreConnectionError
from tests.long.served_process import ServedProcess

from passrole.account.store import AccountStore

MANAGED = ("arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
SHARED_GROUP = "everyone"
State = dict[str, Any]
"""`users` and `roles` by name: what each has."""


def document(resource: str) -> str:
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": resource}]}
    )


TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)


@dataclass(frozen=True)
class Step:
    """A call, and what it does to the state when it is carried out."""

    name: str
    call: Callable[[BaseClient], object]
    change: Callable[[State], None]


def user_steps(rng: random.Random, name: str, user: State | None) -> list[Step]:
    if user is None:
        tags = {f"k{n}": str(rng.random()) for n in range(rng.randrange(4))}
        made = {"inline": {}, "attached": [], "tags": tags, "groups": [], "boundary": rng.choice((None, MANAGED[0]))}
        parameters = {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
        if made["boundary"]:
            parameters["PermissionsBoundary"] = made["boundary"]
        return [
            Step(
                "CreateUser",
                lambda iam: iam.create_user(UserName=name, **parameters),
                lambda state: state["users"].__setitem__(name, copy.deepcopy(made)),
            )
        ]
    text = document(f"arn:aws:s3:::b{rng.randrange(10**9)}/*")
    steps = [
        Step(
            "PutUserPolicy",
            lambda iam: iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=text),
            lambda state: state["users"][name]["inline"].__setitem__("p", text),
        )
    ]
    arn = rng.choice(MANAGED)
    if arn in user["attached"]:
        steps.append(
            Step(
                "DetachUserPolicy",
                lambda iam: iam.detach_user_policy(UserName=name, PolicyArn=arn),
                lambda state: state["users"][name]["attached"].remove(arn),
            )
        )
    else:
        steps.append(
            Step(
                "AttachUserPolicy",
                lambda iam: iam.attach_user_policy(UserName=name, PolicyArn=arn),
                lambda state: state["users"][name]["attached"].append(arn),
            )
        )
    if user["groups"]:
        steps.append(
            Step(
                "RemoveUserFromGroup",
                lambda iam: iam.remove_user_from_group(UserName=name, GroupName=SHARED_GROUP),
                lambda state: state["users"][name]["groups"].clear(),
            )
        )
    else:
        steps.append(
            Step(
                "AddUserToGroup",
                lambda iam: iam.add_user_to_group(UserName=name, GroupName=SHARED_GROUP),
                lambda state: state["users"][name]["groups"].append(SHARED_GROUP),
            )
        )
    if user["inline"]:
        steps.append(
            Step(
                "DeleteUserPolicy",
                lambda iam: iam.delete_user_policy(UserName=name, PolicyName="p"),
                lambda state: state["users"][name]["inline"].clear(),
            )
        )
    if not (user["inline"] or user["attached"] or user["groups"]):
        steps.append(
            Step(
                "DeleteUser",
                lambda iam: iam.delete_user(UserName=name),
                lambda state: state["users"].pop(name),
            )
        )
    return steps


def role_steps(rng: random.Random, name: str, role: State | None) -> list[Step]:
    if role is None:
        tags = {f"k{n}": str(rng.random()) for n in range(3)}
        return [
            Step(
                "CreateRole",
                lambda iam: iam.create_role(
                    RoleName=name,
                    AssumeRolePolicyDocument=TRUST,
                    Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
                ),
                lambda state: state["roles"].__setitem__(name, {"tags": dict(tags), "description": ""}),
            )
        ]
    words = f"described {rng.randrange(10**9)}"
    return [
        Step(
            "UpdateRole",
            lambda iam: iam.update_role(RoleName=name, Description=words),
            lambda state: state["roles"][name].__setitem__("description", words),
        ),
        Step("DeleteRole", lambda iam: iam.delete_role(RoleName=name), lambda state: state["roles"].pop(name)),
    ]


@dataclass
class Worker:
    """One client: what it was told, and the call whose answer it never got."""

    number: int
    iam: BaseClient
    rng: random.Random
    told: State = field(default_factory=lambda: {"users": {}, "roles": {}})
    unanswered: Step | None = None
    acknowledged: int = 0

    def work(self) -> None:
        """Call until the server is gone. Raises ClientError for an answer that AWS would not have given."""
        while True:
            step = self._next()
            self.unanswered = step
            try:
                step.call(self.iam)
            except (BotocoreConnectionError, HTTPClientError):
                return
            self.unanswered = None
            step.change(self.told)
            self.acknowledged += 1

    def _next(self) -> Step:
        kind = self.rng.choice(("users", "users", "roles"))
        name = f"{kind[0]}{self.number}-{self.rng.randrange(6)}"
        make = user_steps if kind == "users" else role_steps
        return self.rng.choice(make(self.rng, name, self.told[kind].get(name)))

    def check(self, seen: State) -> None:
        """`seen` is what the server has of this client. Afterwards `told` is it."""
        possible = [self.told]
        if self.unanswered is not None:
            done = copy.deepcopy(self.told)
            self.unanswered.change(done)
            possible.append(done)
        name = "nothing" if self.unanswered is None else self.unanswered.name
        assert any(comparable(seen) == comparable(state) for state in possible), (
            f"client {self.number}, with {name} unanswered: {comparable(seen)} is not in "
            f"{[comparable(state) for state in possible]}"
        )
        self.told, self.unanswered = seen, None


def comparable(state: State) -> State:
    users = {name: {**user, "attached": sorted(user["attached"])} for name, user in state["users"].items()}
    return {"users": users, "roles": state["roles"]}


def seen_by(iam: BaseClient) -> State:
    """Everything in the account, asked through the API."""
    state: State = {"users": {}, "roles": {}}
    for page in iam.get_paginator("get_account_authorization_details").paginate():
        for user in page["UserDetailList"]:
            state["users"][user["UserName"]] = {
                "inline": {
                    one["PolicyName"]: json.dumps(one["PolicyDocument"]) for one in user.get("UserPolicyList", [])
                },
                "attached": [one["PolicyArn"] for one in user["AttachedManagedPolicies"]],
                "tags": {tag["Key"]: tag["Value"] for tag in user.get("Tags", [])},
                "groups": user["GroupList"],
                "boundary": user.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
            }
        for role in page["RoleDetailList"]:
            described = iam.get_role(RoleName=role["RoleName"])["Role"].get("Description", "")
            tags = {tag["Key"]: tag["Value"] for tag in role["Tags"]}
            state["roles"][role["RoleName"]] = {"tags": tags, "description": described}
    return state


def of_client(state: State, number: int) -> State:
    return {
        "users": {name: user for name, user in state["users"].items() if name.startswith(f"u{number}-")},
        "roles": {name: role for name, role in state["roles"].items() if name.startswith(f"r{number}-")},
    }


INVARIANTS = {
    "a count is wrong": """
        SELECT e.kind, e.n, c.number FROM (SELECT account_id, kind, COUNT(*) AS n FROM entities GROUP BY 1, 2) e
        LEFT JOIN entity_counts c ON c.account_id = e.account_id AND c.kind = e.kind WHERE c.number IS NOT e.n
        UNION ALL SELECT kind, 0, number FROM entity_counts c WHERE number != 0 AND NOT EXISTS
        (SELECT 1 FROM entities e WHERE e.account_id = c.account_id AND e.kind = c.kind)""",
    "an attachment of a policy that is not there": """
        SELECT * FROM attachments WHERE policy_arn NOT LIKE 'arn:%:iam::aws:policy/%'
        AND policy_arn NOT IN (SELECT arn FROM entities)""",
    "a boundary that is not there": """
        SELECT arn, boundary_arn FROM entities WHERE boundary_arn NOT LIKE 'arn:%:iam::aws:policy/%'
        AND boundary_arn NOT IN (SELECT arn FROM entities)""",
    "a role without its row": """
        SELECT arn FROM entities WHERE kind = 'role' AND id NOT IN (SELECT role_id FROM roles)""",
    "a policy without its default version": """
        SELECT arn FROM entities WHERE kind = 'policy' AND id NOT IN (SELECT p.policy_id FROM policies p
        JOIN policy_versions v ON v.policy_id = p.policy_id AND v.number = p.default_version)""",
    "an ARN of another account": """
        SELECT arn, account_id FROM entities WHERE arn NOT LIKE '%:' || account_id || ':%'""",
    "a row that belongs to nothing": "PRAGMA foreign_key_check",
}


def check_invariants(account_file: Path) -> None:
    with closing(sqlite3.connect(account_file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        for broken, query in INVARIANTS.items():
            found = connection.execute(query).fetchall()
            assert found == [], f"{broken}: {found[:5]}"


@dataclass(frozen=True)
class Report:
    kills: int
    acknowledged: int
    unanswered: int


def run(account_file: Path, *, seconds: float, clients: int, seed: int, say: Callable[[str], None] = print) -> Report:
    """Raises AssertionError for what was acknowledged and lost, and for what was done in part."""
    rng = random.Random(seed)
    store = AccountStore.open(account_file)
    key = store.administrator()
    store.close()
    server = ServedProcess(account_file)
    iam = server.iam(key.access_key_id, key.secret)
    workers = [
        Worker(number, server.iam(key.access_key_id, key.secret), random.Random(f"{seed}/{number}"))
        for number in range(clients)
    ]
    try:
        server.start()
        iam.create_group(GroupName=SHARED_GROUP)
        kills = unanswered = 0
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            failures: list[BaseException] = []
            threads = [threading.Thread(target=_guarded, args=(worker, failures)) for worker in workers]
            for thread in threads:
                thread.start()
            time.sleep(rng.uniform(0.2, 2.0))
            server.kill()
            for thread in threads:
                thread.join()
            if failures:
                raise failures[0]
            kills += 1
            unanswered += sum(worker.unanswered is not None for worker in workers)
            check_invariants(account_file)
            server.start()
            whole = seen_by(iam)
            for worker in workers:
                worker.check(of_client(whole, worker.number))
            say(f"{kills} kills, {sum(worker.acknowledged for worker in workers)} acknowledged writes, all there")
    finally:
        # Also after a loss was found, which leaves the restarted server.
        server.stop()
    check_invariants(account_file)
    return Report(kills, sum(worker.acknowledged for worker in workers), unanswered)


def _guarded(worker: Worker, failures: list[BaseException]) -> None:
    try:
        worker.work()
    except (ClientError, AssertionError) as error:
        failures.append(error)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seconds", type=float)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--file", type=Path, help="an account file to be made; a temporary one by default")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = arguments.file or Path(folder) / "account.db"
        report = run(path, seconds=arguments.seconds, clients=arguments.clients, seed=arguments.seed)
    print(f"{report.kills} kills, {report.acknowledged} acknowledged writes, none lost; {report.unanswered} unanswered")


if __name__ == "__main__":
    main()
