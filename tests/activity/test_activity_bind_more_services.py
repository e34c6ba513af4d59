"""Services with a few rows, and the placeholders that operations fill under names of their own."""

from __future__ import annotations

import pytest
from tests.activity.activity_bind_state import ACCOUNT, HERE, REGION, Facts, asks_of, call, pairs

from passrole.activity.bind.bind import bind
from passrole.activity.bind.model import Basis, Refused, Why

ROLE = f"arn:aws:iam::{ACCOUNT}:role/app"
API = f"arn:aws:apigateway:{REGION}::"
RULE = f"arn:aws:elasticloadbalancing:{HERE}:listener-rule/app/lb/1/2/3"
DEFINITION = f"arn:aws:ecs:{HERE}:task-definition/web"
FACTS = Facts(names={DEFINITION: f"{DEFINITION}:7"})
GLUE = f"arn:aws:glue:{HERE}"

# (service, operation, parameters, expected questions)
CASES: list[tuple[str, str, dict[str, object], list[tuple[str, str]]]] = [
    ("apigateway", "CreateRestApi", {"name": "x"}, [("apigateway:POST", f"{API}/restapis")]),
    (
        "apigateway",
        "CreateRestApi",
        {"name": "x", "tags": {"a": "b"}},
        [("apigateway:POST", f"{API}/restapis"), ("apigateway:PUT", f"{API}/tags/*")],
    ),
    (
        "apigateway",
        "CreateRestApi",
        {"name": "x", "policy": "{}"},
        [("apigateway:POST", f"{API}/restapis"), ("apigateway:UpdateRestApiPolicy", f"{API}/restapis")],
    ),
    ("apigateway", "GetResources", {"restApiId": "r1"}, [("apigateway:GET", f"{API}/restapis/r1/resources")]),
    (
        "apigateway",
        "PutIntegration",
        {"restApiId": "r1", "resourceId": "x", "httpMethod": "GET", "type": "AWS", "credentials": ROLE},
        [
            ("apigateway:PUT", f"{API}/restapis/r1/resources/x/methods/GET/integration"),
            ("iam:PassRole", ROLE),
        ],
    ),
    (
        "apigateway",
        "UpdateAccount",
        {"patchOperations": [{"op": "replace", "path": "/cloudwatchRoleArn", "value": ROLE}]},
        [("apigateway:PATCH", f"{API}/account"), ("iam:PassRole", ROLE)],
    ),
    (
        "apigateway",
        "TagResource",
        {"resourceArn": f"{API}/restapis/r1", "tags": {"a": "b"}},
        [("apigateway:PUT", f"{API}/tags/arn%3Aaws%3Aapigateway%3A{REGION}%3A%3A%2Frestapis%2Fr1")],
    ),
    ("apigatewayv2", "GetRoute", {"ApiId": "a", "RouteId": "r"}, [("apigateway:GET", f"{API}/apis/a/routes/r")]),
    (
        "scheduler",
        "GetSchedule",
        {"Name": "s"},
        [("scheduler:GetSchedule", f"arn:aws:scheduler:{HERE}:schedule/default/s")],
    ),
    (
        "scheduler",
        "CreateSchedule",
        {"Name": "s", "GroupName": "g", "Target": {"RoleArn": ROLE}},
        [("scheduler:CreateSchedule", f"arn:aws:scheduler:{HERE}:schedule/g/s"), ("iam:PassRole", ROLE)],
    ),
    ("elbv2", "DeleteRule", {"RuleArn": RULE}, [("elasticloadbalancing:DeleteRule", RULE)]),
    (
        "elbv2",
        "CreateTargetGroup",
        {"Name": "web"},
        [("elasticloadbalancing:CreateTargetGroup", f"arn:aws:elasticloadbalancing:{HERE}:targetgroup/web/*")],
    ),
    (
        "glue",
        "GetTable",
        {"DatabaseName": "d", "Name": "t"},
        [("glue:GetTable", f"{GLUE}:{each}") for each in ("catalog", "database/d", "table/d/t")],
    ),
    (
        "glue",
        "CreateTable",
        {"DatabaseName": "d", "TableInput": {"Name": "t"}},
        [("glue:CreateTable", f"{GLUE}:{each}") for each in ("catalog", "database/d", "table/d/t")],
    ),
    (
        "glue",
        "GetTables",
        {"DatabaseName": "d"},
        [("glue:GetTables", f"{GLUE}:{each}") for each in ("catalog", "database/d", "table/d/*")],
    ),
    ("ecs", "RunTask", {"taskDefinition": "web:3"}, [("ecs:RunTask", f"{DEFINITION}:3")]),
    ("ecs", "RunTask", {"taskDefinition": "web"}, [("ecs:RunTask", f"{DEFINITION}:7")]),
    (
        "ecs",
        "RegisterTaskDefinition",
        {"family": "web", "taskRoleArn": ROLE, "containerDefinitions": []},
        [("ecs:RegisterTaskDefinition", f"{DEFINITION}:*"), ("iam:PassRole", ROLE)],
    ),
    ("ecs", "StopTask", {"cluster": "c", "task": "1"}, [("ecs:StopTask", f"arn:aws:ecs:{HERE}:task/c/1")]),
    (
        "ecs",
        "DescribeTasks",
        {"tasks": ["1", f"arn:aws:ecs:{HERE}:task/c/2"]},
        [("ecs:DescribeTasks", f"arn:aws:ecs:{HERE}:task/{each}") for each in ("default/1", "c/2")],
    ),
]


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "expected"), CASES, ids=[f"{case[0]}-{case[1]}" for case in CASES]
)
def test_a_call_asks_what_its_page_says(
    service: str, operation: str, parameters: dict[str, object], expected: list[tuple[str, str]]
) -> None:
    assert pairs(asks_of(service, operation, parameters, FACTS)) == expected


NAMED: list[tuple[str, str, dict[str, object], list[tuple[str, str]]]] = [
    (
        "rds",
        "StartDBCluster",
        {"DBClusterIdentifier": "Main"},
        [("rds:StartDBCluster", f"arn:aws:rds:{HERE}:cluster:main")],
    ),
    (
        "rds",
        "RebootDBInstance",
        {"DBInstanceIdentifier": "DB1"},
        [("rds:RebootDBInstance", f"arn:aws:rds:{HERE}:db:db1")],
    ),
    (
        "sesv2",
        "GetEmailIdentity",
        {"EmailIdentity": "a.example"},
        [("ses:GetEmailIdentity", f"arn:aws:ses:{HERE}:identity/a.example")],
    ),
    (
        "emr",
        "TerminateJobFlows",
        {"JobFlowIds": ["j-1", "j-2"]},
        [
            ("elasticmapreduce:TerminateJobFlows", f"arn:aws:elasticmapreduce:{HERE}:cluster/{each}")
            for each in ("j-1", "j-2")
        ],
    ),
]


@pytest.mark.parametrize(("service", "operation", "parameters", "expected"), NAMED, ids=[case[1] for case in NAMED])
def test_a_placeholder_is_filled_under_the_name_that_the_operation_has(
    service: str, operation: str, parameters: dict[str, object], expected: list[tuple[str, str]]
) -> None:
    assert pairs(asks_of(service, operation, parameters, basis=Basis.SAME_NAME)) == expected


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "why"),
    [
        ("apigateway", "GetResources", {"restApiId": "r1/deployments"}, Why.RESOURCE_NOT_NAMED),
        ("apigateway", "GetResources", {"restApiId": ".."}, Why.RESOURCE_NOT_NAMED),
        (
            "apigateway",
            "UpdateStage",
            {"restApiId": "r", "stageName": "s", "patchOperations": [{"op": "replace", "path": "/webAclArn"}]},
            Why.NOT_KNOWN,
        ),
        ("apigatewayv2", "CreateDomainName", {"DomainName": "a", "MutualTlsAuthentication": {"x": 1}}, Why.NOT_KNOWN),
        ("glue", "GetTable", {"DatabaseName": "d", "Name": "t/../x"}, Why.RESOURCE_NOT_NAMED),
        ("glue", "GetTable", {"CatalogId": "444455556666", "DatabaseName": "d", "Name": "t"}, Why.RESOURCE_NOT_NAMED),
        ("ecs", "StopTask", {"task": f"arn:aws:ecs:{HERE}:task/1"}, Why.RESOURCE_NOT_NAMED),
        # Two clusters: the one that is made, and the one whose data it gets.
        ("rds", "RestoreDBClusterToPointInTime", {"DBClusterIdentifier": "a"}, Why.RESOURCE_NOT_NAMED),
    ],
)
def test_what_could_be_read_otherwise_is_refused(
    service: str, operation: str, parameters: dict[str, object], why: Why
) -> None:
    refused = bind(call(service, operation, parameters), FACTS)
    assert isinstance(refused, Refused)
    assert refused.why is why


def test_an_imported_api_may_bring_a_policy() -> None:
    with_policy = asks_of("apigateway", "ImportRestApi", {"body": b'{"x-amazon-apigateway-policy": {}}'})
    assert [each.action for each in with_policy] == ["apigateway:POST", "apigateway:UpdateRestApiPolicy"]
    hidden = asks_of("apigateway", "ImportRestApi", {"body": rb'{"x-amazon-apigateway-p\u006flicy": {}}'})
    assert [each.action for each in hidden] == ["apigateway:POST", "apigateway:UpdateRestApiPolicy"]
    assert len(asks_of("apigateway", "ImportRestApi", {"body": b'{"swagger": "2.0"}'})) == 1


def test_keys_of_api_gateway_are_not_known() -> None:
    (asked,) = asks_of("apigateway", "CreateRestApi", {"name": "x"})
    assert {"apigateway:*", "aws:ResourceTag/*", "aws:RequestTag/*"} <= set(asked.unknown)
