"""botocore's paginators and waiters, and the AWS CLI with more than the seeds' commands, over HTTP against a served account."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ClientError, WaiterError
from botocore.session import Session

from passrole.account.operations import OPERATIONS
from passrole.account.totp import code_at, step_at
from passrole.server.http import ServedAccount, serving

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)
POLICY = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:*", "sqs:*", "ec2:*"], "Resource": "*"}]}
)
TAGS = [{"Key": key, "Value": "1"} for key in "abc"]
NAMES = ("a", "b", "c")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedAccount]:
    with serving(tmp_path_factory.mktemp("served") / "account.db") as account:
        yield account


@pytest.fixture(scope="module")
def iam(served: ServedAccount):
    environment = served.environment()
    return Session().create_client(
        "iam",
        region_name="us-east-1",
        endpoint_url=served.endpoint_url,
        aws_access_key_id=environment.access_key_id,
        aws_secret_access_key=environment.secret_access_key,
    )


@pytest.fixture(scope="module")
def filled(iam) -> dict[str, dict[str, object]]:
    """An account with three of everything; the answer is what each paginator has to be asked."""
    policies = [iam.create_policy(PolicyName=f"p-{name}", PolicyDocument=POLICY)["Policy"]["Arn"] for name in NAMES]
    for _ in NAMES:
        iam.create_policy_version(PolicyArn=policies[0], PolicyDocument=POLICY)
    iam.tag_policy(PolicyArn=policies[0], Tags=TAGS)
    for name in NAMES:
        iam.create_user(UserName=f"u-{name}")
        iam.create_role(RoleName=f"r-{name}", AssumeRolePolicyDocument=TRUST)
        iam.create_group(GroupName=f"g-{name}")
        iam.create_instance_profile(InstanceProfileName=f"i-{name}", Tags=TAGS)
        device = iam.create_virtual_mfa_device(VirtualMFADeviceName=f"m-{name}", Tags=TAGS)["VirtualMFADevice"]
        seed, step = device["Base32StringSeed"].decode(), step_at(int(time.time()))
        iam.enable_mfa_device(
            UserName="u-a",
            SerialNumber=device["SerialNumber"],
            AuthenticationCode1=code_at(seed, step - 1),
            AuthenticationCode2=code_at(seed, step),
        )
    for name, arn in zip(NAMES, policies, strict=True):
        iam.add_user_to_group(GroupName="g-a", UserName=f"u-{name}")
        if name != "a":
            iam.add_user_to_group(GroupName=f"g-{name}", UserName="u-a")
        iam.add_role_to_instance_profile(InstanceProfileName=f"i-{name}", RoleName="r-a")
        iam.put_user_policy(UserName="u-a", PolicyName=name, PolicyDocument=POLICY)
        iam.put_role_policy(RoleName="r-a", PolicyName=name, PolicyDocument=POLICY)
        iam.put_group_policy(GroupName="g-a", PolicyName=name, PolicyDocument=POLICY)
        iam.attach_user_policy(UserName="u-a", PolicyArn=arn)
        iam.attach_role_policy(RoleName="r-a", PolicyArn=arn)
        iam.attach_group_policy(GroupName="g-a", PolicyArn=arn)
    iam.attach_user_policy(UserName="u-b", PolicyArn=policies[0])
    for _ in range(2):
        iam.create_access_key(UserName="u-a")
    iam.tag_user(UserName="u-a", Tags=TAGS)
    iam.tag_role(RoleName="r-a", Tags=TAGS)
    iam.create_account_alias(AccountAlias="an-alias")
    user, role, group = {"UserName": "u-a"}, {"RoleName": "r-a"}, {"GroupName": "g-a"}
    policy = {"PolicyArn": policies[0]}
    return {
        "get_group": group,
        "list_access_keys": user,
        "list_attached_group_policies": group,
        "list_attached_role_policies": role,
        "list_attached_user_policies": user,
        "list_entities_for_policy": policy,
        "list_group_policies": group,
        "list_groups_for_user": user,
        "list_instance_profile_tags": {"InstanceProfileName": "i-a"},
        "list_instance_profiles_for_role": role,
        "list_mfa_device_tags": {"SerialNumber": "arn:aws:iam::111122223333:mfa/m-a"},
        "list_mfa_devices": user,
        "list_policy_tags": policy,
        "list_policy_versions": policy,
        "list_role_policies": role,
        "list_role_tags": role,
        "list_user_policies": user,
        "list_user_tags": user,
        "list_policies": {"Scope": "Local"},
        "simulate_custom_policy": {
            "PolicyInputList": [POLICY],
            "ActionNames": ["s3:GetObject", "sqs:ListQueues", "a:b"],
        },
        "simulate_principal_policy": {
            "PolicySourceArn": "arn:aws:iam::111122223333:user/u-a",
            "ActionNames": ["s3:GetObject", "sqs:ListQueues", "a:b"],
        },
    }


def paginated() -> list[str]:
    """Every operation of ours for which botocore has a paginator, in Python's spelling."""
    from botocore import xform_name
    from botocore.loaders import Loader

    pages = Loader().load_service_model("iam", "paginators-1")["pagination"]
    return sorted(xform_name(name) for name in pages if ("iam", name) in OPERATIONS)


@pytest.mark.parametrize("operation", paginated())
def test_pages_of_one_are_the_whole_list(iam, filled, operation: str) -> None:
    paginator, asked = iam.get_paginator(operation), filled.get(operation, {})
    keys = [expression.expression for expression in paginator.result_keys]

    def collected(page_size: int) -> dict[str, list[object]]:
        found: dict[str, list[object]] = {key: [] for key in keys}
        for page in paginator.paginate(**asked, PaginationConfig={"PageSize": page_size}):
            items = sum(len(page.get(key, [])) for key in keys)
            assert items <= page_size
            for key in keys:
                found[key] += page.get(key, [])
        return found

    one, all_at_once = collected(1), collected(1000)
    assert one == all_at_once
    fewest = 1 if operation == "list_account_aliases" else 2
    assert sum(map(len, one.values())) >= fewest, operation


WAITERS: dict[str, tuple[dict[str, str], Callable]] = {
    "instance_profile_exists": (
        {"InstanceProfileName": "w"},
        lambda iam: iam.create_instance_profile(InstanceProfileName="w"),
    ),
    "user_exists": ({"UserName": "w"}, lambda iam: iam.create_user(UserName="w")),
    "role_exists": ({"RoleName": "w"}, lambda iam: iam.create_role(RoleName="w", AssumeRolePolicyDocument=TRUST)),
    "policy_exists": (
        {"PolicyArn": "arn:aws:iam::111122223333:policy/w"},
        lambda iam: iam.create_policy(PolicyName="w", PolicyDocument=POLICY),
    ),
}


def test_waiters_are_all_that_botocore_has(iam) -> None:
    assert set(iam.waiter_names) == set(WAITERS)


@pytest.mark.parametrize("name", WAITERS)
def test_waiters_see_what_is_there_and_what_is_not(iam, name: str) -> None:
    asked, make = WAITERS[name]
    once = {"Delay": 0, "MaxAttempts": 1}
    with pytest.raises(WaiterError):
        iam.get_waiter(name).wait(**asked, WaiterConfig=once)
    make(iam)
    iam.get_waiter(name).wait(**asked, WaiterConfig=once)


@pytest.fixture(scope="module")
def aws(served: ServedAccount, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    folder, binaries = tmp_path_factory.mktemp("cli"), Path(sys.executable).parent
    environment = {
        "PATH": f"{binaries}{os.pathsep}/usr/bin{os.pathsep}/bin",
        "HOME": str(folder),
        "AWS_PAGER": "",
        **served.environment().variables(),
    }

    def run(command: str) -> str:
        done = subprocess.run(
            ["/bin/sh", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stderr}"
        return done.stdout

    return run


def test_cli_prints_what_its_own_example_prints(aws) -> None:
    """`aws iam simulate-custom-policy help`, Example 1, save the source type, which the example leaves out."""
    printed = json.loads(
        aws(
            "aws iam simulate-custom-policy --policy-input-list '"
            '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*","Condition":'
            '{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}}'
            "' --action-names dynamodb:CreateBackup --context-entries "
            "\"ContextKeyName='aws:CurrentTime',ContextKeyValues='2019-04-25T11:00:00Z',ContextKeyType=date\""
        )
    )
    statement = printed["EvaluationResults"][0]["MatchedStatements"][0]
    assert statement.pop("SourcePolicyType") == "IAM Policy"
    assert printed == {
        "EvaluationResults": [
            {
                "EvalActionName": "dynamodb:CreateBackup",
                "EvalResourceName": "*",
                "EvalDecision": "allowed",
                "MatchedStatements": [
                    {
                        "SourcePolicyId": "PolicyInputList.1",
                        "StartPosition": {"Line": 1, "Column": 38},
                        "EndPosition": {"Line": 1, "Column": 167},
                    }
                ],
                "MissingContextValues": [],
            }
        ]
    }


def test_cli_makes_a_device_from_its_files(aws) -> None:
    """The CLI writes the seed or the picture to a file."""
    aws(
        "aws iam create-virtual-mfa-device --virtual-mfa-device-name cli --outfile seed.txt "
        "--bootstrap-method Base32StringSeed && aws iam create-user --user-name cli"
    )
    seed = aws("cat seed.txt").strip()
    step = step_at(int(time.time()))
    serial = "arn:aws:iam::111122223333:mfa/cli"
    aws(
        f"aws iam enable-mfa-device --user-name cli --serial-number {serial} "
        f"--authentication-code1 {code_at(seed, step - 1)} --authentication-code2 {code_at(seed, step)}"
    )
    devices = json.loads(aws("aws iam list-mfa-devices --user-name cli"))["MFADevices"]
    assert [device["SerialNumber"] for device in devices] == [serial]


def test_cli_gets_a_credential_report(aws) -> None:
    assert json.loads(aws("aws iam generate-credential-report"))["State"] == "STARTED"
    import base64

    report = base64.b64decode(json.loads(aws("aws iam get-credential-report"))["Content"]).decode()
    assert report.splitlines()[1].startswith("<root_account>,arn:aws:iam::111122223333:root,")


def test_cli_makes_and_deletes_a_service_linked_role(aws) -> None:
    made = json.loads(aws("aws iam create-service-linked-role --aws-service-name spot.amazonaws.com"))["Role"]
    assert made["RoleName"] == "AWSServiceRoleForEC2Spot"
    task = json.loads(aws(f"aws iam delete-service-linked-role --role-name {made['RoleName']}"))["DeletionTaskId"]
    status = json.loads(aws(f"aws iam get-service-linked-role-deletion-status --deletion-task-id {task}"))
    assert status == {"Status": "SUCCEEDED"}


def test_cli_federates(aws) -> None:
    printed = json.loads(aws("aws sts get-federation-token --name Bob --duration-seconds 900"))
    assert printed["FederatedUser"]["Arn"] == "arn:aws:sts::111122223333:federated-user/Bob"


def test_operation_that_is_not_there_says_so(iam) -> None:
    with pytest.raises(ClientError) as caught:
        iam.list_saml_providers()
    error = caught.value.response
    assert (error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"]) == ("NotImplemented", 501)
