"""The recipe sms says what AWS's page on the Server Migration Service said, both options, and that it has ended."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from passrole.errors import UsageError
from passrole.policy.normal import policies_equal_in_meaning_of_text
from passrole.policy.parse import policy_from_value
from passrole.recipes.desired import DesiredRole, DesiredState, RenderedPolicy
from passrole.recipes.load import load_recipe
from passrole.recipes.render import render

DATA = Path(__file__).parent.parent / "data"
BLOCKS = json.loads((DATA / "seed_blocks.json").read_text())
SCENARIOS = {one["id"]: one for one in json.loads((DATA / "workflows_dms_sms.json").read_text())["scenarios"]}
DELETED = "arn:aws:iam::aws:policy/service-role/ServerMigrationServiceRole"


def rendered(variant: str = "corrected", partition: str = "aws", **values: Any) -> DesiredState:
    region = "us-east-1" if partition == "aws" else "cn-north-1"
    return render(
        load_recipe("sms"), values, account_id="111122223333", partition=partition, region=region, variant=variant
    )


def service_role(**values: Any) -> DesiredRole:
    (role,) = rendered(**values).roles
    return role


def same(ours: RenderedPolicy | None, theirs: Mapping[str, Any]) -> bool:
    assert ours is not None
    return policies_equal_in_meaning_of_text(policy_from_value(ours.to_value()), policy_from_value(theirs))


def test_every_row_of_the_page_is_answered() -> None:
    def walk(value: Any) -> set[str]:
        if isinstance(value, dict):
            return set(value.get("inventory", ())).union(*(walk(one) for one in value.values()), set())
        return set().union(*(walk(one) for one in value)) if isinstance(value, list) else set()

    text = resources.files("passrole.recipes").joinpath("data", "sms.toml").read_text()

    assert walk(tomllib.loads(text)) == {f"S{number}" for number in range(1, 28)}


@pytest.mark.parametrize("variant", ["documented", "corrected"])
def test_trust_and_policy_of_the_manual_role_are_the_page_s(variant: str) -> None:
    role = service_role(variant=variant)

    assert role.name == "sms"
    assert same(role.trust_policy, BLOCKS["S#2"]["value"])
    assert role.trust_policy is not None
    assert role.trust_policy.statements[0].body["Sid"] == ""
    assert list(role.inline_policies) == ["sms"]
    assert same(role.inline_policies["sms"], BLOCKS["S#3"]["value"])
    assert role.attached_policy_arns == ()


@pytest.mark.parametrize("variant", ["documented", "corrected"])
def test_the_caller_s_policy_is_the_page_s_and_stands_inline_on_the_user(variant: str) -> None:
    desired = rendered(variant=variant, user="user/migrator")
    (user,) = [one for one in desired.users if one.name == "migrator"]

    assert same(user.inline_policies["sms-user"], BLOCKS["S#1"]["value"])
    assert user.attached_policy_arns == ()
    assert not user.access_key


def test_an_administrator_needs_nothing() -> None:
    desired = rendered()

    assert [one.name for one in desired.users] == ["sms-connector"]
    assert "operator" not in desired.actors
    assert "S2" in {note.id for note in desired.notes}


@pytest.mark.parametrize("principal", ["group/admins", "role/Admin"])
def test_only_a_user_can_bear_the_inline_policy(principal: str) -> None:
    with pytest.raises(UsageError):
        rendered(user=principal)


def test_each_connector_is_a_user_of_its_own_with_an_access_key() -> None:
    users = rendered(connector_names="east,west").users

    assert [(one.name, one.access_key, one.attached_policy_arns, dict(one.inline_policies)) for one in users] == [
        (name, True, ("arn:aws:iam::aws:policy/ServerMigrationConnector",), {}) for name in ("east", "west")
    ]


def test_option_1_attaches_the_deleted_policy_only_in_the_documented_variant() -> None:
    documented = service_role(variant="documented", method="template")
    corrected = service_role(method="template")

    assert documented.attached_policy_arns == (DELETED,)
    assert not documented.inline_policies
    assert corrected.attached_policy_arns == ()
    assert same(corrected.inline_policies["sms"], BLOCKS["S#3"]["value"])
    assert {one.repairs for one in corrected.inline_policies["sms"].statements} == {("E22",)}


def test_another_role_name_reaches_role_workflow_and_advice() -> None:
    desired = rendered(role_name="migrations")
    assumed = [step.resources for step in desired.workflows[0].steps if step.action == "sts:AssumeRole"]

    assert [role.name for role in desired.roles] == ["migrations"]
    assert list(desired.roles[0].inline_policies) == ["sms"]
    assert assumed == [("arn:aws:iam::111122223333:role/migrations",)]
    (note,) = [one for one in desired.notes if one.id == "S16"]
    assert "--role-name migrations" in note.text


def test_restrict_source_replace_the_external_id_as_in_aws_s_last_page() -> None:
    role = service_role(restrict_source=True)

    assert same(
        role.trust_policy,
        {
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Allow",
                "Principal": {"Service": "sms.amazonaws.com"},
                "Action": "sts:AssumeRole",
                "Condition": {
                    "StringEquals": {"aws:SourceAccount": "111122223333"},
                    "ArnLike": {"aws:SourceArn": "arn:aws:sms:*:111122223333:*"},
                },
            },
        },
    )


def test_the_service_is_told_to_have_ended() -> None:
    retirement = rendered().retirement

    assert retirement is not None
    assert retirement.on == "2022-03-31"
    assert "MGN" in retirement.successor


@pytest.mark.parametrize("note", ["E1", "E15", "E22", "E23", "E24"])
def test_what_is_wrong_with_the_page_is_told(note: str) -> None:
    assert note in {one.id for one in rendered().notes}


def test_in_china_every_arn_is_china_s() -> None:
    desired = rendered(partition="aws-cn", user="user/migrator", restrict_source=True)
    written = json.dumps([one.to_value() for one in desired.policies]) + str(desired.users)

    assert set(re.findall(r"arn:[a-z-]+:", written)) == {"arn:aws-cn:"}


EXPECTED_DIFFERENCES = {
    # GetUser is asked on the user, and SNS's prefix is written in lower case.
    "iam:getuser": "arn:aws:iam::111122223333:user/sms-connector",
}


def test_the_scenario_s_calls_are_told_in_order_for_each_connector() -> None:
    desired = rendered(user="user/migrator", connector_names="sms-connector,second")

    assert [one.id for one in desired.workflows] == ["sms-replication[sms-connector]", "sms-replication[second]"]
    ours = [(step.action.lower(), step.resources) for step in desired.workflows[0].steps]
    wanted = [
        (action, (EXPECTED_DIFFERENCES[action],) if action in EXPECTED_DIFFERENCES else tuple(step["resources"]))
        for step in SCENARIOS["sms-replication"]["steps"]
        for action in (step["action"].lower(),)
    ]
    assert ours == wanted
