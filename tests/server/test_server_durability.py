"""What was acknowledged stays: servers killed under load, and two processes on one file.

The long run is `python -m tests.long.kill_server`; here is a short one, and that it finds what is lost.
"""

from __future__ import annotations

import json
import resource
import sqlite3
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from tests.long import kill_server
from tests.long.kill_server import INVARIANTS, check_invariants
from tests.long.served_process import ServedProcess

from passrole.account.store import AccountStore

TRUST = kill_server.TRUST


def test_servers_killed_at_random_under_load_lose_nothing(tmp_path: Path) -> None:
    report = kill_server.run(tmp_path / "account.db", seconds=5, clients=4, seed=3)
    assert report.kills >= 1
    assert report.acknowledged >= 5


def test_a_lost_write_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the server had acknowledged what it had not written: a policy goes between a kill and the next start."""
    file = tmp_path / "account.db"
    kill = ServedProcess.kill

    def kill_and_lose(server: ServedProcess) -> None:
        kill(server)
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("UPDATE roles SET max_session_seconds = max_session_seconds")
            connection.execute("DELETE FROM tags WHERE entity_id IN (SELECT id FROM entities WHERE kind = 'role')")
            connection.execute("DELETE FROM inline_policies")
            connection.commit()

    monkeypatch.setattr(ServedProcess, "kill", kill_and_lose)
    with pytest.raises(AssertionError, match="is not in"):
        kill_server.run(file, seconds=20, clients=4, seed=3)


BREAK = {
    "a count is wrong": "UPDATE entity_counts SET number = number + 1 WHERE kind = 'user'",
    "an attachment of a policy that is not there": (
        "INSERT INTO attachments SELECT id, 'arn:aws:iam::111122223333:policy/gone' FROM entities WHERE kind = 'user'"
    ),
    "a boundary that is not there": "UPDATE entities SET boundary_arn = 'arn:aws:iam::111122223333:policy/gone'",
    "a role without its row": "DELETE FROM roles",
    "a policy without its default version": "DELETE FROM policy_versions",
    "an ARN of another account": "UPDATE entities SET arn = replace(arn, '111122223333', '999999999999')",
    "a row that belongs to nothing": "INSERT INTO tags VALUES ('AIDANOBODY', 'k', 'k', 'v')",
}


@pytest.mark.parametrize("broken", INVARIANTS)
def test_each_broken_invariant_is_found(tmp_path: Path, broken: str) -> None:
    from passrole.server.embedded import embedded_session

    file = tmp_path / "account.db"
    with embedded_session(file) as account:
        iam = account.client("iam")
        iam.create_role(RoleName="App", AssumeRolePolicyDocument=TRUST)
        iam.create_policy(PolicyName="Mine", PolicyDocument=kill_server.document("*"))
    check_invariants(file)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(BREAK[broken])
        connection.commit()
    with pytest.raises(AssertionError, match=broken):
        check_invariants(file)


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux limits the files of another process")
def test_a_full_disk_refuses_writes_and_loses_none(tmp_path: Path) -> None:
    """As a limit on how large its files may be makes it: an answered write stays, a refused one is not there."""
    file = tmp_path / "account.db"
    store = AccountStore.open(file)
    key = store.administrator()
    store.close()
    server = ServedProcess(file)
    server.start()
    assert server.process is not None
    try:
        iam = server.iam(key.access_key_id, key.secret)
        iam.create_user(UserName="before")
        _, hard = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
        largest = max(path.stat().st_size for path in tmp_path.iterdir())
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (largest + 100_000, hard))
        large = kill_server.document("arn:aws:s3:::b/" + "x" * 5000)
        made: list[str] = []
        refused = set()
        for number in range(60):
            try:
                iam.create_policy(PolicyName=f"p{number}", PolicyDocument=large)
                made.append(f"p{number}")
            except ClientError as error:
                refused.add(error.response["Error"]["Code"])
        assert made
        assert refused == {"ServiceFailure"}
        assert _policies(iam) == made
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
        # There is room again: what is served goes on.
        iam.create_user(UserName="after")
        assert _policies(iam) == made
        told = server.log_path.read_text()
        assert "could not be written" in told
        assert "make room on the disk" in told
        assert "Traceback" not in told
    finally:
        server.stop()
    check_invariants(file)


def _policies(iam: BaseClient) -> list[str]:
    found = [policy["PolicyName"] for policy in iam.list_policies(Scope="Local")["Policies"]]
    return sorted(found, key=lambda name: int(name[1:]))


@pytest.fixture
def two_servers(tmp_path: Path) -> Iterator[tuple[BaseClient, BaseClient]]:
    """The administrator's IAM clients of two processes that serve one file."""
    file = tmp_path / "account.db"
    store = AccountStore.open(file)
    key = store.administrator()
    store.close()
    servers = [ServedProcess(file), ServedProcess(file)]
    for server in servers:
        server.start()
    try:
        yield (
            servers[0].iam(key.access_key_id, key.secret),
            servers[1].iam(key.access_key_id, key.secret),
        )
    finally:
        for server in servers:
            server.stop()
        check_invariants(file)


def test_of_creators_in_two_processes_exactly_one_succeeds(two_servers: tuple[BaseClient, BaseClient]) -> None:
    def create(number: int) -> tuple[str, str]:
        name = f"role-{number // 8}"
        try:
            two_servers[number % 2].create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
        except ClientError as error:
            return name, error.response["Error"]["Code"]
        return name, "created"

    with ThreadPoolExecutor(8) as pool:
        answers = Counter(pool.map(create, range(40)))
    for number in range(5):
        assert answers[f"role-{number}", "created"] == 1
        assert answers[f"role-{number}", "EntityAlreadyExists"] == 7
    assert two_servers[0].get_account_summary()["SummaryMap"]["Roles"] == 5


def test_what_one_process_detaches_the_next_request_to_the_other_is_denied(
    two_servers: tuple[BaseClient, BaseClient],
) -> None:
    """Whatever the caller's rights rest on, and without any waiting: twice over, so that caches are warm."""
    first, second = two_servers
    first.create_user(UserName="ana")
    key = first.create_access_key(UserName="ana")["AccessKey"]
    ana = ServedProcess(Path("unused"), port=int(second.meta.endpoint_url.rpartition(":")[2])).iam(
        key["AccessKeyId"], key["SecretAccessKey"]
    )
    first.create_group(GroupName="readers")
    arn = first.create_policy(PolicyName="Read", PolicyDocument=_allow("iam:ListRoles"))["Policy"]["Arn"]
    ways = {
        "attached": (
            lambda: first.attach_user_policy(UserName="ana", PolicyArn=arn),
            lambda: first.detach_user_policy(UserName="ana", PolicyArn=arn),
        ),
        "inline": (
            lambda: first.put_user_policy(UserName="ana", PolicyName="p", PolicyDocument=_allow("iam:ListRoles")),
            lambda: first.delete_user_policy(UserName="ana", PolicyName="p"),
        ),
        "group": (
            lambda: (
                first.attach_group_policy(GroupName="readers", PolicyArn=arn),
                first.add_user_to_group(GroupName="readers", UserName="ana"),
            ),
            lambda: first.remove_user_from_group(GroupName="readers", UserName="ana"),
        ),
        "the group's policy": (
            lambda: first.add_user_to_group(GroupName="readers", UserName="ana"),
            lambda: first.detach_group_policy(GroupName="readers", PolicyArn=arn),
        ),
        "version": (
            lambda: first.attach_user_policy(UserName="ana", PolicyArn=arn),
            lambda: first.create_policy_version(PolicyArn=arn, PolicyDocument=_allow("s3:*"), SetAsDefault=True),
        ),
        "the version before": (
            lambda: first.set_default_policy_version(PolicyArn=arn, VersionId="v1"),
            lambda: first.set_default_policy_version(PolicyArn=arn, VersionId="v2"),
        ),
    }
    for way, (give, take) in ways.items():
        for _ in range(2 if way in ("attached", "inline") else 1):
            give()
            ana.list_roles()
            ana.list_roles()
            take()
            with pytest.raises(ClientError) as denied:
                ana.list_roles()
            assert denied.value.response["Error"]["Code"] == "AccessDenied", way
    first.set_default_policy_version(PolicyArn=arn, VersionId="v1")
    ana.list_roles()
    first.put_user_permissions_boundary(
        UserName="ana", PermissionsBoundary="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    )
    with pytest.raises(ClientError, match="permissions boundary"):
        ana.list_roles()
    first.delete_user_permissions_boundary(UserName="ana")
    ana.list_roles()
    first.update_access_key(UserName="ana", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    with pytest.raises(ClientError, match="InvalidClientTokenId"):
        ana.list_roles()


def _allow(action: str) -> str:
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
