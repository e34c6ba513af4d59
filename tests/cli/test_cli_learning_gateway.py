"""Learning from calls to every service: soft enforcement, the log, the least policy, and the same calls enforced."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from tests.cli.command_line import Run
from tests.cli.test_cli_schemas import check
from tests.server.gateway_served import GatewayServed, Keys, allow, gateway

from passrole.account.enforcement import Enforcement
from passrole.server.gateway.enforcement import GatewayMode, Unmapped


def as_list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def set_up(served: GatewayServed) -> str:
    """A bucket of reports that a key of KMS encrypts, and a topic; the key's ARN."""
    key: str = served.client("kms").create_key()["KeyMetadata"]["Arn"]
    s3 = served.client("s3")
    s3.create_bucket(Bucket="reports")
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    s3.put_bucket_encryption(Bucket="reports", ServerSideEncryptionConfiguration={"Rules": [rule]})
    s3.put_object(Bucket="reports", Key="a*.csv", Body=b"1")
    served.client("sns").create_topic(Name="done")
    return key


def work(served: GatewayServed, keys: Keys) -> None:
    s3 = served.client("s3", keys)
    assert s3.get_object(Bucket="reports", Key="a*.csv")["Body"].read() == b"1"
    s3.copy_object(
        Bucket="reports", Key="b.csv", CopySource="reports/a*.csv", Tagging="k=v", TaggingDirective="REPLACE"
    )
    served.client("sns", keys).publish(TopicArn="arn:aws:sns:us-east-1:111122223333:done", Message="done")
    served.client("ec2", keys).describe_instances()


def test_from_soft_to_enforced(tmp_path: Path, run: Run) -> None:
    """One run in soft mode is enough to learn all that the work lacks; nothing else is in the policy."""
    file = tmp_path / "account.db"
    with gateway(tmp_path, GatewayMode(Enforcement.SOFT)) as served:
        key = set_up(served)
        work(served, served.user("worker"))
    listed = run("decisions", "--principal", "user/worker", "--output", "json")
    check(listed.json(), "decisions")
    calls = listed.json()["calls"]
    assert all(call["denied"] and call["enforcement"] == "soft" and call["error"] is None for call in calls)
    copy = next(call for call in calls if call["operation"] == "s3:CopyObject")
    assert len(copy["decisions"]) > 2, "each call is asked to its end"
    text = run("decisions", "--principal", "user/worker").out
    assert "  let through, would be denied  s3:GetObject  by user/worker  " in text
    result = run("tighten", "--principal", "user/worker", "--with-denied")
    assert result.code == 0, result.err
    policy = json.loads(result.out)
    granted = {
        (action, resource)
        for statement in policy["Statement"]
        for action in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
    }
    # An asterisk in a key's name is no wildcard.
    assert ("s3:GetObject", "arn:aws:s3:::reports/a${*}.csv") in granted
    assert {("s3:PutObject", "arn:aws:s3:::reports/b.csv"), ("kms:Decrypt", key)} <= granted
    assert ("sns:Publish", "arn:aws:sns:us-east-1:111122223333:done") in granted
    assert {resource for _action, resource in granted if "*" in resource} == {"*", "arn:aws:s3:::reports/a${*}.csv"}
    assert "and on all that * covers: ec2:DescribeInstances" in result.err
    file.unlink()
    with gateway(tmp_path) as served:
        # The key of the first account is gone with moto's state.
        made = set_up(served)
        statements = json.loads(json.dumps(policy["Statement"]).replace(key, made))
        keys = served.user("worker", *statements)
        work(served, keys)
        with pytest.raises(ClientError):
            served.client("s3", keys).get_object(Bucket="reports", Key="ab.csv")


def test_a_call_that_cannot_be_told(tmp_path: Path, run: Run) -> None:
    with gateway(tmp_path) as served:
        with pytest.raises(ClientError):
            served.client("pinpoint").get_apps()
        served.served.store.decisions.flush()
        (call,) = run("decisions", "--denied", "--output", "json").json()["calls"]
        assert (call["denied"], call["decisions"]) == (True, [])
        assert "pinpoint:GetApps" in call["unmapped"]
        text = run("decisions", "--denied").out
        assert "  refused  pinpoint:GetApps  by user/passrole-admin  " in text
        assert call["unmapped"] in text
        why = run("why", call["id"]).out
        assert call["unmapped"] in why


def test_a_call_that_was_let_through_unmapped(tmp_path: Path, run: Run) -> None:
    with gateway(tmp_path, GatewayMode(unmapped=Unmapped.ALLOW)) as served:
        served.client("pinpoint").get_apps()
        served.served.store.decisions.flush()
        assert "let through, would be denied  pinpoint:GetApps" in run("decisions", "--denied").out


def test_a_caller_without_credentials(tmp_path: Path, run: Run) -> None:
    with gateway(tmp_path) as served:
        set_up(served)
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(f"{served.url}/reports/a.csv", timeout=20)
        served.served.store.decisions.flush()
        (call,) = run("decisions", "--denied", "--output", "json").json()["calls"]
        check({"format_version": "1.0", "calls": [call]}, "decisions")
        assert (call["principal"], call["operation"]) == ("anonymous", "s3:GetObject")
        assert "  denied   s3:GetObject  by anyone (*)  " in run("decisions", "--denied").out
        assert "GetObject (s3.amazonaws.com) by anonymous" in run("why", call["id"]).out
        assert run("tighten", call["id"], "--with-denied").code == 252


def test_without_enforcement(tmp_path: Path, run: Run) -> None:
    with gateway(tmp_path, GatewayMode(Enforcement.OFF)) as served:
        served.client("s3", served.user("free")).list_buckets()
        served.served.store.decisions.flush()
        assert "not decided: nothing is enforced (--enforcement off)" in run("decisions", "--limit", "1").out
        result = run("tighten", "--principal", "user/free")
        assert result.code == 252
        assert "has no such call that asks for a permission" in result.err


def test_services_are_named_as_their_actions_are(tmp_path: Path, run: Run) -> None:
    """CloudTrail calls CloudWatch `monitoring`; its actions are `cloudwatch:…`."""
    with gateway(tmp_path) as served:
        served.client("cloudwatch").list_metrics()
        served.served.store.decisions.flush()
        (call,) = run("decisions", "--action", "cloudwatch:ListMetrics", "--output", "json").json()["calls"]
        assert call["operation"] == "cloudwatch:ListMetrics"


def test_a_role_that_is_passed(tmp_path: Path, run: Run) -> None:
    """The hint: what PassRole hands a role to is a condition that is worth keeping."""
    trust = {
        "Version": "2012-10-17",
        "Statement": [allow("sts:AssumeRole", Principal={"Service": "lambda.amazonaws.com"})],
    }
    del trust["Statement"][0]["Resource"]
    with gateway(tmp_path, GatewayMode(Enforcement.SOFT)) as served:
        role = served.client("iam").create_role(RoleName="f", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        client = served.client("lambda", served.user("deployer"))
        parameters = {"FunctionName": "f", "Runtime": "python3.12", "Role": role, "Handler": "f.f"}
        client.create_function(**parameters, Code={"ImageUri": "none"})
        served.served.store.decisions.flush()
        result = run("tighten", "--principal", "user/deployer", "--with-denied")
        assert "--condition iam:PassedToService" in result.err
        kept = run("tighten", "--principal", "user/deployer", "--with-denied", "--condition", "iam:PassedToService")
        statements = json.loads(kept.out)["Statement"]
        passed = next(each for each in statements if each["Action"] == "iam:PassRole")
        assert passed["Condition"] == {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
        assert all("Condition" not in each for each in statements if each is not passed)
        assert "had no such key" in kept.err
