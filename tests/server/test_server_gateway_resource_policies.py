"""Resource policies that cannot be read, or that no backend keeps: a Deny among them must not vanish."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from passrole.account.aws_models import shared_loader
from passrole.account.service_error import ServiceError
from passrole.activity.bind.model import ApiCall, Asked
from passrole.engine.stack import Known, Unknown
from passrole.policy.arn import Arn
from passrole.server.embedded import embedded_session
from passrole.server.gateway.moto_backend import MotoBackend
from passrole.server.gateway.readings import KeptReadings
from passrole.server.gateway.resource_policies.lambda_functions import lambda_layer
from passrole.server.gateway.resource_policies.reading import resource_side
from passrole.server.gateway.resource_policies.resource_side import ResourceSide
from passrole.server.gateway.resource_policies.s3_acls import public_grantees
from passrole.server.gateway.resource_policies.table import _TABLE, Shown
from passrole.server.gateway.resource_policies.without import has_no_policies
from passrole.server.gateway.state.of_service import Place

ACCOUNT, REGION = "111122223333", "us-east-1"


@dataclass
class Answering:
    """A backend that answers every reading alike: with an error code, or with what a test says by operation."""

    code: str = ""
    answers: dict[str, Any] = field(default_factory=dict)
    name: str = "http://127.0.0.1:9000"
    lasts: bool = True

    def answer(self, call: object) -> Any:
        raise NotImplementedError

    def state_version(self, service: str, operation: str) -> int | None:
        return None

    def client(self, service: str, *, region: str, account_id: str) -> Any:
        backend = self

        class Client:
            def __getattr__(self, method: str) -> Any:
                def call(**_: object) -> Any:
                    if method in backend.answers:
                        return backend.answers[method]
                    raise ClientError({"Error": {"Code": backend.code}}, method)

                return call

        return Client()


def side_of(resource: str, backend: Any, tmp_path: Path, action: str = "x:Y", operation: str = "Y") -> ResourceSide:
    with (
        embedded_session(tmp_path / "account.db", account_id=ACCOUNT) as account,
        account.store.reading() as connection,
    ):
        view = account.store.view(connection)
        service = resource.split(":")[2]
        place = Place(KeptReadings(backend).for_call(), service, REGION, view, (ACCOUNT,))
        asked = Asked(action, resource, resource_account=ACCOUNT)
        return resource_side(place, ApiCall(service, operation, REGION, ACCOUNT), asked, ACCOUNT)


WITH_POLICIES = [
    "arn:aws:s3:::docs/a",
    f"arn:aws:sqs:{REGION}:{ACCOUNT}:jobs",
    f"arn:aws:sns:{REGION}:{ACCOUNT}:news",
    f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:db-AbCdEf",
    f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:job",
    f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/orders",
    f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/app:log-stream:",
    f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/app",
    f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/app",
    f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default",
    f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/s",
    f"arn:aws:backup:{REGION}:{ACCOUNT}:backup-vault:v",
    f"arn:aws:xray:{REGION}:{ACCOUNT}:group/g/1",
    f"arn:aws:aps:{REGION}:{ACCOUNT}:rulegroupsnamespace/ws-1/n",
    f"arn:aws:route53resolver:{REGION}:{ACCOUNT}:resolver-rule/r",
    f"arn:aws:s3vectors:{REGION}:{ACCOUNT}:bucket/b/index/i",
]


@pytest.mark.parametrize("resource", WITH_POLICIES)
def test_a_policy_that_the_backend_does_not_show_is_unknown(resource: str, tmp_path: Path) -> None:
    layer = side_of(resource, Answering("AccessDenied"), tmp_path).layer
    assert isinstance(layer, Unknown)
    assert "AccessDenied" in layer.reason


@pytest.mark.parametrize("resource", WITH_POLICIES)
def test_a_resource_that_is_not_there_has_no_policy(resource: str, tmp_path: Path) -> None:
    assert side_of(resource, Answering("ResourceNotFoundException"), tmp_path).layer == Known()


def test_a_backend_without_key_policies_leaves_keys_open(tmp_path: Path) -> None:
    key = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    assert isinstance(side_of(key, Answering("NotImplemented"), tmp_path).layer, Unknown)


def test_a_policy_that_is_not_understood_is_unknown(tmp_path: Path) -> None:
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:jobs"
    answers = {
        "get_queue_url": {"QueueUrl": "http://127.0.0.1/111122223333/jobs"},
        "get_queue_attributes": {"Attributes": {"Policy": '{"Version":"2012-10-17","Statement":[{"Effekt":"Deny"}]}'}},
    }
    layer = side_of(queue, Answering("NotImplemented", answers), tmp_path).layer
    assert isinstance(layer, Unknown)
    assert "not understood" in layer.reason


def test_block_public_access_that_cannot_be_read_is_unknown(tmp_path: Path) -> None:
    side = side_of("arn:aws:s3:::docs/a", Answering("AccessDenied"), tmp_path)
    assert isinstance(side.restrict_public_buckets, Unknown)
    assert side_of("arn:aws:s3:::docs/a", Answering("NotImplemented"), tmp_path).restrict_public_buckets is False


def test_services_of_which_no_policies_are_read_are_unknown_and_those_without_any_are_not(tmp_path: Path) -> None:
    unread = side_of(f"arn:aws:signer:{REGION}:{ACCOUNT}:/signing-profiles/p", Answering(""), tmp_path).layer
    assert isinstance(unread, Unknown)
    assert "signer" in unread.reason
    assert (
        side_of(f"arn:aws:athena:{REGION}:{ACCOUNT}:workgroup/w", Answering("AccessDenied"), tmp_path).layer == Known()
    )


@pytest.mark.parametrize(
    "service", ["s3", "sqs", "sns", "kms", "lambda", "secretsmanager", "dynamodb", "ecr", "events"]
)
def test_no_service_with_policies_is_taken_for_one_without(service: str) -> None:
    assert not has_no_policies(service)


@pytest.mark.parametrize(
    "service", ["cloudwatch", "dms", "ec2", "license-manager", "athena", "states", "nosuchservice"]
)
def test_services_without_policies(service: str) -> None:
    assert has_no_policies(service) is (service != "nosuchservice")


def test_what_add_permission_was_given_is_read_as_lambda_writes_it(tmp_path: Path) -> None:
    policy = (
        '{"Version":"2012-10-17","Statement":[{"Sid":"s","Effect":"Allow","Principal":"444455556666",'
        '"Action":"lambda:InvokeFunctionUrl","Resource":"*","FunctionUrlAuthType":"AWS_IAM"}]}'
    )
    backend = Answering("AccessDenied", {"get_policy": {"Policy": policy}})
    with (
        embedded_session(tmp_path / "account.db", account_id=ACCOUNT) as account,
        account.store.reading() as connection,
    ):
        view = account.store.view(connection)
        place = Place(KeptReadings(backend).for_call(), "lambda", REGION, view, (ACCOUNT,))
        layer = lambda_layer(place, Arn.parse(f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:job"))
    assert isinstance(layer, Known)
    statement = layer.policies[0].policy.statements[0]
    assert statement.principals is not None
    assert [entry.value.text for entry in statement.principals.entries] == ["arn:aws:iam::444455556666:root"]
    assert [(each.key, [value.text for value in each.values]) for each in statement.conditions] == [
        ("lambda:FunctionUrlAuthType", ["AWS_IAM"])
    ]


@pytest.mark.parametrize(
    ("given", "public"),
    [
        ({"ACL": "public-read"}, True),
        ({"ACL": "authenticated-read"}, True),
        ({"ACL": "bucket-owner-full-control"}, False),
        ({"GrantRead": 'uri="http://acs.amazonaws.com/groups/global/AllUsers"'}, True),
        ({"GrantRead": 'id="75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a"'}, False),
        (
            {
                "AccessControlPolicy": {
                    "Grants": [{"Grantee": {"URI": "http://acs.amazonaws.com/groups/global/AllUsers"}}]
                }
            },
            True,
        ),
    ],
)
def test_which_lists_are_public(given: dict[str, Any], public: bool) -> None:
    assert public_grantees(given) is public


PAIRS = [
    (
        "ssm",
        "GetResourcePolicies",
        "PutResourcePolicy",
        {"ResourceArn": "arn:aws:ssm:us-east-1:111122223333:parameter/a", "Policy": "{}"},
    ),
    (
        "redshift",
        "GetResourcePolicy",
        "PutResourcePolicy",
        {"ResourceArn": "arn:aws:redshift:us-east-1:111122223333:namespace:a", "Policy": "{}"},
    ),
    ("organizations", "DescribeResourcePolicy", "PutResourcePolicy", {"Content": "{}"}),
]


@pytest.mark.parametrize(("service", "reads", "writes", "parameters"), PAIRS, ids=[each[0] for each in PAIRS])
def test_moto_keeps_no_policy_that_it_does_not_show(
    service: str, reads: str, writes: str, parameters: dict[str, str]
) -> None:
    """A reading that moto lacks counts as no policy: it must not be able to put one either."""
    client = MotoBackend().client(service, region=REGION, account_id=ACCOUNT)
    shown = {name: text for name, text in parameters.items() if name == "ResourceArn"}
    for operation, given in ((reads, shown), (writes, parameters)):
        with pytest.raises(ServiceError, match="NotImplemented"):
            client._make_api_call(operation, given)


@pytest.mark.parametrize(
    "row", [row for rows in _TABLE.values() for row in rows], ids=lambda row: f"{row.service}:{row.operation}"
)
def test_every_row_names_an_operation_its_parameters_and_its_answer(row: Shown) -> None:
    model = shared_loader().load_service_model(row.service, "service-2")
    operation, shapes = model["operations"][row.operation], model["shapes"]
    given = shapes[operation["input"]["shape"]] if "input" in operation else {"members": {}}
    assert set(row.parameters) <= set(given["members"])
    assert set(given.get("required", ())) <= set(row.parameters)
    members = shapes[operation["output"]["shape"]]["members"]
    for name in row.path[:-1]:
        shape = shapes[members[name]["shape"]]
        if shape["type"] == "map":
            return
        members = shape["members"]
    assert row.path[-1] in members


def test_all_pages_of_an_accounts_policies_are_read(tmp_path: Path) -> None:
    deny = '{"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "xray:*", "Resource": "*"}]}'
    answers = {"list_resource_policies": {"ResourcePolicies": [{"PolicyName": "p", "PolicyDocument": deny}]}}
    layer = side_of(f"arn:aws:xray:{REGION}:{ACCOUNT}:group/g/1", Answering("", answers), tmp_path).layer
    assert isinstance(layer, Known)
    assert [each.name for each in layer.policies] == ["resource policy p"]
