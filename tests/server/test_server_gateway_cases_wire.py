"""The cases of `conformance/gateway` over the wire: boto3 calls a served gateway, and is let through or told why not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError
from tests.server.gateway_cases import (
    ACCOUNT,
    CALLER,
    REGION,
    Case,
    assume,
    cases,
    make_caller,
    make_entities,
    parameters,
    set_up,
)
from tests.server.gateway_served import GatewayServed, Keys, gateway

DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"}
TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]}


def over_the_wire() -> list[Case]:
    """All but those that need an organization, another address, a code of MFA or a service's own credentials."""
    left_out = ("organization", "connection")
    return [
        case
        for case in cases()
        if not any(name in case.value for name in left_out)
        and "mfa" not in case.caller
        and case.kind != "service-linked role"
    ]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayServed]:
    with gateway(tmp_path_factory.mktemp("wire"), account_id=ACCOUNT) as served:
        yield served


@pytest.fixture
def served(whole: GatewayServed) -> Iterator[GatewayServed]:
    yield whole
    whole.served.store.reset()
    whole.served.server.front.gateway.backend.reset()


@pytest.mark.parametrize("case", over_the_wire(), ids=lambda case: case.id)
def test_a_call_over_the_wire_is_answered_as_aws_documents_it(case: Case, served: GatewayServed) -> None:
    store = served.served.store
    backend = served.served.server.front.gateway.backend
    administrators: dict[str, Keys] = {}
    for account in case.accounts:
        store.add_account(account)
        key = store.administrator(account)
        administrators[account] = Keys(key.access_key_id, key.secret)

    def clients(service: str, region: str, account_id: str) -> Any:
        if service in ("iam", "sts"):
            return served.client(service, administrators[account_id], region=region)
        return backend.client(service, region=region, account_id=account_id)

    answers = make_entities(case, clients)
    for entity in case.value.get("entities", ()):
        role = answers[entity["role"]]
        backend.client("iam", region=REGION, account_id=ACCOUNT).create_role(
            RoleName=role["RoleName"], Path=role["Path"], AssumeRolePolicyDocument=json.dumps(TRUST)
        )
    set_up(case, clients, answers)
    operation, given = case.call["operation"].split(":")[1], parameters(case.call.get("with", {}), answers)
    client = caller_client(case, served, clients, answers)
    try:
        answer = client._make_api_call(operation, given)
    except ClientError as error:
        code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
    else:
        # A batch has its errors entry by entry.
        first = next(iter(answer.get("Errors", ())), {})
        code, message = first.get("Code") or first.get("ErrorCode", ""), first.get("Message", "")
    if case.expected["allowed"]:
        assert code not in DENIED, message
        return
    bodiless = operation.startswith("Head")
    assert code in ({"403"} if bodiless else DENIED), (code, message)
    for text in (*case.expected.get("says", ()), case.expected.get("refused", ""), case.expected.get("undecided", "")):
        assert bodiless or text in message


def caller_client(case: Case, served: GatewayServed, clients: Any, answers: Any) -> Any:
    service, region = case.call["operation"].split(":")[0], case.call.get("region", REGION)
    if case.kind == "anonymous":
        unsigned = Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1})
        return boto3.client(service, endpoint_url=served.url, region_name=region, config=unsigned)
    iam = clients("iam", REGION, case.account)
    make_caller(case, iam, answers)
    if case.kind == "user":
        key = iam.create_access_key(UserName=CALLER)["AccessKey"]
        return served.client(service, Keys(key["AccessKeyId"], key["SecretAccessKey"]), region=region)
    made = assume(case, clients("sts", REGION, case.account), answers)
    keys = Keys(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])
    return served.client(service, keys, region=region, parameter_validation=False)
