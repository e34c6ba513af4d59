"""The recipe vm-import says what AWS's page says, option by option, and makes the repairs that it explains."""

from __future__ import annotations

from typing import Any

import pytest
from tests.recipes.recipe_pages import (
    BLOCKS,
    document_of,
    inventory_rows,
    policy,
    rendered,
    same_meaning,
    statement,
    statement_ids,
    toml_of,
)

from passrole.errors import UsageError
from passrole.recipes.difference import difference
from passrole.recipes.load import load_recipe
from passrole.recipes.render import render
from passrole.recipes.workflow import IamGroupMemberActor, IamUserActor, PolicyBearer, RoleSessionActor

KEY = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
OTHER_KEY = KEY.replace("90ab", "90ac")
PAGE = {"import_bucket": "disk-image-file-bucket", "export_bucket": "export-bucket"}


# --- the page ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy_id", "block", "values"),
    [
        ("user", "V#1", {"import_bucket": "mys3bucket"}),
        ("user", "V#1", {"import_bucket": "mys3bucket", "export_bucket": "export-bucket"}),
        ("trust", "V#2", PAGE),
        ("role", "V#4", PAGE),
        ("trust", "V#8", {**PAGE, "restrict_source": True}),
    ],
)
def test_documented_policies_mean_what_the_page_s_blocks_mean(policy_id: str, block: str, values: Any) -> None:
    assert same_meaning(policy(rendered("vm-import", "documented", **values), policy_id).to_value(), BLOCKS[block])


@pytest.mark.parametrize("variant", ["documented", "corrected"])
@pytest.mark.parametrize(
    ("statement_id", "block", "option"),
    [("kms", "V#5", {"kms": True}), ("license-manager", "V#6", {"license_manager": True})],
)
def test_an_option_adds_the_page_s_statement_and_nothing_else(
    variant: str, statement_id: str, block: str, option: dict[str, Any]
) -> None:
    plain = rendered("vm-import", variant, **PAGE)
    state = rendered("vm-import", variant, **PAGE, **option)

    assert set(statement_ids(state, "role")) - set(statement_ids(plain, "role")) == {statement_id}
    assert policy(state, "user") == policy(plain, "user")
    ours = document_of(statement(state, "role", statement_id))
    assert same_meaning(ours, document_of(BLOCKS[block]))


def test_trust_and_role_need_no_repair_in_the_partition_of_the_page() -> None:
    documented, corrected = (rendered("vm-import", variant, **PAGE) for variant in ("documented", "corrected"))
    for policy_id in ("trust", "role"):
        assert policy(documented, policy_id).to_value() == policy(corrected, policy_id).to_value()


def test_names_are_the_page_s_unless_chosen() -> None:
    (role,) = rendered("vm-import", **PAGE).roles
    assert (role.name, role.path, list(role.inline_policies)) == ("vmimport", "/", ["vmimport"])

    state = rendered(
        "vm-import", **PAGE, role_name="import", role_policy_name="p", user_policy_name="u", user="user/bob"
    )
    assert (state.roles[0].name, list(state.roles[0].inline_policies)) == ("import", ["p"])
    assert state.users[0].attached_policy_arns == ("arn:aws:iam::111122223333:policy/u",)
    assert statement(state, "user", "pass-role")["Resource"] == "arn:aws:iam::111122223333:role/import"
    assert {step.resources for one in state.workflows for step in one.steps if step.kind.value == "assume"} == {
        ("arn:aws:iam::111122223333:role/import",)
    }


# --- options -------------------------------------------------------------------------------------------------


def test_without_an_export_bucket_nothing_names_one() -> None:
    state = rendered("vm-import", import_bucket="images")

    assert "export-bucket" not in statement_ids(state, "role")
    assert [workflow.id for workflow in state.workflows] == ["import-image", "import-snapshot"]
    assert statement(state, "user", "buckets")["Resource"] == ["arn:aws:s3:::images", "arn:aws:s3:::images/*"]


def test_one_bucket_may_serve_both_ways() -> None:
    state = rendered("vm-import", import_bucket="images", export_bucket="images")
    assert statement(state, "role", "export-bucket")["Resource"] == ["arn:aws:s3:::images", "arn:aws:s3:::images/*"]


def test_named_keys_take_the_place_of_the_star_and_imply_kms() -> None:
    state = rendered("vm-import", **PAGE, kms_key_arns=f"{KEY},{OTHER_KEY}")
    assert statement(state, "role", "kms")["Resource"] == [KEY, OTHER_KEY]


def test_restricted_keys_allow_the_same_actions_under_conditions() -> None:
    plain = rendered("vm-import", **PAGE, kms_key_arns=KEY)
    state = rendered("vm-import", **PAGE, kms_key_arns=KEY, restrict_kms=True)
    parts = [statement(state, "role", name) for name in ("kms-use", "kms-grants", "kms-describe")]

    actions = [
        action for part in parts for action in ([part["Action"]] if isinstance(part["Action"], str) else part["Action"])
    ]
    assert sorted(actions) == sorted(statement(plain, "role", "kms")["Action"])
    assert "kms" not in statement_ids(state, "role")
    assert parts[0]["Condition"] == {"StringLike": {"kms:ViaService": ["s3.*.amazonaws.com", "ec2.*.amazonaws.com"]}}
    assert parts[1]["Condition"] == {"Bool": {"kms:GrantIsForAWSResource": "true"}}


def test_options_on_keys_need_keys() -> None:
    for option in ("restrict_kms", "kms_for_user"):
        with pytest.raises(UsageError) as caught:
            rendered("vm-import", **PAGE, **{option: True})
        assert "would have no effect" in caught.value.diagnostics[0].message


def test_buckets_may_be_created_where_it_is_asked_for() -> None:
    state = rendered("vm-import", **PAGE, create_bucket=True)
    assert statement(state, "user", "create-buckets") == {
        "Effect": "Allow",
        "Action": "s3:CreateBucket",
        "Resource": ["arn:aws:s3:::disk-image-file-bucket", "arn:aws:s3:::export-bucket"],
    }
    assert state.workflows[0].steps[0].action == "s3:CreateBucket"
    assert "create-buckets" not in statement_ids(rendered("vm-import", **PAGE), "user")


def test_pass_role_is_for_the_role_and_for_the_service_where_it_is_asked_for() -> None:
    plain = statement(rendered("vm-import", **PAGE), "user", "pass-role")
    assert plain == {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::111122223333:role/vmimport"}

    restricted = statement(rendered("vm-import", **PAGE, restrict_pass_role=True), "user", "pass-role")
    assert restricted["Condition"] == {"StringEquals": {"iam:PassedToService": "vmie.amazonaws.com"}}


@pytest.mark.parametrize(
    ("user", "actor"),
    [
        ("user/bob", IamUserActor("bob")),
        ("group/admins", IamGroupMemberActor("admins")),
        ("role/ci", RoleSessionActor("ci")),
        ("", PolicyBearer("user", ("user",))),
    ],
)
def test_the_user_is_whoever_is_named_or_a_bearer_of_the_policy(user: str, actor: object) -> None:
    state = rendered("vm-import", **PAGE, user=user)

    assert state.actors["user"] == actor
    bearers = [*state.users, *state.groups, *(role for role in state.roles if role.trust_policy is None)]
    assert [one.attached_policy_arns for one in bearers] == (
        [("arn:aws:iam::111122223333:policy/vm-import-user",)] if user else []
    )
    assert [one.name for one in state.managed_policies] == ["vm-import-user"]


# --- repairs -------------------------------------------------------------------------------------------------


def differences(partition: str = "aws", **values: Any) -> dict[str, tuple[str, ...]]:
    regions = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
    found = difference(
        load_recipe("vm-import"), values, account_id="111122223333", partition=partition, region=regions[partition]
    )
    assert found.entities == ()
    return {f"{one.policy_id}/{one.statement_id}": tuple(note.id for note in one.notes) for one in found.statements}


def test_the_variants_differ_in_the_repairs_alone() -> None:
    assert differences(**PAGE) == {"user/buckets": ("E11",), "user/pass-role": ("E9",)}
    assert differences(import_bucket="images") == {"user/pass-role": ("E9",)}


@pytest.mark.parametrize("partition", ["aws-cn", "aws-us-gov"])
def test_elsewhere_the_partition_of_the_page_is_repaired_too(partition: str) -> None:
    assert differences(partition, **PAGE, restrict_source=True) == {
        "user/buckets": ("E11", "E23"),
        "user/pass-role": ("E9", "E23"),
        "trust/vm-import-export": ("E23",),
        "role/import-bucket": ("E23",),
        "role/export-bucket": ("E23",),
    }
    documented = rendered("vm-import", "documented", partition, **PAGE)
    assert same_meaning(policy(documented, "role").to_value(), BLOCKS["V#4"])
    corrected = rendered("vm-import", "corrected", partition, **PAGE)
    assert "arn:aws:" not in str([one.to_value() for one in corrected.policies])


def test_every_trap_of_the_page_has_its_note() -> None:
    notes = {note.id: note.kind for note in rendered("vm-import", **PAGE).notes}
    assert {one: kind for one, kind in notes.items() if one.startswith("E")} == {
        "E9": "repair", "E10": "note", "E11": "repair", "E12": "option", "E13": "note", "E14": "note", "E23": "repair",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("partition", "region", "grantee"),
    [
        ("aws", "us-east-1", "c4d8eabf8db69dbe46bfe0e517100c554f01200b104d59cd408e777ba442a322"),
        ("aws", "af-south-1", "3f7744aeebaf91dd60ab135eb1cf908700c8d2bc9133e61261e6c582be6e33ee"),
        ("aws", "me-central-1", "7d3018832562b7b6c126f5832211fae90bd3eee3ed3afde192d990690267e475"),
        ("aws-cn", "cn-northwest-1", "834bafd86b15b6ca71074df0fd1f93d234b9d5e848a2cb31f880c149003ce36f"),
        ("aws-us-gov", "us-gov-west-1", "af913ca13efe7a94b88392711f6cfc8aa07c9d1454d4f190a624b126733a5602"),
    ],
)
def test_the_acl_of_an_instance_export_names_the_region_s_canonical_user(
    partition: str, region: str, grantee: str
) -> None:
    state = render(load_recipe("vm-import"), PAGE, account_id="111122223333", partition=partition, region=region)
    (note,) = [one for one in state.notes if one.id == "acl"]
    assert f"canonical user {grantee} (of Region {region})" in note.text
    assert grantee in str(state.actors["service-by-acl"])


# --- the inventory of the page --------------------------------------------------------------------------------


def test_every_row_of_the_page_is_answered() -> None:
    rows = set(inventory_rows(toml_of("vm-import")))
    assert rows == {f"V{number}" for number in range(1, 30)}


def test_every_statement_has_a_reason_of_its_own_and_a_page_of_aws() -> None:
    state = rendered(
        "vm-import", **PAGE, kms=True, kms_for_user=True, license_manager=True, create_bucket=True, restrict_source=True
    )  # fmt: skip
    statements = [one for policy in state.policies for one in policy.statements]
    assert len({one.reason for one in statements}) == len(statements)
    assert all(one.source.url.startswith("https://docs.aws.amazon.com/") for one in statements)
