"""The recipe session-manager says what AWS's page says, branch by branch, and makes the repairs that it explains."""

from __future__ import annotations

from typing import Any

import pytest
from tests.recipes.recipe_pages import (
    BLOCKS,
    document_of,
    inventory_rows,
    policy,
    rendered,
    replaced,
    same_meaning,
    statement,
    statement_ids,
    toml_of,
)

from passrole.errors import UsageError
from passrole.recipes.difference import difference
from passrole.recipes.load import load_recipe
from passrole.recipes.workflow import IamGroupMemberActor, IamUserActor, PolicyBearer, RoleSessionActor

KEY = "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-12345EXAMPLE"
PAGE_LOGGING = {"logging": "both", "log_bucket": "s3-bucket-name", "log_prefix": "s3-bucket-prefix"}
S3 = {"logging": "s3", "log_bucket": "logs"}


# --- the page ------------------------------------------------------------------------------------------------


def test_the_minimal_policy_with_a_key_is_the_page_s() -> None:
    ours = policy(rendered("session-manager", "documented", kms_key_arn=KEY), "instance").to_value()
    assert same_meaning(ours, replaced(BLOCKS["M#1"], key_name=KEY))


def test_without_a_key_the_page_s_fragment_is_gone_and_the_rest_stays() -> None:
    (fragment,) = BLOCKS["M#2"]
    ours = policy(rendered("session-manager", "documented"), "instance").to_value()

    theirs = document_of(*(one for one in BLOCKS["M#1"]["Statement"] if one != fragment))
    assert len(theirs["Statement"]) == 2
    assert same_meaning(ours, theirs)
    with_key = rendered("session-manager", "documented", kms_key_arn=KEY)
    assert same_meaning(
        document_of(statement(with_key, "instance", "session-encryption")),
        document_of(replaced(fragment, key_name=KEY)),
    )


def test_the_logging_policy_is_the_page_s() -> None:
    ours = policy(rendered("session-manager", "documented", **PAGE_LOGGING), "instance").to_value()
    assert same_meaning(ours, BLOCKS["M#3"])


@pytest.mark.parametrize(
    ("values", "ids"),
    [
        ({}, ["channels", "bucket-encryption"]),
        ({"logging": "cloudwatch"}, ["channels", "logs", "bucket-encryption"]),
        (S3, ["channels", "log-objects", "bucket-encryption", "log-encryption"]),
        ({**S3, "log_bucket_kms": False}, ["channels", "log-objects", "bucket-encryption"]),
        ({**PAGE_LOGGING, "kms_key_arn": KEY}, ["channels", "logs", "log-objects", "bucket-encryption", "log-encryption", "session-encryption"]),
        ({"logging": "cloudwatch", "create_log_group": True}, ["channels", "logs", "create-log-group", "bucket-encryption"]),
    ],
)  # fmt: skip
def test_each_choice_brings_its_statements(values: dict[str, Any], ids: list[str]) -> None:
    assert statement_ids(rendered("session-manager", **values), "instance") == ids


def test_names_and_descriptions_are_the_page_s_unless_chosen() -> None:
    state = rendered("session-manager")
    (role,), (profile,), (managed,) = state.roles, state.instance_profiles, state.managed_policies
    assert (role.name, profile.name, profile.role_name, managed.name) == (
        "MySessionManagerInstanceProfile",
        "MySessionManagerInstanceProfile",
        "MySessionManagerInstanceProfile",
        "SessionManagerPermissions",
    )
    assert role.attached_policy_arns == ("arn:aws:iam::111122223333:policy/SessionManagerPermissions",)

    state = rendered("session-manager", role_name="R", policy_name="P", role_description="r", policy_description="p")
    assert (state.roles[0].name, state.instance_profiles[0].name) == ("R", "R")
    assert (state.roles[0].description, state.managed_policies[0].description) == ("r", "p")
    assert rendered("session-manager", role_name="R", instance_profile_name="I").instance_profiles[0].name == "I"


@pytest.mark.parametrize(
    ("partition", "service"),
    [("aws", "ec2.amazonaws.com"), ("aws-us-gov", "ec2.amazonaws.com"), ("aws-cn", "ec2.amazonaws.com.cn")],
)
@pytest.mark.parametrize("variant", ["documented", "corrected"])
def test_the_role_trusts_ec2_as_the_partition_names_it(partition: str, service: str, variant: str) -> None:
    state = rendered("session-manager", variant, partition)
    assert policy(state, "trust").to_value() == document_of(
        {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    )
    assert [need.service for need in state.pass_role] == [service]


# --- logs ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variant", "prefix", "resource"),
    [
        ("documented", "p", "arn:aws:s3:::logs/p"),
        ("corrected", "p", "arn:aws:s3:::logs/p/*"),
        ("corrected", "/a/b/", "arn:aws:s3:::logs/a/b/*"),
        ("documented", "", "arn:aws:s3:::logs/"),
        ("corrected", "", "arn:aws:s3:::logs/*"),
    ],
)
def test_the_pattern_of_log_objects(variant: str, prefix: str, resource: str) -> None:
    state = rendered("session-manager", variant, **S3, log_prefix=prefix)
    assert statement(state, "instance", "log-objects")["Resource"] == [resource]
    (workflow,) = [one for one in state.workflows if one.id == "session-logged"]
    (upload,) = [step for step in workflow.steps if step.action == "s3:PutObject"]
    middle = f"{prefix.strip('/')}/" if prefix else ""
    assert upload.resources == (f"arn:aws:s3:::logs/{middle}operator-1a2b3c4d5eEXAMPLE.log",)


def test_a_bucket_of_another_account_gets_the_acl_permission_and_its_owner_s_policies() -> None:
    state = rendered("session-manager", **S3, log_prefix="p", log_bucket_account="444455556666", log_bucket_key_arn=KEY)

    assert statement(state, "instance", "log-objects")["Action"] == ["s3:PutObject", "s3:PutObjectAcl"]
    bucket, key = state.elsewhere
    role = {"AWS": "arn:aws:iam::111122223333:role/MySessionManagerInstanceProfile"}
    assert (bucket.resource, bucket.account_id) == ("arn:aws:s3:::logs", "444455556666")
    assert bucket.policy.to_value() == document_of(
        {
            "Effect": "Allow",
            "Principal": role,
            "Action": ["s3:PutObject", "s3:PutObjectAcl"],
            "Resource": "arn:aws:s3:::logs/p/*",
        },
        {
            "Effect": "Allow",
            "Principal": role,
            "Action": "s3:GetEncryptionConfiguration",
            "Resource": "arn:aws:s3:::logs",
        },
    )
    assert (key.resource, key.account_id) == (KEY, "444455556666")
    assert key.policy.to_value() == document_of(
        {"Effect": "Allow", "Principal": role, "Action": "kms:GenerateDataKey", "Resource": "*"}
    )
    assert [one.id for one in state.workflows] == ["session", "session-logged-elsewhere"]


def test_an_unencrypted_bucket_elsewhere_needs_no_key_policy() -> None:
    state = rendered("session-manager", **S3, log_bucket_account="444455556666", log_bucket_kms=False)
    assert [one.policy.id for one in state.elsewhere] == ["log-bucket-owner"]


def test_the_key_of_the_bucket_narrows_the_data_key_permission() -> None:
    assert statement(rendered("session-manager", **S3), "instance", "log-encryption")["Resource"] == ["*"]
    state = rendered("session-manager", **S3, log_bucket_key_arn=KEY)
    assert statement(state, "instance", "log-encryption")["Resource"] == [KEY]


def test_a_log_group_is_created_under_its_own_name_only() -> None:
    state = rendered("session-manager", logging="cloudwatch", log_group="/x", create_log_group=True)
    assert statement(state, "instance", "create-log-group")["Resource"] == [
        "arn:aws:logs:*:111122223333:log-group:/x",
        "arn:aws:logs:*:111122223333:log-group:/x:*",
    ]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"logging": "s3"}, "`log_bucket` is missing"),
        ({"log_bucket": "logs"}, "`log_bucket` would have no effect"),
        ({"logging": "cloudwatch", "log_prefix": "p"}, "`log_prefix` would have no effect"),
        ({**S3, "create_log_group": True}, "`create_log_group` would have no effect"),
        ({**S3, "log_bucket_kms": False, "log_bucket_key_arn": KEY}, "`log_bucket_key_arn` would have no effect"),
        ({"kms_key_arn": "alias/sessions"}, "this is an alias"),
        ({"kms_key_arn": "key-name"}, "not the ARN of a KMS key"),
        ({"user": "role/admin"}, "it must be `user/NAME` or `group/NAME`"),
    ],
)
def test_what_does_not_go_together_is_told(values: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        rendered("session-manager", **values)
    assert [message in one.message for one in caught.value.diagnostics] == [True]


# --- those who open sessions ----------------------------------------------------------------------------------


def test_without_users_only_the_instance_acts() -> None:
    state = rendered("session-manager", kms_key_arn=KEY)

    assert [one.name for one in state.managed_policies] == ["SessionManagerPermissions"]
    assert set(state.actors) == {"service", "instance-role"}
    assert state.users == ()


@pytest.mark.parametrize(
    ("values", "actor", "session"),
    [
        ({"user_policy": True}, PolicyBearer("user", ("end-user",)), "user"),
        ({"user": "user/bob"}, IamUserActor("bob"), "bob"),
        ({"user": "group/ops"}, IamGroupMemberActor("ops"), "member-of-ops"),
    ],
)
def test_users_open_and_end_sessions_of_their_own(values: dict[str, Any], actor: object, session: str) -> None:
    state = rendered("session-manager", kms_key_arn=KEY, **values)

    assert state.actors["user"] == actor
    assert statement(state, "end-user", "own-sessions")["Resource"] == (
        "arn:aws:ssm:*:111122223333:session/${aws:username}-*"
    )
    ends = [step for one in state.workflows for step in one.steps if step.action == "ssm:TerminateSession"]
    assert len(ends) == 2
    assert {step.resources for step in ends} == {
        (f"arn:aws:ssm:us-east-1:111122223333:session/{session}-1a2b3c4d5eEXAMPLE",)
    }
    assert statement(state, "end-user", "data-key")["Resource"] == KEY


def test_the_instance_s_session_is_named_after_the_instance() -> None:
    actor = rendered("session-manager").actors["instance-role"]
    assert actor == RoleSessionActor("MySessionManagerInstanceProfile", "i-02573cafcfEXAMPLE")


# --- repairs -------------------------------------------------------------------------------------------------


def differences(partition: str = "aws", **values: Any) -> dict[str, tuple[str, ...]]:
    region = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}[partition]
    found = difference(
        load_recipe("session-manager"), values, account_id="111122223333", partition=partition, region=region
    )
    notes = {f"{one.policy_id}/{one.statement_id}": one.notes for one in found.statements}
    notes |= {one.address: one.notes for one in found.entities}
    return {name: tuple(note.id for note in explained) for name, explained in notes.items()}


PROFILE = {"instance-profile/MySessionManagerInstanceProfile": ("E8",)}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, PROFILE),
        ({"kms_key_arn": KEY}, PROFILE),
        ({**S3, "log_prefix": "p"}, {"instance/log-objects": ("E3",), **PROFILE}),
        (S3, {"instance/log-objects": ("E4",), **PROFILE}),
        ({"logging": "cloudwatch", "kms_key_arn": KEY}, {"instance/session-encryption": ("E5",), **PROFILE}),
        ({**PAGE_LOGGING, "kms_key_arn": KEY}, {"instance/log-objects": ("E3",), "instance/session-encryption": ("E5",), **PROFILE}),
    ],
)  # fmt: skip
def test_the_variants_differ_in_the_repairs_alone(values: dict[str, Any], expected: dict[str, Any]) -> None:
    assert differences(**values) == expected


@pytest.mark.parametrize("partition", ["aws-cn", "aws-us-gov"])
def test_elsewhere_the_partition_of_the_page_is_repaired_too(partition: str) -> None:
    assert differences(partition, **S3) == {"instance/log-objects": ("E4", "E23"), **PROFILE}


def test_every_trap_of_the_page_has_its_note() -> None:
    notes = {note.id: note.kind for note in rendered("session-manager").notes if note.id.startswith("E")}
    assert notes == {
        "E2": "note", "E3": "repair", "E4": "repair", "E5": "repair", "E6": "option", "E7": "option", "E8": "repair",
        "E23": "repair",
    }  # fmt: skip


# --- the inventory of the page --------------------------------------------------------------------------------


def test_every_row_of_the_page_is_answered() -> None:
    rows = set(inventory_rows(toml_of("session-manager")))
    assert rows == {f"M{number}" for number in range(1, 30)}


def test_every_statement_has_a_reason_of_its_own_and_a_page() -> None:
    state = rendered(
        "session-manager", **PAGE_LOGGING, log_bucket_account="444455556666", kms_key_arn=KEY, user="user/b"
    )
    statements = [one for policy in state.policies for one in policy.statements]
    assert len({one.reason for one in statements}) == len(statements)
    assert all(one.source.url.startswith("https://") for one in statements)
