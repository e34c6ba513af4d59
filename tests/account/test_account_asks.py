"""What the operations ask is what AWS's Service Authorization Reference says of their actions: resources and condition keys."""

from __future__ import annotations

import re

import pytest

from passrole.account.aws_models import shared_loader
from passrole.account.callers import find_credential
from passrole.account.operation import Ask
from passrole.account.operations import OPERATIONS
from passrole.catalog.actions import get_action, get_resource_type

A = "arn:aws:iam::111122223333"
PARAMS = {
    "UserName": "u", "RoleName": "r", "GroupName": "g", "InstanceProfileName": "i", "PolicyArn": f"{A}:policy/p",
    "PolicyName": "n", "PolicyDocument": "{}", "AssumeRolePolicyDocument": "{}", "VersionId": "v1", "TagKeys": ["T"],
    "Tags": [{"Key": "T", "Value": "x"}], "PermissionsBoundary": f"{A}:policy/p", "Path": "/team/", "PathPrefix": "/",
    "Status": "Active", "AccountAlias": "a", "Description": "d", "RoleArn": f"{A}:role/r", "RoleSessionName": "s1",
    "ExternalId": "x1", "SourceIdentity": "ann", "TransitiveTagKeys": ["T"], "Name": "Bob", "OldPassword": "x",
    "NewPassword": "y", "AuthenticationCode1": "123456", "AuthenticationCode2": "654321", "VirtualMFADeviceName": "m",
    "AWSServiceName": "ecs.amazonaws.com", "GlobalEndpointTokenVersion": "v1Token", "PolicySourceArn": f"{A}:user/u",
    "DeletionTaskId": "task/aws-service-role/ecs.amazonaws.com/x/00000000-0000-4000-8000-000000000000",
    "Arn": f"{A}:user/u", "JobId": "0" * 36, "ServiceNamespace": "iam", "ServiceNamespaces": ["iam"],
    "EncodedMessage": "x", "PolicyInputList": ["{}"], "ActionNames": ["s3:GetObject"], "NewUserName": "u2",
    "NewGroupName": "g2",
}  # fmt: skip

# AWS's denials name the list below a path, as public reports show; its reference gives these actions no resource.
LISTS = {"ListGroups", "ListInstanceProfiles", "ListRoles", "ListUsers"}


@pytest.fixture
def asked(api, say):
    """The questions of an operation with every parameter of the table that it takes."""
    trust = say.document(say.trust(AWS=f"{A}:root"))
    api("CreateRole", RoleName="r", AssumeRolePolicyDocument=trust, Tags=[{"Key": "R", "Value": "1"}])
    api("CreateUser", UserName="u", Tags=[{"Key": "U", "Value": "1"}])

    def asks(service: str, name: str) -> tuple[Ask, ...]:
        model = shared_loader().load_service_model(service, "service-2")
        shape = model["operations"][name].get("input")
        members = model["shapes"][shape["shape"]]["members"] if shape else {}
        given = {"AccessKeyId": api.access_key_id, **PARAMS}
        if service == "iam":
            given["SerialNumber"] = f"{A}:mfa/m"
        with api.store.reading() as connection:
            ctx = api.store.context(connection, find_credential(connection, api.access_key_id).caller)
            return OPERATIONS[service, name].asks(ctx, {key: given[key] for key in members if key in given})

    return asks


def like(template: str, placeholder: str) -> re.Pattern[str]:
    """`arn:${Partition}:iam::…` and `aws:RequestTag/${TagKey}` as patterns."""
    parts = re.split(r"\$\{\w+\}", template)
    return re.compile(placeholder.join(map(re.escape, parts)), re.IGNORECASE)


def test_resources_and_keys_are_those_of_the_reference(asked):
    for service, name in sorted(OPERATIONS):
        for ask in asked(service, name):
            action = get_action(ask.action)
            assert action is not None, ask.action
            own = get_action(OPERATIONS[service, name].action)
            assert own is not None
            both = [(each, one) for each in (action, own) for one in each.resources]
            kinds = [get_resource_type(each.service, one.name) for each, one in both]
            formats = [kind.arn_format for kind in kinds if kind is not None]
            if name in LISTS:
                assert ask.resource.startswith(f"{A}:"), name
            elif formats:
                assert any(like(one, "[^:]*").fullmatch(ask.resource) for one in formats), (name, ask.resource)
            else:
                assert ask.resource == "*", (name, ask.resource)
            # What is asked together with an operation's own action is asked in the same context.
            known = ["aws:ResourceTag/${TagKey}", "iam:ResourceTag/${TagKey}"]
            for each in (action, own):
                known += [*each.condition_keys, *(key for one in each.resources for key in one.condition_keys)]
            for key in ask.context:
                assert any(like(one, ".+").fullmatch(key) for one in known), (name, ask.action, key)
