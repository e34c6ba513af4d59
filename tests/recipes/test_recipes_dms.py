"""The recipes dms-user and dms-roles say what AWS's pages say, switch by switch, and make the repairs they explain."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from passrole.catalog.managed_policies import get_managed_policy
from passrole.errors import UsageError
from passrole.policy.normal import policies_equal_in_meaning_of_text
from passrole.policy.parse import parse_policy, policy_from_value
from passrole.recipes.desired import DesiredRole, DesiredState, RenderedPolicy
from passrole.recipes.load import load_recipe
from passrole.recipes.render import render
from passrole.recipes.trial import check_by_rendering
from passrole.recipes.workflow import IamGroupMemberActor, IamUserActor, RoleSessionActor, StepKind

DATA = Path(__file__).parent.parent / "data"
BLOCKS = json.loads((DATA / "seed_blocks.json").read_text())
SCENARIOS = {one["id"]: one for one in json.loads((DATA / "workflows_dms_sms.json").read_text())["scenarios"]}
KEY = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
SECRET = "arn:aws:secretsmanager:us-east-1:111122223333:secret:MySQLTestSecret-qeHamH"


def rendered(recipe: str, variant: str = "corrected", partition: str = "aws", **values: Any) -> DesiredState:
    if recipe == "dms-user":
        values.setdefault("principal", "user/migrator")
    region = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}[partition]
    return render(
        load_recipe(recipe), values, account_id="111122223333", partition=partition, region=region, variant=variant
    )


def user_policy(**values: Any) -> RenderedPolicy:
    (policy,) = rendered("dms-user", **values).managed_policies
    return policy.policy


def same(ours: RenderedPolicy | Mapping[str, Any], theirs: Mapping[str, Any]) -> bool:
    value = ours.to_value() if isinstance(ours, RenderedPolicy) else ours
    return policies_equal_in_meaning_of_text(policy_from_value(value), policy_from_value(theirs))


def one_statement(body: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [dict(body)]}


def roles(desired: DesiredState) -> dict[str, DesiredRole]:
    return {role.name: role for role in desired.roles}


def inventory_rows(name: str) -> set[str]:
    text = resources.files("passrole.recipes").joinpath("data", f"{name}.toml").read_text()

    def walk(value: Any) -> set[str]:
        if isinstance(value, dict):
            return set(value.get("inventory", ())).union(*(walk(one) for one in value.values()), set())
        return set().union(*(walk(one) for one in value)) if isinstance(value, list) else set()

    return walk(tomllib.loads(text))


@pytest.mark.parametrize(("recipe", "letter", "last"), [("dms-user", "D", 13), ("dms-roles", "R", 24)])
def test_every_row_of_the_page_is_answered(recipe: str, letter: str, last: int) -> None:
    wanted = {f"{letter}{number}" for number in range(1, last + 1)}

    assert {row for row in inventory_rows(recipe) if row.startswith(letter)} == wanted


@pytest.mark.parametrize("recipe", ["dms-user", "dms-roles", "sms"])
def test_every_document_that_the_recipe_can_make_is_one_that_iam_accepts(recipe: str) -> None:
    check_by_rendering(load_recipe(recipe))


# --- dms-user --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("variant", ["documented", "corrected"])
def test_user_policy_with_all_defaults_is_the_page_s(variant: str) -> None:
    assert same(user_policy(variant=variant), BLOCKS["D#1"]["value"])


def test_each_statement_of_the_user_policy_is_one_block_of_the_page() -> None:
    statements = user_policy(variant="documented").statements

    assert len(statements) == 7
    for statement, block in zip(statements, [f"D#{number}" for number in range(2, 9)], strict=True):
        assert same(one_statement(statement.body), one_statement(BLOCKS[block]["value"])), block


ALL = ("dms", "keys", "roles", "network", "metrics", "logs", "redshift")


@pytest.mark.parametrize(
    ("values", "gone"),
    [
        ({"interface": "cli"}, ()),
        ({"kms_key": KEY}, ()),
        ({"interface": "cli", "kms_key": KEY}, ("keys",)),
        ({"monitoring": False}, ("metrics",)),
        ({"logs": False}, ("logs",)),
        ({"redshift": False}, ("redshift",)),
        ({"interface": "cli", "kms_key": KEY, "monitoring": False, "logs": False, "redshift": False}, ("keys", "metrics", "logs", "redshift")),
    ],
    ids=["cli alone", "key alone", "cli and key", "no metrics", "no logs", "no redshift", "all off"],
)  # fmt: skip
def test_a_switch_drops_exactly_its_statement(values: dict[str, Any], gone: tuple[str, ...]) -> None:
    assert tuple(one.id for one in user_policy(**values).statements) == tuple(one for one in ALL if one not in gone)


def test_roles_set_up_beforehand_leave_only_get_role_and_pass_role() -> None:
    (statement,) = [one for one in user_policy(roles_preconfigured=True).statements if one.id == "roles"]

    assert statement.body["Action"] == ["iam:GetRole", "iam:PassRole"]


def test_every_statement_has_a_reason_of_its_own_and_a_page_of_aws() -> None:
    statements = [
        *user_policy(secret_arn=SECRET, forbidden_tag_key="Env", forbidden_tag_values="Desktop").statements,
        *user_policy(restrict_roles=True).statements,
        *(one for policy in everything("dms-roles").policies for one in policy.statements),
    ]
    reasons = {one.reason for one in statements}

    assert all(one.reason.endswith(".") and len(one.reason) > 20 for one in statements)
    assert len(reasons) >= len({one.id for one in statements})
    assert all(one.source.url.startswith("https://docs.aws.amazon.com/") for one in statements)


def everything(recipe: str, **values: Any) -> DesiredState:
    """The recipe with every part of it switched on."""
    if recipe == "dms-user":
        given = {"s3_target_role": "dms-s3-target", "secret_arn": SECRET}
    else:
        given = {"redshift": True, "s3_target_bucket": "buckettest2", "s3_target_canned_acl": True,
                 "s3_target_kms_key": KEY, "secret_arn": SECRET, "secret_kms_key": KEY}  # fmt: skip
    return rendered(recipe, **given, **values)


@pytest.mark.parametrize(
    ("principal", "actor"),
    [
        ("user/ann", IamUserActor("ann")),
        ("group/migrators", IamGroupMemberActor("migrators")),
        ("role/Migrations", RoleSessionActor("Migrations")),
    ],
)
def test_the_policy_goes_to_a_user_a_group_or_a_role(principal: str, actor: object) -> None:
    desired = rendered("dms-user", principal=principal)
    bearers = [*desired.users, *desired.groups, *desired.roles]

    assert [one.name for one in bearers] == [principal.split("/")[1]]
    assert bearers[0].attached_policy_arns == ("arn:aws:iam::111122223333:policy/dms-user",)
    assert desired.actors["operator"] == actor
    assert all(role.trust_policy is None for role in desired.roles)


def test_scoped_roles_leave_no_iam_action_open() -> None:
    statements = [
        one.body
        for one in user_policy(restrict_roles=True, s3_target_role="dms-s3-target").statements
        if "iam:" in str(one.body["Action"])
    ]

    assert {one["Action"] for one in statements} == {
        "iam:GetRole", "iam:PassRole", "iam:CreateRole", "iam:AttachRolePolicy"
    }  # fmt: skip
    for body in statements:
        resource = body["Resource"]
        named = [resource] if isinstance(resource, str) else resource
        assert all(re.fullmatch(r"arn:aws:iam::111122223333:role/dms-[a-z0-9-]+", arn) for arn in named)
    passing = [one for one in statements if one["Action"] == "iam:PassRole"]
    assert [one["Condition"]["StringEquals"]["iam:PassedToService"] for one in passing] == [
        ["dms.amazonaws.com"], "redshift.amazonaws.com"
    ]  # fmt: skip
    (attaching,) = [one for one in statements if one["Action"] == "iam:AttachRolePolicy"]
    assert all(
        ":iam::aws:policy/service-role/AmazonDMS" in arn for arn in attaching["Condition"]["ArnEquals"]["iam:PolicyARN"]
    )


def test_scoped_roles_and_roles_set_up_beforehand_together_create_and_attach_nothing() -> None:
    actions = {str(one.body["Action"]) for one in user_policy(restrict_roles=True, roles_preconfigured=True).statements}

    assert not actions & {"iam:CreateRole", "iam:AttachRolePolicy"}
    assert {"iam:GetRole", "iam:PassRole"} <= actions


def test_tags_and_names_can_be_put_out_of_reach_as_the_page_on_fine_grained_access_does() -> None:
    arn = "arn:aws:dms:us-east-1:111122223333:rep:DOH67ZTOXGLIXMIHKITV"
    denied = [
        one.body
        for one in user_policy(
            forbidden_tag_key="Env", forbidden_tag_values="Desktop", forbidden_resource_arns=arn
        ).statements
        if one.body["Effect"] == "Deny"
    ]

    assert denied == [
        {"Effect": "Deny", "Action": "dms:*", "Resource": arn},
        *(
            {"Effect": "Deny", "Action": "dms:*", "Resource": "*",
             "Condition": {"StringEquals": {f"dms:{kind}-tag/Env": "Desktop"}}}
            for kind in ("rep", "endpoint", "task")
        ),
    ]  # fmt: skip


def test_request_tags_are_limited_only_where_a_request_has_the_tag() -> None:
    (statement,) = [
        one.body
        for one in user_policy(request_tag_key="stage", request_tag_values="production,testing").statements
        if one.body["Effect"] == "Deny"
    ]

    assert statement["Condition"] == {
        "Null": {"dms:req-tag/stage": "false"},
        "StringNotEquals": {"dms:req-tag/stage": ["production", "testing"]},
    }


def test_a_tag_key_without_values_is_refused() -> None:
    with pytest.raises(UsageError) as refused:
        rendered("dms-user", forbidden_tag_key="Env")

    assert any("`forbidden_tag_values` is missing" in one.message for one in refused.value.diagnostics)


def test_the_secret_s_user_may_describe_the_secret_and_nothing_else_of_it() -> None:
    bodies = [one.body for one in user_policy(secret_arn=SECRET).statements if "secretsmanager" in str(one.body)]

    assert bodies == [{"Effect": "Allow", "Action": "secretsmanager:DescribeSecret", "Resource": SECRET}]


@pytest.mark.parametrize("note", ["E17", "E18", "N1", "N2", "N3", "N4"])
def test_what_is_wrong_with_the_pages_on_user_permissions_is_told(note: str) -> None:
    assert note in {one.id for one in rendered("dms-user").notes}


# --- dms-roles -------------------------------------------------------------------------------------------------------


def page_commands() -> dict[str, str]:
    """Role to the ARN that the page's attach-role-policy commands attach."""
    commands = [re.sub(r"\\\s*\n", " ", BLOCKS[block]["value"]) for block in ("R#7", "R#10", "R#13")]
    matches = [re.search(r"attach-role-policy --role-name (\S+)\s+--policy-arn (\S+)", one) for one in commands]
    return {match[1]: match[2] for match in matches if match}


@pytest.mark.parametrize("variant", ["documented", "corrected"])
def test_the_three_roles_are_the_page_s(variant: str) -> None:
    found = roles(rendered("dms-roles", variant=variant, redshift=True))

    assert {name: role.attached_policy_arns for name, role in found.items()} == {
        name: (arn,) for name, arn in page_commands().items()
    }
    assert list(found) == ["dms-vpc-role", "dms-cloudwatch-logs-role", "dms-access-for-endpoint"]
    for name, block in zip(found, ("R#5", "R#8", "R#11"), strict=True):
        trust = found[name].trust_policy
        assert trust is not None
        assert same(trust, BLOCKS[block]["value"]), name
        assert found[name].path == "/"
        assert not found[name].inline_policies


def test_the_sids_of_the_endpoint_role_s_trust_are_the_page_s() -> None:
    trust = roles(rendered("dms-roles", redshift=True))["dms-access-for-endpoint"].trust_policy

    assert trust is not None
    assert [one.body["Sid"] for one in trust.statements] == ["1", "2"]


def test_without_redshift_there_are_two_roles() -> None:
    assert list(roles(rendered("dms-roles"))) == ["dms-vpc-role", "dms-cloudwatch-logs-role"]


COPIES = {
    "dms-vpc-role": "AmazonDMSVPCManagementRole",
    "dms-cloudwatch-logs-role": "AmazonDMSCloudWatchLogsRole",
    "dms-access-for-endpoint": "AmazonDMSRedshiftS3Role",
}


@pytest.mark.parametrize("role", COPIES)
def test_a_custom_copy_says_what_aws_s_policy_says_today(role: str) -> None:
    copy = roles(rendered("dms-roles", redshift=True, policies="custom-copy"))[role]
    policy = get_managed_policy(COPIES[role])
    assert policy is not None

    (document,) = copy.inline_policies.values()
    assert policies_equal_in_meaning_of_text(
        policy_from_value(document.to_value()), parse_policy(policy.default_version.document)
    )
    assert copy.attached_policy_arns == ()


def test_the_documented_copy_is_the_printed_version_3_and_lacks_two_actions_of_today() -> None:
    def copied(variant: str) -> RenderedPolicy:
        role = roles(rendered("dms-roles", variant=variant, policies="custom-copy"))["dms-vpc-role"]
        return role.inline_policies["dms-vpc-management"]

    documented, corrected = copied("documented"), copied("corrected")

    assert same(documented, BLOCKS["R#4"]["value"]["PolicyVersion"]["Document"])
    actions = [set(one.statements[0].body["Action"]) for one in (documented, corrected)]
    assert actions[1] - actions[0] == {"ec2:DescribeDhcpOptions", "ec2:DescribeNetworkInterfaces"}
    assert corrected.statements[0].repairs == ("E20",)
    assert documented.statements[0].repairs == ()


def test_restrict_source_never_reach_the_logs_role() -> None:
    found = roles(everything("dms-roles", restrict_source=True))
    conditioned = {
        name: [("Condition" in one.body, one.body["Principal"]["Service"]) for one in role.trust_policy.statements]
        for name, role in found.items()
        if role.trust_policy
    }

    assert conditioned == {
        "dms-vpc-role": [(True, "dms.amazonaws.com")],
        "dms-cloudwatch-logs-role": [(False, "dms.amazonaws.com")],
        "dms-access-for-endpoint": [(True, "dms.amazonaws.com"), (False, "redshift.amazonaws.com")],
        "dms-s3-target": [(True, "dms.amazonaws.com")],
        "dms-secret-access": [(False, "dms.us-east-1.amazonaws.com")],
    }
    assert same(one_statement(found["dms-vpc-role"].trust_policy.statements[0].body), one_statement({
        "Effect": "Allow", "Principal": {"Service": "dms.amazonaws.com"}, "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"},
                      "ArnLike": {"aws:SourceArn": "arn:aws:dms:*:111122223333:*"}}}))  # fmt: skip


def test_a_staging_bucket_of_another_name_gets_a_policy_beside_aws_s() -> None:
    role = roles(rendered("dms-roles", redshift=True, redshift_bucket="warehouse-staging"))["dms-access-for-endpoint"]

    assert role.attached_policy_arns == (page_commands()["dms-access-for-endpoint"],)
    (policy,) = role.inline_policies.values()
    assert policy.statements[0].body["Resource"] == [
        "arn:aws:s3:::warehouse-staging", "arn:aws:s3:::warehouse-staging/*"
    ]  # fmt: skip


def test_serverless_redshift_is_trusted_only_when_it_is_asked_for() -> None:
    def services(**values: Any) -> list[str]:
        trust = roles(rendered("dms-roles", redshift=True, **values))["dms-access-for-endpoint"].trust_policy
        assert trust is not None
        return [one.body["Principal"]["Service"] for one in trust.statements]

    assert "redshift-serverless.amazonaws.com" not in services()
    assert services(redshift_serverless=True)[-1] == "redshift-serverless.amazonaws.com"


@pytest.mark.parametrize("parameter", ["redshift_bucket", "s3_target_canned_acl", "secret_kms_key"])
def test_a_parameter_that_would_change_nothing_is_refused(parameter: str) -> None:
    value: Any = {"redshift_bucket": "warehouse-staging", "s3_target_canned_acl": True, "secret_kms_key": KEY}[
        parameter
    ]

    with pytest.raises(UsageError) as refused:
        rendered("dms-roles", **{parameter: value})

    assert any("would have no effect" in one.message for one in refused.value.diagnostics)


@pytest.mark.parametrize("partition", ["aws-cn", "aws-us-gov"])
@pytest.mark.parametrize("recipe", ["dms-user", "dms-roles"])
def test_nothing_of_the_corrected_variant_is_of_another_partition(recipe: str, partition: str) -> None:
    values: dict[str, Any] = {"redshift": True, "restrict_source": True, "policies": "custom-copy"}
    desired = rendered(recipe, partition=partition, **(values if recipe == "dms-roles" else {"restrict_roles": True}))
    written = [policy.to_value() for policy in desired.policies]
    arns = re.findall(r"arn:[a-z-]+:", json.dumps(written) + str(desired.roles) + str(desired.users))
    steps = [arn for workflow in desired.workflows for step in workflow.steps for arn in step.resources if arn != "*"]

    assert set(arns) == {f"arn:{partition}:"}
    assert all(arn.startswith(f"arn:{partition}:") for arn in steps)


@pytest.mark.parametrize("note", ["E16", "E19", "E20", "E21", "E23", "N5"])
def test_what_is_wrong_with_the_pages_on_roles_is_told(note: str) -> None:
    assert note in {one.id for one in rendered("dms-roles", redshift=True).notes}


@pytest.mark.parametrize("recipe", ["dms-user", "dms-roles"])
def test_every_repair_that_something_carries_has_its_note(recipe: str) -> None:
    desired = everything(recipe)
    carried = {
        repair
        for policy in desired.policies
        for one in policy.statements
        for repair in one.repairs
    }.union(*(role.repairs for role in desired.roles), set())  # fmt: skip

    assert carried <= {note.id for note in desired.notes if note.kind == "repair"}


# --- the workflows ---------------------------------------------------------------------------------------------------

EXPECTED_DIFFERENCES = {
    # IAM asks for CreateReplicationSubnetGroup on the subnet group since the action has a resource type; the
    # scenario's key id is not one that KMS could issue.
    "kms:DescribeKey", "kms:GenerateDataKey", "kms:Decrypt",
}  # fmt: skip


def told(desired: DesiredState, workflow_id: str) -> list[tuple[str, tuple[str, ...]]]:
    (workflow,) = [one for one in desired.workflows if one.id == workflow_id]
    return [(step.action, step.resources) for step in workflow.steps]


def scenario(workflow_id: str, by_service: bool) -> list[tuple[str, tuple[str, ...]]]:
    return [
        (step["action"], tuple(step["resources"]))
        for step in SCENARIOS[workflow_id]["steps"]
        if (step["actor"] != "user") is by_service
    ]


@pytest.mark.parametrize(
    "workflow_id", ["dms-instance-task-logs", "dms-redshift-target", "dms-s3-target", "dms-secret-endpoint"]
)
@pytest.mark.parametrize("recipe", ["dms-user", "dms-roles"])
def test_each_call_of_the_scenario_is_told_in_its_order_by_its_recipe(recipe: str, workflow_id: str) -> None:
    ours = told(everything(recipe), workflow_id)
    position = 0
    for action, wanted in scenario(workflow_id, by_service=recipe == "dms-roles"):
        matching = [
            index
            for index, (our_action, our_resources) in enumerate(ours)
            if index >= position
            and our_action == action
            and (action in EXPECTED_DIFFERENCES or our_resources == wanted)
        ]
        assert matching, (action, wanted)
        position = matching[0] + 1


def test_calls_that_the_scenarios_do_not_tell_are_those_of_the_console_that_makes_roles() -> None:
    for workflow_id in SCENARIOS:
        if workflow_id.startswith("dms-"):
            known = {action for action, _ in scenario(workflow_id, by_service=False)}
            extra = {action for action, _ in told(everything("dms-user"), workflow_id)} - known
            assert extra <= {"iam:CreateRole", "iam:AttachRolePolicy"}


def test_the_cli_s_workflow_has_no_call_of_the_console() -> None:
    desired = rendered("dms-user", interface="cli", kms_key=KEY, roles_preconfigured=True)
    actions = {step.action for workflow in desired.workflows for step in workflow.steps}

    assert not actions & {"ec2:DescribeVpcs", "kms:ListAliases", "kms:DescribeKey", "iam:CreateRole"}


def test_dms_asks_for_the_logs_role_without_saying_on_whose_behalf() -> None:
    steps = [
        step
        for workflow in rendered("dms-roles").workflows
        for step in workflow.steps
        if step.kind is StepKind.ASSUME and step.resources[0].endswith("dms-cloudwatch-logs-role")
    ]

    assert steps
    assert all(step.context == {} for step in steps)
