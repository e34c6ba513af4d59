"""Service-linked roles: AWS's names and documents, kept from everyone, deleted by tasks.

Sources: IAM User Guide, "Create a service-linked role"; the AWS CLI's examples; texts of recorded answers.
"""

from __future__ import annotations

import pytest

from passrole.catalog.managed_policies import get_managed_policy
from passrole.catalog.service_linked_roles import service_linked_roles

ARN = "arn:aws:iam::111122223333:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"


@pytest.fixture
def made(api):
    return api("CreateServiceLinkedRole", AWSServiceName="autoscaling.amazonaws.com", Description="mine")["Role"]


def test_every_policy_is_one_of_aws_and_every_name_its_own():
    roles = service_linked_roles().values()
    assert len({role.role_name for role in roles}) == len(roles) == 93
    for role in roles:
        assert get_managed_policy(f"arn:aws:iam::aws:policy/aws-service-role/{role.policy_name}", "aws"), role


def test_role_as_aws_makes_it(api, made):
    assert made["Arn"] == ARN
    assert made["Path"] == "/aws-service-role/autoscaling.amazonaws.com/"
    assert made["Description"] == "mine"
    assert made["AssumeRolePolicyDocument"] == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Action": ["sts:AssumeRole"],
                "Effect": "Allow",
                "Principal": {"Service": ["autoscaling.amazonaws.com"]},
            }
        ],
    }
    attached = api("ListAttachedRolePolicies", RoleName="AWSServiceRoleForAutoScaling")["AttachedPolicies"]
    name = "AutoScalingServiceRolePolicy"
    assert attached == [{"PolicyName": name, "PolicyArn": f"arn:aws:iam::aws:policy/aws-service-role/{name}"}]


def test_second_role_needs_a_suffix_where_one_is_allowed(api, refused, made):
    taken = (
        "Service role name AWSServiceRoleForAutoScaling has been taken in this account, please try a different suffix."
    )
    with refused("InvalidInput", taken):
        api("CreateServiceLinkedRole", AWSServiceName="autoscaling.amazonaws.com")
    more = api("CreateServiceLinkedRole", AWSServiceName="autoscaling.amazonaws.com", CustomSuffix="two")["Role"]
    assert more["RoleName"] == "AWSServiceRoleForAutoScaling_two"
    with refused("InvalidInput", "Custom suffix is not allowed for ecs.amazonaws.com"):
        api("CreateServiceLinkedRole", AWSServiceName="ecs.amazonaws.com", CustomSuffix="two")
    with refused("InvalidInput"):
        api("CreateServiceLinkedRole", AWSServiceName="nobody.amazonaws.com")


def test_nobody_changes_it(api, refused, made, say):
    name = "AWSServiceRoleForAutoScaling"
    text = f"Cannot perform the operation on the protected role '{name}' - this role is only modifiable by AWS"
    policy = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    for operation, params in (
        ("AttachRolePolicy", {"PolicyArn": policy}),
        ("DetachRolePolicy", {"PolicyArn": "arn:aws:iam::aws:policy/aws-service-role/AutoScalingServiceRolePolicy"}),
        ("PutRolePolicy", {"PolicyName": "p", "PolicyDocument": say.document(say.allow("s3:*"))}),
        ("UpdateAssumeRolePolicy", {"PolicyDocument": say.document(say.trust(Service="ec2.amazonaws.com"))}),
        ("PutRolePermissionsBoundary", {"PermissionsBoundary": policy}),
        ("DeleteRole", {}),
    ):
        with refused("UnmodifiableEntity", text):
            api(operation, RoleName=name, **params)
    # The API's list of errors has it for AddRoleToInstanceProfile too.
    api("CreateInstanceProfile", InstanceProfileName="machine")
    with refused("UnmodifiableEntity", text):
        api("AddRoleToInstanceProfile", InstanceProfileName="machine", RoleName=name)
    api("UpdateRoleDescription", RoleName=name, Description="new")
    assert api("GetRole", RoleName=name)["Role"]["Description"] == "new"


def test_condition_key_of_the_service(api, refused, say):
    only = {"StringLike": {"iam:AWSServiceName": "ecs.amazonaws.com"}}
    ann = api.as_new_user("ann", say.allow("iam:CreateServiceLinkedRole", Condition=only))
    assert ann("CreateServiceLinkedRole", AWSServiceName="ecs.amazonaws.com")["Role"]
    with refused("AccessDenied"):
        ann("CreateServiceLinkedRole", AWSServiceName="autoscaling.amazonaws.com")


def test_deletion_is_a_task(api, refused, made):
    task = api("DeleteServiceLinkedRole", RoleName="AWSServiceRoleForAutoScaling")["DeletionTaskId"]
    start = "task/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling/"
    assert task.startswith(start)
    assert len(task) == len(start) + 36
    assert api("GetServiceLinkedRoleDeletionStatus", DeletionTaskId=task) == {"Status": "SUCCEEDED"}
    with refused("NoSuchEntity"):
        api("GetRole", RoleName="AWSServiceRoleForAutoScaling")
    with refused("NoSuchEntity", "The role with name AWSServiceRoleForAutoScaling cannot be found."):
        api("DeleteServiceLinkedRole", RoleName="AWSServiceRoleForAutoScaling")
    with refused("NoSuchEntity"):
        api("GetServiceLinkedRoleDeletionStatus", DeletionTaskId=start + "0" * 8 + "-0000-4000-8000-" + "0" * 12)
    with refused("InvalidInput"):
        api("GetServiceLinkedRoleDeletionStatus", DeletionTaskId="task/1")


def test_other_roles_are_not_deleted_so(api, refused, say):
    api("CreateRole", RoleName="r", AssumeRolePolicyDocument=say.document(say.trust(Service="ec2.amazonaws.com")))
    with refused("InvalidInput"):
        api("DeleteServiceLinkedRole", RoleName="r")
