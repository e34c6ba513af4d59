"""The journal: durable, private, one writer at a time, never overwritten when it cannot be read, without secrets."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.provision.provision_worlds import VMIE_TRUST, World, everything, open_account, role

from passrole.errors import UsageError
from passrole.provision import addresses
from passrole.provision.addresses import Address, parse_address
from passrole.provision.changes import SetUp
from passrole.provision.clients import Target
from passrole.provision.errors import JournalBusyError, JournalError
from passrole.provision.identity import Identity
from passrole.provision.journal import Journal
from passrole.provision.json_shape import Shape
from passrole.provision.places import journal_path, secrets_folder
from passrole.provision.record import KeyRecord, OwnedStatement, Record, record_from_shape, record_to_value


def open_journal(path: Path, account_id: str = "111122223333", partition: str = "aws") -> Journal:
    return Journal(path, account_id=account_id, partition=partition)


def some_journal(path: Path) -> Journal:
    journal = open_journal(path)
    journal.note_set_up(SetUp("vm-import", "vm-import", "corrected", {"bucket": "b"}), "applied")
    journal.finish({addresses.role("vmimport"): Record(("vm-import",), made=True, entity_id="AROA1")})
    return journal


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "journal.json"
    written = some_journal(path)
    read = open_journal(path)
    assert read.records == written.records
    assert read.set_ups == written.set_ups
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["journal.json"]


DAMAGED = {
    "not JSON": b"{",
    "not text": b"\xff\xfe\x00",
    "empty": b"",
    "another shape": b"[]",
    "a key twice": b'{"format_version": "1.0", "format_version": "1.0"}',
    "an unknown member": b'{"format_version": "1.0", "account_id": "111122223333", "partition": "aws", "x": 1}',
    "a bad address": b'{"format_version": "1.0", "account_id": "111122223333", "partition": "aws", "set_ups": {}, "records": {"role": {}}}',
    "a bad record": b'{"format_version": "1.0", "account_id": "111122223333", "partition": "aws", "set_ups": {}, "records": {"role/x": {"made": "yes"}}}',
    "a misspelt record": b'{"format_version": "1.0", "account_id": "111122223333", "partition": "aws", "set_ups": {}, "records": {"role/x": {"mad": true}}}',
    "a bad time": b'{"format_version": "1.0", "account_id": "111122223333", "partition": "aws", "set_ups": {}, "records": {"role/x": {"key": {"begun": "noon"}}}}',
    "a bad state": b'{"format_version": "1.0", "account_id": "111122223333", "partition": "aws", "records": {}, "set_ups": {"a": {"recipe": "r", "label": "a", "variant": "v", "parameters": {}, "state": "?"}}}',
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED.keys())
def test_a_damaged_journal_is_an_error_and_stays_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "journal.json"
    path.write_bytes(content)
    with pytest.raises(JournalError) as refused:
        open_journal(path)
    assert str(path) in refused.value.message
    assert "move it away" in (refused.value.help or "")
    assert path.read_bytes() == content


def test_a_journal_damaged_meanwhile_stops_apply_before_any_call(world: World) -> None:
    plan = world.plan(world.state(roles=(role("vmimport", VMIE_TRUST),)))
    journal = world.journal
    world.folder.mkdir()
    (world.folder / "journal.json").write_text("{")
    from passrole.provision.apply import apply_plan

    with pytest.raises(JournalError):
        apply_plan(plan, world.clients, journal, world.secrets, sleep=world.slept.append)
    assert world.contents() == {}


def test_a_journal_of_a_newer_passrole_or_of_another_account_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "journal.json"
    some_journal(path)
    with pytest.raises(JournalError, match="of account 111122223333"):
        open_journal(path, account_id="999999999999")
    with pytest.raises(JournalError, match=r"\(aws\), not"):
        open_journal(path, partition="aws-cn")
    value = json.loads(path.read_text()) | {"format_version": "1.1"}
    path.write_text(json.dumps(value))
    with pytest.raises(JournalError, match=r"format 1\.1"):
        open_journal(path)


def test_a_journal_that_cannot_be_written_stops_apply_before_any_call(world: World) -> None:
    world.folder.parent.joinpath("state").write_text("a file where the folder should be")
    plan_state = world.state(roles=(role("vmimport", VMIE_TRUST),))
    with pytest.raises(JournalError):
        world.apply(plan_state)
    assert world.contents() == {}


def test_two_applies_at_once_do_not_interleave(world: World) -> None:
    plan = world.plan(world.state(roles=(role("vmimport", VMIE_TRUST),)))
    with world.journal.exclusively(), pytest.raises(JournalBusyError):
        world.run(plan)
    assert world.contents() == {}
    assert world.run(plan).complete


def test_what_another_process_wrote_is_read_before_apply_writes(world: World) -> None:
    from passrole.provision.apply import apply_plan

    opened_early = world.journal
    other = world.state(label="other", roles=(role("other", VMIE_TRUST),))
    plan = world.plan(world.state(roles=(role("vmimport", VMIE_TRUST),)))
    world.apply(other)
    apply_plan(plan, world.clients, opened_early, world.secrets, sleep=world.slept.append)
    assert {str(address.entity) for address in world.journal.records} == {"role/other", "role/vmimport"}
    assert set(world.journal.set_ups) == {"other", "demo"}


def test_a_process_killed_in_the_middle_leaves_no_lock_and_the_next_goes_on(tmp_path: Path) -> None:
    script = textwrap.dedent(
        """
        import os, signal, sys
        from pathlib import Path
        from tests.provision.provision_worlds import *

        def die():
            os.kill(os.getpid(), signal.SIGKILL)

        folder = Path(sys.argv[1])
        with open_account("embedded", folder) as clients:
            world = World(clients, folder / "state")
            prepare_for_everything(world)
            plan = world.plan(everything(world))
            key = [call.operation for call in plan.calls].index("CreateAccessKey") + 1
            world.run(plan, FaultyClients(clients, Fault(key, "after", die)))
        """
    )
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": f"{root / 'src'}{os.pathsep}{root}"}
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], env=environment, capture_output=True, text=True
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    with open_account("embedded", tmp_path) as clients:
        world = World(clients, tmp_path / "state")
        result = world.apply(everything(world))
        assert result.complete
        keys = world.iam.list_access_keys(UserName="connector")["AccessKeyMetadata"]
        assert [key["AccessKeyId"] for key in keys] == [result.saved_keys["connector"].key_id]
        assert not world.plan(everything(world)).has_work


def test_set_ups_are_remembered_with_their_parameters_until_they_are_destroyed(world: World) -> None:
    state = world.state(roles=(role("vmimport", VMIE_TRUST),))
    world.apply(state)
    (noted,) = world.journal.set_ups.values()
    assert (noted.set_up.recipe, noted.set_up.label, noted.state) == ("demo-recipe", "demo", "applied")
    world.destroy("demo")
    assert not world.journal.set_ups


def test_places_tell_accounts_and_endpoints_apart(tmp_path: Path) -> None:
    def place(kind: str, endpoint: str, account: str = "123456789012", partition: str = "aws") -> tuple[Path, Path]:
        target = Target(kind, endpoint, "us-east-1")
        identity = Identity(account, partition, "arn", target)
        return journal_path(identity, tmp_path), secrets_folder(identity, tmp_path)

    places = [
        place("endpoint", "http://127.0.0.1:5000"),
        place("endpoint", "http://127.0.0.1:5001"),
        place("real AWS", "https://iam.amazonaws.com"),
        place("real AWS", "https://iam.amazonaws.com", account="999999999999"),
        place("real AWS", "https://iam.cn-north-1.amazonaws.com.cn", partition="aws-cn"),
        place("embedded", "/data/account.db"),
    ]
    assert len({path for pair in places for path in pair}) == 12
    assert place("real AWS", "https://iam-fips.amazonaws.com") == places[2], "real AWS is one place"
    assert places[5][0] == Path("/data/account.db.journal.json")


names = st.text(st.sampled_from("abcXYZ019_+=,.@-"), min_size=1, max_size=8)
any_address = st.one_of(
    st.builds(addresses.user, names),
    st.builds(addresses.role, names).map(Address.trust_policy),
    st.builds(lambda user, detail: addresses.user(user).inline_policy(detail), names, names),
    st.builds(
        lambda group, name: addresses.group(group).attached_policy(f"arn:aws:iam::aws:policy/x/{name}"), names, names
    ),
    st.builds(lambda profile, role: addresses.instance_profile(profile).profile_role(role), names, names),
    st.builds(lambda path, name: addresses.managed_policy(f"arn:aws:iam::1:policy/{path}/{name}"), names, names),
)


@given(any_address)
def test_addresses_are_read_as_they_are_written(address: Address) -> None:
    assert parse_address(str(address)) == address


@pytest.mark.parametrize(
    "text",
    ["", "role", "role/", "vmimport", "user/x/trust-policy", "role/x/inline-policy", "role/x/trust-policy/y", "role//trust-policy",
     "group/x/access-key", "user/x/nothing/y"],
)  # fmt: skip
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_address(text)


records = st.builds(
    Record,
    st.lists(names, max_size=2).map(tuple),
    st.booleans(),
    st.none() | names,
    st.lists(st.builds(OwnedStatement, st.just({"Effect": "Allow"}), st.just(("a",))), max_size=2).map(tuple),
    st.none()
    | st.builds(
        KeyRecord,
        st.none() | names,
        st.none() | names,
        st.just(("AKIA1",)),
        st.none() | st.just(datetime(2026, 11, 1, tzinfo=UTC)),
    ),
    st.booleans(),
)


@given(records)
def test_records_are_read_as_they_are_written(record: Record) -> None:
    assert record_from_shape(Shape(json.loads(json.dumps(record_to_value(record))))) == record
