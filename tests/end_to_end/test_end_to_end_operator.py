"""The operator's policy: a person who has it and nothing else does the whole job, and with any action less not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.end_to_end.end_to_end_accounts import Account
from tests.end_to_end.end_to_end_cases import CASES

from passrole.cli.main import main
from passrole.recipes.desired import DesiredState
from passrole.recipes.load import built_in_recipe_names
from passrole.server.embedded import EmbeddedAccount

DEMOS = {case.recipe: dict(case.values) for case in CASES if case.name == "demo"}
Keys = dict[str, str]
Calls = dict[str, dict[str, Any]]

NOT_IN_AN_ACCOUNT_OF_IAM = {"organizations:DescribeOrganization", "s3:GetBucketPolicy", "kms:GetKeyPolicy"}
"""Asked by services that the embedded account does not have."""

ASKED_BESIDE = {
    "iam:PassRole": "AddRoleToInstanceProfile",
    "iam:TagUser": "CreateUser",
    "iam:TagRole": "CreateRole",
    "iam:TagPolicy": "CreatePolicy",
    "iam:TagInstanceProfile": "CreateInstanceProfile",
}
"""Actions that IAM asks at a call of another name."""


def shown_policy(account: Account, recipe: str, capsys: pytest.CaptureFixture[str], *tasks: str) -> Any:
    """What `passrole show RECIPE --operator-policy` prints for the demo's values, by default for `passrole apply`."""
    words = [word for task in tasks for word in ("--task", task)]
    capsys.readouterr()
    assert main(["show", recipe, *settings(account, recipe), "--account", account.id, "--operator-policy", *words]) == 0
    return json.loads(capsys.readouterr().out)


def settings(account: Account, recipe: str) -> list[str]:
    values = account.desired(recipe, DEMOS[recipe]).parameters
    given = {name: values[name] for name in DEMOS[recipe]}
    texts = {
        name: ",".join(value) if isinstance(value, list) else str(value).lower() if value is True else value
        for name, value in given.items()
    }
    return [word for name, text in texts.items() for word in ("--set", f"{name}={text}")]


@contextmanager
def person_with(account: Account, policy: Any) -> Iterator[Keys]:
    """The access key of a new user who has `policy` and nothing else."""
    iam, name = account.iam, "iam-operator"
    iam.create_user(UserName=name)
    arn = iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(policy))["Policy"]["Arn"]
    iam.attach_user_policy(UserName=name, PolicyArn=arn)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    yield {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    iam.detach_user_policy(UserName=name, PolicyArn=arn)
    iam.delete_policy(PolicyArn=arn)
    iam.delete_user(UserName=name)


@pytest.mark.parametrize("account", ["served"], indirect=True)
@pytest.mark.parametrize("recipe", built_in_recipe_names())
def test_it_is_enough_for_every_command(recipe: str, account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    """Over the wire, with the operator's access key in the environment: nothing of passrole knows another way in."""
    chosen = (recipe, *settings(account, recipe))
    with person_with(account, shown_policy(account, recipe, capsys)) as keys:
        operator = replace(account, environment=keys)
        assert operator.command("plan", *chosen, "--detailed-exitcode") == 2
        assert operator.command("apply", *chosen, "--yes") == 0
        assert operator.command("plan", *chosen, "--detailed-exitcode") == 0
        assert operator.command("verify", *chosen) == 0
    with person_with(account, shown_policy(account, recipe, capsys, "destroy")) as keys:
        assert replace(account, environment=keys).command("destroy", recipe, "--yes") == 0
    assert account.contents() == {}


@pytest.mark.parametrize("account", ["embedded"], indirect=True)
@pytest.mark.parametrize("recipe", ["vm-import", "session-manager"])
def test_each_action_of_it_is_needed(recipe: str, account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    """The operator's calls are recorded; then each action is taken away, and a call that was allowed is denied."""
    desired = account.desired(recipe, DEMOS[recipe])
    policy = shown_policy(account, recipe, capsys, "apply", "change", "verify", "destroy")
    with person_with(account, policy) as keys:
        calls = recorded_calls(account, keys, desired)
        needed = {action: asking(action) for action in sorted(actions(policy) - NOT_IN_AN_ACCOUNT_OF_IAM)}
        assert set(needed.values()) == set(calls)
        iam = clients_of(account, keys).client("iam")
        for action, operation in needed.items():
            replace_policy(account, without(policy, action))
            with pytest.raises(ClientError) as refused:
                call(iam, operation, calls[operation])
            answer = refused.value.response["Error"]
            assert answer["Code"] == "AccessDenied"
            assert f"not authorized to perform: {action} " in answer["Message"]


def recorded_calls(account: Account, keys: Keys, desired: DesiredState) -> Calls:
    """One call of each operation that the operator makes, in an account with nothing and in one with others' things."""
    clients = clients_of(account, keys)
    calls: Calls = {}

    def record(params: dict[str, Any], model: Any, **_: object) -> None:
        calls.setdefault(model.name, dict(params))

    clients.client("iam").meta.events.register("provide-client-params.iam", record)
    operator = replace(account, open=replace(account.open, clients=clients))
    for prepare, clear in ((nothing, nothing), (made_by_others, deleted_by_others), (older, nothing)):
        prepare(account, desired)
        assert operator.apply(operator.plan(desired), no_sleep).complete
        assert operator.verify(desired).verdict.name == "ALLOWED"
        assert operator.apply(operator.destroy_plan(desired.label), no_sleep).complete
        clear(account, desired)
    assert set(account.contents()) == {"user/iam-operator", "policy/iam-operator"}
    return calls


def clients_of(account: Account, keys: Keys) -> EmbeddedAccount:
    clients = account.open.clients
    assert isinstance(clients, EmbeddedAccount)
    return clients.as_user(keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"])


def no_sleep(_seconds: float) -> None:
    raise AssertionError("the embedded account needs no waiting")


def asking(action: str) -> str:
    """The operation that asks for an action."""
    return ASKED_BESIDE.get(action, action.removeprefix("iam:"))


def replace_policy(account: Account, policy: Any) -> None:
    iam, arn = account.iam, f"arn:aws:iam::{account.id}:policy/iam-operator"
    before = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(policy), SetAsDefault=True)
    iam.delete_policy_version(PolicyArn=arn, VersionId=before)


def call(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
    methods = {api: method for method, api in client.meta.method_to_api_mapping.items()}
    return getattr(client, methods[operation])(**parameters)


def actions(policy: Any) -> set[str]:
    listed = [statement["Action"] for statement in policy["Statement"]]
    return {action for each in listed for action in ([each] if isinstance(each, str) else each)}


def without(policy: Any, action: str) -> Any:
    statements = []
    for statement in policy["Statement"]:
        listed = [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
        if kept := [each for each in listed if each != action]:
            statements.append({**statement, "Action": kept})
    return {**policy, "Statement": statements}


def nothing(_account: Account, _desired: DesiredState) -> None:
    """An account with nothing in it."""


def older(account: Account, desired: DesiredState) -> None:
    """The set-up as an older passrole had it, with other descriptions."""
    roles = tuple(replace(role, description=role.description and "an older one") for role in desired.roles)
    before = replace(desired, roles=roles)
    assert account.apply(account.plan(before), no_sleep).complete


OTHERS = {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}
OTHERS_TRUST = {"Effect": "Allow", "Principal": {"Service": "codebuild.amazonaws.com"}, "Action": "sts:AssumeRole"}


def document(statement: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def made_by_others(account: Account, desired: DesiredState) -> None:
    """Every entity of the set-up is there with something of others in it: a full policy, a group of the user's."""
    iam = account.iam
    for policy in desired.managed_policies:
        arn = iam.create_policy(PolicyName=policy.name, PolicyDocument=document(OTHERS))["Policy"]["Arn"]
        for number in range(4):
            iam.create_policy_version(PolicyArn=arn, PolicyDocument=document({**OTHERS, "Sid": f"v{number}"}))
    for role in desired.roles:
        iam.create_role(RoleName=role.name, AssumeRolePolicyDocument=document(OTHERS_TRUST), MaxSessionDuration=7200)
        for name in ("own", *role.inline_policies):
            iam.put_role_policy(RoleName=role.name, PolicyName=name, PolicyDocument=document(OTHERS))
    for profile in desired.instance_profiles:
        iam.create_instance_profile(InstanceProfileName=profile.name)
    iam.create_group(GroupName="staff")
    iam.put_group_policy(GroupName="staff", PolicyName="own", PolicyDocument=document(OTHERS))
    for user in desired.users:
        iam.create_user(UserName=user.name)
        iam.put_user_policy(UserName=user.name, PolicyName="own", PolicyDocument=document(OTHERS))
        iam.add_user_to_group(GroupName="staff", UserName=user.name)


def deleted_by_others(account: Account, desired: DesiredState) -> None:
    """All of `made_by_others`, which destroy has left, goes."""
    iam = account.iam
    for user in desired.users:
        iam.delete_user_policy(UserName=user.name, PolicyName="own")
        iam.remove_user_from_group(GroupName="staff", UserName=user.name)
        iam.delete_user(UserName=user.name)
    iam.delete_group_policy(GroupName="staff", PolicyName="own")
    iam.delete_group(GroupName="staff")
    for profile in desired.instance_profiles:
        iam.delete_instance_profile(InstanceProfileName=profile.name)
    for role in desired.roles:
        for name in ("own", *role.inline_policies):
            iam.delete_role_policy(RoleName=role.name, PolicyName=name)
        iam.delete_role(RoleName=role.name)
    for policy in desired.managed_policies:
        arn = policy.arn(desired.partition, desired.account_id)
        for version in iam.list_policy_versions(PolicyArn=arn)["Versions"]:
            if not version["IsDefaultVersion"]:
                iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
        iam.delete_policy(PolicyArn=arn)
