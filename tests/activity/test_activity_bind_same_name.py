"""The same-name rule on operations of services without a table: call -> what is asked, from the service's own page."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from passrole.activity.bind.bind import bind
from passrole.activity.bind.model import ApiCall, Basis, Bound, Refused, Why
from passrole.activity.bind.state import Answer, Known, NoSuchThing, NothingKnown, NotKnown

SAR = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_"
HERE = "eu-central-1:111122223333"


def call(service: str, operation: str, **parameters: object) -> ApiCall:
    return ApiCall(service, operation, "eu-central-1", "111122223333", parameters)


# (service, operation, parameters, [(action, resource)], page)
CASES: list[tuple[str, str, dict[str, object], list[tuple[str, str]], str]] = [
    ("codecommit", "GetRepository", {"repositoryName": "app"}, [("codecommit:GetRepository", f"arn:aws:codecommit:{HERE}:app")], "awscodecommit"),
    ("events", "DescribeEventBus", {"Name": "orders"}, [("events:DescribeEventBus", f"arn:aws:events:{HERE}:event-bus/orders")], "amazoneventbridge"),
    ("stepfunctions", "StartExecution", {"stateMachineArn": f"arn:aws:states:{HERE}:stateMachine:pay"}, [("states:StartExecution", f"arn:aws:states:{HERE}:stateMachine:pay")], "awsstepfunctions"),
    ("athena", "GetWorkGroup", {"WorkGroup": "primary"}, [("athena:GetWorkGroup", f"arn:aws:athena:{HERE}:workgroup/primary")], "amazonathena"),
    ("ecr", "ListImages", {"repositoryName": "team/app"}, [("ecr:ListImages", f"arn:aws:ecr:{HERE}:repository/team/app")], "amazonelasticcontainerregistry"),
    ("kinesis", "PutRecord", {"StreamName": "clicks", "Data": b"", "PartitionKey": "1"}, [("kinesis:PutRecord", f"arn:aws:kinesis:{HERE}:stream/clicks")], "amazonkinesisdatastreams"),
    ("sagemaker", "DescribeModel", {"ModelName": "m"}, [("sagemaker:DescribeModel", f"arn:aws:sagemaker:{HERE}:model/m")], "amazonsagemakerai"),
    ("ecs", "DescribeServices", {"cluster": "c", "services": ["a", "b"]}, [("ecs:DescribeServices", f"arn:aws:ecs:{HERE}:service/c/a"), ("ecs:DescribeServices", f"arn:aws:ecs:{HERE}:service/c/b")], "amazonelasticcontainerservice"),
    ("textract", "AnalyzeID", {"DocumentPages": []}, [("textract:AnalyzeID", "*")], "amazontextract"),
]  # fmt: skip


@pytest.mark.parametrize(("service", "operation", "parameters", "expected", "page"), CASES)
def test_the_action_of_the_same_name_on_the_named_resource(
    service: str, operation: str, parameters: dict[str, object], expected: list[tuple[str, str]], page: str
) -> None:
    bound = bind(call(service, operation, **parameters), NothingKnown())
    assert isinstance(bound, Bound), bound
    assert [(each.action, each.resource) for each in bound.asks] == expected
    assert bound.basis is Basis.SAME_NAME
    assert bound.source.startswith(SAR)


def test_what_is_not_understood_is_refused_with_a_reason() -> None:
    for service, operation, parameters, why in [
        ("appsync", "NoSuchOperation", {}, Why.NO_SUCH_OPERATION),
        ("nosuchservice", "Get", {}, Why.NO_SUCH_OPERATION),
        ("iotthingsgraph", "GetEntities", {"ids": []}, Why.NO_IAM_SERVICE),
        ("cloudfront", "CreateDistributionWithTags", {}, Why.NO_ACTION),
        ("lightsail", "DeleteAlarm", {"alarmName": "a"}, Why.RESOURCE_NOT_NAMED),
        ("iam", "GetUser", {}, Why.ANOTHER_WAY),
    ]:
        refused = bind(call(service, operation, **parameters), NothingKnown())
        assert isinstance(refused, Refused), (service, operation)
        assert refused.why is why, refused
        assert refused.reason


def test_an_arn_of_another_kind_of_resource_is_refused() -> None:
    asked = call("stepfunctions", "StartExecution", stateMachineArn=f"arn:aws:sns:{HERE}:topic")
    assert isinstance(bind(asked, NothingKnown()), Refused)


def test_a_writing_call_that_leaves_its_resource_out_is_refused() -> None:
    assert isinstance(bind(call("stepfunctions", "StartExecution"), NothingKnown()), Refused)


class Tags(NothingKnown):
    def __init__(self, answer: Answer[Mapping[str, str]]) -> None:
        super().__init__()
        self._tags = answer

    def tags(self, resource: str) -> Answer[Mapping[str, str]]:
        return self._tags


def test_tags_of_the_resource_are_known_unknown_or_absent() -> None:
    asked = call("stepfunctions", "StartExecution", stateMachineArn=f"arn:aws:states:{HERE}:stateMachine:pay")
    known, unknown, missing = (
        bind(asked, Tags(answer)) for answer in (Known({"team": "a"}), NotKnown("not read"), NoSuchThing())
    )
    assert isinstance(known, Bound)
    assert isinstance(unknown, Bound)
    assert isinstance(missing, Bound)
    assert known.asks[0].context["aws:ResourceTag/team"] == "a"
    assert "aws:ResourceTag/*" not in known.asks[0].unknown
    assert unknown.asks[0].unknown["aws:ResourceTag/*"] == "not read"
    assert "aws:ResourceTag/*" not in missing.asks[0].unknown
    assert not any(key.startswith("aws:ResourceTag/") for key in missing.asks[0].context)


def test_tags_in_the_request() -> None:
    arn = f"arn:aws:states:{HERE}:stateMachine:pay"
    tagging = call("stepfunctions", "TagResource", resourceArn=arn, tags=[{"key": "team", "value": "a"}])
    untagging = call("stepfunctions", "UntagResource", resourceArn=arn, tagKeys=["team", "stage"])
    bound, taken = bind(tagging, NothingKnown()), bind(untagging, NothingKnown())
    assert isinstance(bound, Bound)
    assert isinstance(taken, Bound)
    assert bound.asks[0].context["aws:RequestTag/team"] == "a"
    assert bound.asks[0].context["aws:TagKeys"] == ("team",)
    assert taken.asks[0].context["aws:TagKeys"] == ("team", "stage")


def test_keys_that_are_documented_and_not_read_are_unknown() -> None:
    """events:PutRule documents events:source and others. Source: list_amazoneventbridge."""
    bound = bind(call("events", "PutRule", Name="r", EventPattern="{}"), NothingKnown())
    assert isinstance(bound, Bound)
    assert "events:source" in bound.asks[0].unknown


def test_a_role_among_the_parameters_is_passed() -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html"""
    role = "arn:aws:iam::111122223333:role/steps"
    bound = bind(call("stepfunctions", "CreateStateMachine", name="pay", definition="{}", roleArn=role), NothingKnown())
    assert isinstance(bound, Bound)
    passed = [each for each in bound.asks if each.action == "iam:PassRole"]
    assert [each.resource for each in passed] == [role]
    assert "iam:PassedToService" in passed[0].unknown
