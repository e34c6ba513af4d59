"""Stopped at any point of apply or destroy, the next one finishes the work, and nothing is left or made twice.

pytest tests/provision/test_provision_resume.py --every-stop      at every call, not at one in five; ten minutes
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from zlib import crc32

import pytest
from tests.provision.provision_worlds import (
    EC2,
    READ,
    VMIE_TRUST,
    Fault,
    FaultyClients,
    Killed,
    World,
    allow,
    everything,
    open_account,
    policy,
    prepare_for_everything,
    role,
    trusts,
)

from passrole.provision import durable_file
from passrole.provision.durable_file import DurableFile
from passrole.recipes.desired import DesiredInstanceProfile, DesiredManagedPolicy, DesiredState, DesiredUser

# Before a call is as after the one before it, but for the journal, so moto is stopped after each call only.
STOPS = [("embedded", "before"), ("embedded", "after"), ("moto", "after")]
MAX_STOPS = 100
STRIDE = 5
"""Without `--every-stop` a test stops at one call in so many, the next test at others."""


@pytest.fixture
def stops(request: pytest.FixtureRequest) -> Iterable[int]:
    """The writes to stop at, counted from 1; the last ones are never reached, which ends a test."""
    if request.config.getoption("--every-stop"):
        return range(1, MAX_STOPS)
    return range(1 + crc32(request.node.name.encode()) % STRIDE, MAX_STOPS, STRIDE)


@contextmanager
def fresh(maker: str, folder: Path) -> Iterator[World]:
    folder.mkdir()
    with open_account(maker, folder) as clients:
        world = World(clients, folder / "state")
        prepare_for_everything(world)
        yield world


def with_calls_failing(number: int, when: str, world: World, run: Callable[[FaultyClients], object]) -> bool:
    """Run with the `number`-th write killed; whether there was one."""
    clients = FaultyClients(world.clients, Fault(number, when))
    try:
        run(clients)
    except Killed:
        return True
    return False


@contextmanager
def file_write_killed(number: int, when: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Kill the process at the `number`-th file that passrole writes: its journal, or a secret."""
    seen = 0
    write = DurableFile.write

    def killing(self: DurableFile, text: str) -> None:
        nonlocal seen
        seen += 1
        if seen == number and when == "before":
            raise Killed
        write(self, text)
        if seen == number and when == "after":
            raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(durable_file.DurableFile, "write", killing)
        yield


def assert_as_if_never_stopped(world: World, expected: dict[str, object]) -> None:
    assert world.contents() == expected
    again = world.plan(everything(world))
    assert not again.has_work, [str(change.address) for change in again.changes if change.has_work]
    keys = world.iam.list_access_keys(UserName="connector")["AccessKeyMetadata"]
    assert [key["AccessKeyId"] for key in keys] == [world.secrets.saved_keys()["connector"].key_id]


def uninterrupted(maker: str, folder: Path) -> dict[str, object]:
    """What the account holds after an apply that is not stopped."""
    with fresh(maker, folder) as world:
        world.apply(everything(world))
        return world.contents()


@pytest.mark.parametrize(("maker", "when"), STOPS)
def test_apply_killed_at_any_call_is_finished_by_the_next(
    maker: str, when: str, tmp_path: Path, stops: Iterable[int]
) -> None:
    expected = uninterrupted(maker, tmp_path / "whole")
    for number in stops:
        with fresh(maker, tmp_path / str(number)) as world:
            plan = world.plan(everything(world))
            killed = with_calls_failing(number, when, world, lambda clients: world.run(plan, clients))  # noqa: B023
            world.apply(everything(world))
            assert_as_if_never_stopped(world, expected)
        if not killed:
            break
    assert number > len(plan.calls)


def older(world: World) -> DesiredState:
    return world.state(
        managed_policies=(DesiredManagedPolicy("Own", policy(READ, EC2)),),
        users=(DesiredUser("leaving", access_key=True),),
        roles=(
            role("vmimport", VMIE_TRUST, inline={"vmimport": policy(READ, EC2), "old": policy(READ)}),
            role("first", trusts("ec2.amazonaws.com"), attached_policy_arns=(world.policy_arn("Own"),)),
        ),
        instance_profiles=(DesiredInstanceProfile("profile", "first"),),
    )


def newer(world: World) -> DesiredState:
    """Of everything in `older`, something goes, something comes and something stays."""
    trust = trusts("vmie.amazonaws.com", Condition={"StringEquals": {"aws:SourceAccount": "111122223333"}})
    return world.state(
        managed_policies=(DesiredManagedPolicy("Own", policy(EC2, allow("dms:*"))),),
        users=(DesiredUser("coming"),),
        roles=(
            role("vmimport", trust, inline={"vmimport": policy(EC2, allow("dms:*"))}, description="new"),
            role("second", trusts("ec2.amazonaws.com"), attached_policy_arns=(world.policy_arn("Own"),)),
        ),
        instance_profiles=(DesiredInstanceProfile("profile", "second"),),
    )


@pytest.mark.parametrize(("maker", "when"), STOPS)
def test_an_update_killed_at_any_call_is_finished_by_the_next(
    maker: str, when: str, tmp_path: Path, stops: Iterable[int]
) -> None:
    with fresh(maker, tmp_path / "whole") as world:
        world.apply(older(world))
        world.apply(newer(world))
        expected = world.contents()
    for number in stops:
        with fresh(maker, tmp_path / str(number)) as world:
            world.apply(older(world))
            plan = world.plan(newer(world))
            killed = with_calls_failing(number, when, world, lambda clients: world.run(plan, clients))  # noqa: B023
            world.apply(newer(world))
            assert world.contents() == expected, f"stopped {when} write {number}"
            assert not world.plan(newer(world)).has_work
        if not killed:
            break
    assert number > len(plan.calls)


@pytest.mark.parametrize(("maker", "when"), STOPS)
def test_destroy_right_after_an_apply_killed_at_any_call_leaves_nothing(
    maker: str, when: str, tmp_path: Path, stops: Iterable[int]
) -> None:
    for number in stops:
        with fresh(maker, tmp_path / str(number)) as world:
            before = world.contents()
            plan = world.plan(everything(world))
            killed = with_calls_failing(number, when, world, lambda clients: world.run(plan, clients))  # noqa: B023
            world.destroy("demo", desired=[everything(world)])
            assert world.contents() == before, f"stopped {when} write {number}"
            assert not world.journal.records
        if not killed:
            break
    assert number > len(plan.calls)


@pytest.mark.parametrize(("maker", "when"), STOPS)
def test_destroy_killed_at_any_call_is_finished_by_the_next(
    maker: str, when: str, tmp_path: Path, stops: Iterable[int]
) -> None:
    for number in stops:
        with fresh(maker, tmp_path / str(number)) as world:
            before = world.contents()
            world.apply(everything(world))
            plan = world.destroy_plan("demo")
            killed = with_calls_failing(number, when, world, lambda clients: world.run(plan, clients))  # noqa: B023
            world.destroy("demo")
            assert world.contents() == before, f"stopped {when} write {number}"
            assert not world.journal.records
            assert not world.secrets.saved_keys()
            assert not world.destroy_plan("demo").has_work
        if not killed:
            break
    assert number > len(plan.calls)


def small(world: World) -> DesiredState:
    """A key, a document and an attachment: one of each way in which the journal is written."""
    user = DesiredUser("connector", attached_policy_arns=(world.policy_arn("Shared"),), access_key=True)
    return world.state(users=(user,), roles=(role("vmimport", VMIE_TRUST, inline={"vmimport": policy(READ)}),))


@pytest.mark.parametrize("when", ["before", "after"])
def test_apply_killed_at_any_file_that_it_writes_is_finished_by_the_next(
    when: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stops: Iterable[int]
) -> None:
    with fresh("embedded", tmp_path / "whole") as world:
        before = world.contents()
        world.apply(small(world))
        expected = world.contents()
    for number in stops:
        with fresh("embedded", tmp_path / str(number)) as world:
            plan = world.plan(small(world))
            killed = False
            with file_write_killed(number, when, monkeypatch):
                try:
                    world.run(plan)
                except Killed:
                    killed = True
            world.apply(small(world))
            assert world.contents() == expected
            assert not world.plan(small(world)).has_work
            world.destroy("demo")
            assert world.contents() == before
            assert not world.journal.records
        if not killed:
            break
    assert number > 2 * len(plan.calls)
