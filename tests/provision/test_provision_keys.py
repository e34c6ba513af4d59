"""Access keys: made once, the secret in a private file before the step counts, and no key of others ever touched."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.provision.provision_worlds import Fault, FaultyClients, Killed, World

from passrole.errors import ConfigurationError
from passrole.provision import durable_file
from passrole.provision.apply import apply_plan
from passrole.provision.changes import Action, Change, Plan
from passrole.provision.errors import ApplyStoppedError
from passrole.provision.secrets import SecretStore, how_to_use
from passrole.recipes.desired import DesiredState, DesiredUser


def with_key(world: World, label: str = "demo") -> DesiredState:
    return world.state(label=label, users=(DesiredUser("connector", access_key=True),))


def key_change(plan: Plan) -> Change:
    return next(each for each in plan.changes if str(each.address) == "user/connector/access-key")


def keys(world: World) -> list[str]:
    listed = world.iam.list_access_keys(UserName="connector")["AccessKeyMetadata"]
    return sorted(key["AccessKeyId"] for key in listed)


def lose_the_secret(world: World) -> str:
    """Stop an apply after IAM made the key and before its secret came back; the lost key's id."""
    before = set(keys(world)) if "user/connector" in world.contents() else set()
    plan = world.plan(with_key(world))
    writes = sum(1 for call in plan.calls)
    with pytest.raises(Killed):
        world.run(plan, FaultyClients(world.clients, Fault(writes, "after")))
    (lost,) = set(keys(world)) - before
    return lost


def test_the_secret_is_in_a_private_file_and_nowhere_else(world: World) -> None:
    plan = world.plan(with_key(world))
    result = world.run(plan)
    saved = result.saved_keys["connector"]
    path = Path(saved.file)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    secret = path.read_text().partition("aws_secret_access_key = ")[2].strip()
    assert len(secret) >= 40
    assert [saved.key_id] == keys(world)
    for text in (plan.to_json(), repr(plan), repr(result), (world.folder / "journal.json").read_text()):
        assert secret not in text


def test_the_aws_cli_signs_with_the_file(world: World) -> None:
    """botocore, which the CLI is made of, finds the key as the printed command line says."""
    saved = world.apply(with_key(world)).saved_keys["connector"]
    show = (
        "import botocore.session; c = botocore.session.get_session().get_credentials(); print(c.access_key, c.method)"
    )
    command = how_to_use(saved.file).replace("aws sts get-caller-identity", f"{sys.executable} -c '{show}'")
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, env={"PATH": os.environ["PATH"]})
    assert done.stdout.split() == [saved.key_id, "shared-credentials-file"]


def test_a_second_apply_makes_no_second_key(world: World) -> None:
    world.apply(with_key(world))
    assert not world.plan(with_key(world)).has_work


def test_a_key_whose_secret_was_lost_is_deleted_and_made_again(world: World) -> None:
    lost = lose_the_secret(world)
    plan = world.plan(with_key(world))
    assert key_change(plan).action is Action.REPLACE
    assert lost in key_change(plan).reason
    world.run(plan)
    assert lost not in keys(world)
    assert keys(world) == [world.secrets.saved_keys()["connector"].key_id]


def test_a_lost_key_is_replaced_beside_a_key_of_others(world: World) -> None:
    world.iam.create_user(UserName="connector")
    theirs = world.iam.create_access_key(UserName="connector")["AccessKey"]["AccessKeyId"]
    lost = lose_the_secret(world)
    world.apply(with_key(world))
    assert theirs in keys(world)
    assert lost not in keys(world)
    assert len(keys(world)) == 2


def test_a_key_saved_before_the_stop_is_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = world.plan(with_key(world))
    save = durable_file.DurableFile.write

    def killing(self: durable_file.DurableFile, text: str) -> None:
        save(self, text)
        if self.path.name == "connector.credentials":
            raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(durable_file.DurableFile, "write", killing)
        with pytest.raises(Killed):
            world.run(plan)
    made = keys(world)
    again = world.plan(with_key(world))
    assert key_change(again).action is Action.NO_CHANGE
    assert not again.calls
    assert again.has_work, "the journal does not know the key yet"
    world.run(again)
    assert keys(world) == made
    assert not world.plan(with_key(world)).has_work


def test_two_new_keys_cannot_be_told_apart_so_neither_is_touched(world: World) -> None:
    lost = lose_the_secret(world)
    world.iam.create_access_key(UserName="connector")
    plan = world.plan(with_key(world))
    assert key_change(plan).action is Action.BLOCKED
    assert lost in key_change(plan).reason
    world.run(plan)
    assert len(keys(world)) == 2
    world.destroy("demo")
    assert len(keys(world)) == 2


def test_a_key_made_long_after_the_stop_is_somebody_elses(world: World) -> None:
    world.iam.create_user(UserName="connector")
    plan = world.plan(with_key(world))
    long_ago = datetime.now(UTC) - timedelta(hours=2)
    clients = FaultyClients(world.clients, Fault(1, "before"))
    with pytest.raises(Killed):
        apply_plan(plan, clients, world.journal, world.secrets, sleep=world.slept.append, now=lambda: long_ago)
    theirs = world.iam.create_access_key(UserName="connector")["AccessKey"]["AccessKeyId"]
    again = world.plan(with_key(world))
    assert key_change(again).action is Action.ADD
    assert any(theirs in note for note in key_change(again).notes)
    world.run(again)
    assert theirs in keys(world)


def test_a_used_key_is_somebody_elses(world: World) -> None:
    """Nobody has the secret of a lost key."""
    world.iam.create_user(UserName="connector")
    with pytest.raises(Killed):
        world.run(world.plan(with_key(world)), FaultyClients(world.clients, Fault(1, "before")))
    world.iam.create_access_key(UserName="connector")

    def used(parsed: dict[str, dict[str, object]], **_: object) -> None:
        parsed["AccessKeyLastUsed"]["LastUsedDate"] = datetime.now(UTC)

    assert key_change(world.plan(with_key(world))).action is Action.REPLACE
    world.iam.meta.events.register("after-call.iam.GetAccessKeyLastUsed", used)
    assert key_change(world.plan(with_key(world))).action is Action.ADD


def test_two_keys_of_others_leave_no_room(world: World) -> None:
    world.iam.create_user(UserName="connector")
    for _ in range(2):
        world.iam.create_access_key(UserName="connector")
    theirs = keys(world)
    plan = world.plan(with_key(world))
    blocked = key_change(plan)
    assert blocked.action is Action.BLOCKED
    assert all(each in blocked.reason for each in theirs)
    assert "aws iam delete-access-key" in blocked.notes[0]
    assert not world.run(plan).complete
    assert keys(world) == theirs


def test_a_key_that_someone_deleted_is_made_again(world: World) -> None:
    world.apply(with_key(world))
    (first,) = keys(world)
    world.iam.delete_access_key(UserName="connector", AccessKeyId=first)
    world.apply(with_key(world))
    (second,) = keys(world)
    assert second != first
    assert world.secrets.saved_keys()["connector"].key_id == second


def test_no_key_is_made_when_its_secret_could_not_be_saved(world: World) -> None:
    world.folder.mkdir()
    (world.folder / "keys").write_text("a file where the folder should be")
    with pytest.raises(ApplyStoppedError) as stopped:
        world.apply(with_key(world))
    assert "connector.credentials" in stopped.value.message
    assert keys(world) == []


def test_a_key_whose_secret_cannot_be_written_is_deleted_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    replace = os.replace

    def full(source: str, target: str) -> None:
        if str(target).endswith(".credentials"):
            raise OSError(errno.ENOSPC, "No space left on device")
        replace(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(durable_file.os, "replace", full)
        with pytest.raises(ApplyStoppedError, match="cannot be written"):
            world.apply(with_key(world))
    assert keys(world) == []
    assert list((world.folder / "keys").iterdir()) == [], "no half-written secret is left"
    world.apply(with_key(world))
    assert keys(world) == [world.secrets.saved_keys()["connector"].key_id]


def test_two_set_ups_share_one_key(world: World) -> None:
    world.apply(with_key(world, "first"))
    (made,) = keys(world)
    world.apply(with_key(world, "second"))
    assert keys(world) == [made]
    world.destroy("first")
    assert keys(world) == [made]
    world.destroy("second")
    assert world.contents() == {}
    assert world.secrets.saved_keys() == {}


def test_a_leftover_of_a_killed_write_is_removed(tmp_path: Path) -> None:
    leftover = tmp_path / ".connector.credentials.abcd"
    leftover.write_text("aws_secret_access_key = left by a killed process")
    with SecretStore(tmp_path).slot("connector") as slot:
        slot.save("AKIA1", "secret", "111122223333")
    assert [path.name for path in tmp_path.iterdir()] == ["connector.credentials"]


def test_a_file_that_is_no_credentials_file_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / "a.credentials").write_bytes(b"\xff\xfe")
    (tmp_path / "b.credentials").write_text("no section")
    (tmp_path / "c.credentials").write_text("[default]\naws_access_key_id = AKIA3\n")
    assert {user: key.key_id for user, key in SecretStore(tmp_path).saved_keys().items()} == {"c": "AKIA3"}


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_folder_that_may_not_be_written_is_said(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(ConfigurationError), SecretStore(tmp_path / "keys").slot("x"):
        pass
