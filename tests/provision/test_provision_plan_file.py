"""Saved plans: applied exactly, refused when anything has moved, and never a way to make other calls."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.provision.provision_worlds import (
    EC2,
    READ,
    VMIE_TRUST,
    FaultyClients,
    World,
    allow,
    document,
    everything,
    open_account,
    policy,
    prepare_for_everything,
    role,
)

from passrole.provision.changes import Plan
from passrole.provision.errors import PlanFileError, PlanMovedError, RetiredServiceError, WrongAccountError
from passrole.provision.plan_file import load_plan, save_plan
from passrole.recipes.desired import DesiredState, DesiredUser, Retirement


def vmimport(world: World) -> DesiredState:
    return world.state(roles=(role("vmimport", VMIE_TRUST, inline={"vmimport": policy(READ, EC2)}),))


@pytest.fixture
def embedded(tmp_path: Path) -> Any:
    with open_account("embedded", tmp_path) as clients:
        yield World(clients, tmp_path / "state")


def test_a_saved_plan_is_the_plan(world: World, tmp_path: Path) -> None:
    prepare_for_everything(world)
    plan = world.plan(everything(world))
    save_plan(plan, tmp_path / "change.plan")
    loaded = load_plan(tmp_path / "change.plan")
    assert loaded == plan
    assert (tmp_path / "change.plan").stat().st_mode & 0o777 == 0o600
    clients = FaultyClients(world.clients)
    world.run(loaded, clients)
    assert clients.writes == [(call.operation, dict(call.parameters)) for call in plan.calls]
    destroy = world.destroy_plan("demo")
    assert Plan.from_json(destroy.to_json()) == destroy
    assert world.run(Plan.from_json(destroy.to_json())).complete


def test_a_plan_is_refused_when_what_it_addresses_has_moved(world: World) -> None:
    world.apply(vmimport(world))
    plan = world.plan(world.state(roles=(role("vmimport", VMIE_TRUST, inline={"vmimport": policy(READ)}),)))
    world.iam.put_role_policy(RoleName="vmimport", PolicyName="theirs", PolicyDocument=document(EC2))
    before = world.contents()
    with pytest.raises(PlanMovedError, match="`role/vmimport` changed after this plan was made"):
        world.run(Plan.from_json(plan.to_json()))
    assert world.contents() == before


def test_a_plan_to_create_is_refused_when_the_entity_has_come(world: World) -> None:
    plan = world.plan(vmimport(world))
    world.iam.create_role(RoleName="vmimport", AssumeRolePolicyDocument=document(VMIE_TRUST))
    with pytest.raises(PlanMovedError, match="`role/vmimport` changed"):
        world.run(plan)


def test_a_plan_is_refused_when_the_journal_says_otherwise(world: World) -> None:
    world.apply(vmimport(world))
    plan = world.destroy_plan("demo")
    (world.folder / "journal.json").unlink()
    with pytest.raises(PlanMovedError, match="journal"):
        world.run(plan)


def test_a_change_elsewhere_in_the_account_is_none(world: World) -> None:
    plan = world.plan(vmimport(world))
    world.iam.create_role(RoleName="other", AssumeRolePolicyDocument=document(VMIE_TRUST))
    assert world.run(plan).complete


def test_order_of_statements_and_of_lists_moves_no_fingerprint(world: World) -> None:
    from passrole.provision.addressed import addressed_by
    from passrole.provision.fingerprint import fingerprints
    from passrole.provision.observe import observe

    world.apply(vmimport(world))
    state = vmimport(world)

    def prints() -> object:
        observation = observe(world.clients, addressed_by(state, {}), world.identity)
        return fingerprints(observation, {})

    first = prints()
    assert prints() == first
    world.iam.tag_role(RoleName="vmimport", Tags=[{"Key": "k", "Value": "v"}])
    assert prints() != first


def test_a_plan_for_another_account_or_endpoint_is_refused(embedded: World, tmp_path: Path) -> None:
    plan = embedded.plan(vmimport(embedded))
    value = json.loads(plan.to_json())
    value["account_id"] = "999999999999"
    with pytest.raises(WrongAccountError, match="nothing was done"):
        embedded.run(Plan.from_json(json.dumps(value)))
    (tmp_path / "second").mkdir()
    with open_account("embedded", tmp_path / "second") as clients:
        second = World(clients, tmp_path / "second" / "state")
        with pytest.raises(WrongAccountError, match="account 111122223333 on embedded"):
            second.run(plan)
        assert second.contents() == {}


def test_a_set_up_of_another_account_is_not_planned(embedded: World) -> None:
    from dataclasses import replace

    with pytest.raises(WrongAccountError, match="rendered for account 999999999999"):
        embedded.plan(replace(vmimport(embedded), account_id="999999999999"))


def test_a_retired_service_is_refused_on_real_aws_only(world: World) -> None:
    from dataclasses import replace

    from passrole.provision.clients import Target

    retired = replace(vmimport(world), retirement=Retirement("2022-03-31", "AWS MGN", "AWS ended it."))
    world.plan(retired)
    world.identity = replace(world.identity, target=Target("real AWS", "https://iam.amazonaws.com", "us-east-1"))
    with pytest.raises(RetiredServiceError) as refused:
        world.plan(retired)
    assert "2022-03-31" in refused.value.message
    assert "AWS MGN" in (refused.value.help or "")


Edit = Callable[[dict[str, Any]], object]


def _call(value: dict[str, Any]) -> dict[str, Any]:
    return next(change for change in value["changes"] if change["calls"])["calls"][0]


def _put(value: dict[str, Any]) -> dict[str, Any]:
    return next(change for change in value["changes"] if change["address"].endswith("inline-policy/vmimport"))


def _trust(value: dict[str, Any]) -> dict[str, Any]:
    return next(change for change in value["changes"] if change["address"].endswith("trust-policy"))


HOSTILE: dict[str, Edit] = {
    "a service that is not IAM": lambda v: _call(v).update(service="ec2"),
    "an operation passrole does not use": lambda v: _call(v).update(operation="CreateLoginProfile"),
    "a read": lambda v: _call(v).update(operation="GetRole"),
    "another role than the change shows": lambda v: _call(v)["parameters"].update(RoleName="Admin"),
    "a parameter passrole does not give": lambda v: _call(v)["parameters"].update(PermissionsBoundary="arn:x"),
    "a parameter left out": lambda v: _call(v)["parameters"].pop("RoleName"),
    "a parameter of another type": lambda v: _call(v)["parameters"].update(RoleName=["x"]),
    "tags that are no tags": lambda v: _call(v)["parameters"].update(Tags="x"),
    "another document than is shown": lambda v: _put(v)["calls"][0]["parameters"].update(
        PolicyDocument=document(allow("*"))
    ),
    "a document that is no JSON": lambda v: _put(v)["calls"][0]["parameters"].update(PolicyDocument="{"),
    "another trust policy than is shown": lambda v: _call(v)["parameters"].update(
        AssumeRolePolicyDocument=document({"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"})
    ),
    "statements that are not those of the document": lambda v: _put(v)["statements"].pop(),
    "a document without its statements": lambda v: _put(v)["statements"].clear(),
    "a trust policy behind other statements": lambda v: _trust(v)["statements"][0]["body"].update(
        Action="sts:TagSession"
    ),
    "a path that is not shown": lambda v: _call(v)["parameters"].update(Path="/admin/"),
    "a session duration that is not shown": lambda v: _call(v)["parameters"].update(MaxSessionDuration=43200),
    "a description that is not shown": lambda v: _call(v)["parameters"].update(Description="x"),
    "a tag that is not passrole's": lambda v: _call(v)["parameters"]["Tags"].append({"Key": "admin", "Value": "yes"}),
    "the tag of another set-up": lambda v: _call(v)["parameters"].update(
        Tags=[{"Key": "passrole:set-up", "Value": "other"}]
    ),
    "a label that is none": lambda v: v["set_ups"][0].update(label="../x"),
    "an entity without a fingerprint": lambda v: v.update(fingerprints={}),
    "an address that is none": lambda v: _put(v).update(address="role"),
    "an action that is none": lambda v: _put(v).update(action="obliterate"),
    "a kind that is none": lambda v: v.update(kind="format"),
    "no version": lambda v: v.pop("format_version"),
    "a major version to come": lambda v: v.update(format_version="2.0"),
    "changes that are no list": lambda v: v.update(changes={}),
    "no account": lambda v: v.update(account_id=None),
    "creation in a plan that destroys": lambda v: v.update(kind="destroy"),
}


@pytest.mark.parametrize("edit", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_file_that_no_plan_of_passroles_could_be_is_refused(embedded: World, edit: Edit) -> None:
    value = json.loads(embedded.plan(vmimport(embedded)).to_json())
    edit(value)
    with pytest.raises(PlanFileError) as refused:
        Plan.from_json(json.dumps(value), "change.plan")
    assert "change.plan" in refused.value.message
    assert refused.value.help


def test_a_policy_of_another_account_cannot_be_addressed(embedded: World) -> None:
    prepare_for_everything(embedded)
    embedded.apply(everything(embedded))
    value = json.loads(embedded.destroy_plan("demo").to_json())
    change = next(each for each in value["changes"] if each["address"].startswith("managed-policy/"))
    arn = change["calls"][0]["parameters"]["PolicyArn"]
    change["calls"][0]["parameters"]["PolicyArn"] = arn.replace("111122223333", "999999999999")
    with pytest.raises(PlanFileError):
        Plan.from_json(json.dumps(value))


def test_a_plan_cannot_make_an_adopted_role_passroles(embedded: World) -> None:
    embedded.iam.create_role(RoleName="vmimport", AssumeRolePolicyDocument=document(VMIE_TRUST))
    value = json.loads(embedded.plan(vmimport(embedded)).to_json())
    value["changes"][0]["record_after"]["made"] = True
    with pytest.raises(PlanFileError, match="which it did not"):
        embedded.run(Plan.from_json(json.dumps(value)))
    assert not embedded.journal.records


def _claim(address: str, **record: Any) -> dict[str, Any]:
    """A change that does nothing but say that something is the set-up's."""
    return {
        "address": address,
        "action": "no change",
        "reason": "",
        "calls": [],
        "record_after": {"set_ups": ["demo"], **record},
    }


@pytest.mark.parametrize(
    "claim",
    [
        _claim("role/vmimport/inline-policy/theirs", statements=[{"body": allow("s3:*"), "set_ups": ["demo"]}]),
        _claim("role/vmimport/attached-policy/arn:aws:iam::aws:policy/ReadOnlyAccess"),
    ],
    ids=["a statement", "an attached policy"],
)
def test_a_plan_cannot_claim_what_others_put_on_a_role(embedded: World, claim: dict[str, Any]) -> None:
    embedded.iam.create_role(RoleName="vmimport", AssumeRolePolicyDocument=document(VMIE_TRUST))
    embedded.iam.put_role_policy(RoleName="vmimport", PolicyName="theirs", PolicyDocument=document(allow("s3:*")))
    embedded.iam.attach_role_policy(RoleName="vmimport", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    value = json.loads(embedded.plan(vmimport(embedded)).to_json())
    value["changes"].append(claim)
    with pytest.raises(PlanFileError, match="which it did not"):
        embedded.run(Plan.from_json(json.dumps(value)))
    assert not embedded.journal.records


def test_a_plan_cannot_claim_the_key_of_someone_else(embedded: World) -> None:
    embedded.iam.create_user(UserName="connector")
    key_id = embedded.iam.create_access_key(UserName="connector")["AccessKey"]["AccessKeyId"]
    wanted = embedded.state(users=(DesiredUser("connector"),))
    value = json.loads(embedded.plan(wanted).to_json())
    value["changes"].append(_claim("user/connector/access-key", key={"key_id": key_id, "file": "x"}))
    with pytest.raises(PlanFileError, match="which it did not"):
        embedded.run(Plan.from_json(json.dumps(value)))
    assert not embedded.journal.records


@pytest.mark.parametrize(
    "text",
    [
        '{"format_version": "\\ud800"}',
        f'{{"format_version": {"9" * 5000}}}',
        '{"format_version": NaN}',
        f"{{{', '.join(f'{chr(34)}k{n}{chr(34)}: 1' for n in range(50_000))}, {chr(34)}k9{chr(34)}: 2}}",
    ],
    ids=["half a character", "a very long number", "not a number", "a key twice among very many"],
)
def test_json_that_is_read_by_luck_only_is_refused(text: str) -> None:
    with pytest.raises(PlanFileError):
        Plan.from_json(text)


def test_a_minor_version_to_come_is_read(embedded: World) -> None:
    plan = embedded.plan(vmimport(embedded))
    value = json.loads(plan.to_json()) | {"format_version": "1.7", "something_new": True}
    assert Plan.from_json(json.dumps(value)) == plan


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"a": 1, "a": 2}', "\ufeff{}", "[" * 100_000, '"x"'])
def test_what_is_no_plan_at_all_is_refused(text: str) -> None:
    with pytest.raises(PlanFileError):
        Plan.from_json(text)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    for name in ("binary", "missing", "."):
        with pytest.raises(PlanFileError, match="cannot be read"):
            load_plan(tmp_path / name)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=5,
)


@pytest.fixture(scope="module")
def plan_value(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("plan")
    with open_account("embedded", folder) as clients:
        world = World(clients, folder / "state")
        prepare_for_everything(world)
        value: dict[str, Any] = json.loads(world.plan(everything(world)).to_json())
        return value


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_any_damage_to_a_plan_is_refused_or_harmless(plan_value: dict[str, Any], data: st.DataObject) -> None:
    """Whatever one value of the file becomes, reading ends in a plan or in PlanFileError, and in nothing else."""
    value = json.loads(json.dumps(plan_value))
    place: Any = value
    while isinstance(place, dict | list) and place:
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        if not isinstance(place[key], dict | list) or not place[key] or data.draw(st.booleans()):
            place[key] = data.draw(json_values)
            break
        place = place[key]
    try:
        plan = Plan.from_json(json.dumps(value))
    except PlanFileError:
        return
    for change in plan.changes:
        assert all(call.address == change.address for call in change.calls)
