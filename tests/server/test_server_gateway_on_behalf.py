"""What a backend would do with rights of its own is not done for a caller who was not asked for them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from tests.server.gateway_served import ACCOUNT, GatewayServed, allow, gateway

QUEUE = {"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "of-the-stack"}}}}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayServed]:
    folder: Path = tmp_path_factory.mktemp("on_behalf")
    with gateway(folder) as found:
        yield found


def test_a_stack_makes_nothing_that_its_caller_could_not_make(served: GatewayServed) -> None:
    keys = served.user("stacker", allow("cloudformation:*"))
    stacks = served.client("cloudformation", keys)
    for make in (
        lambda: stacks.create_stack(StackName="x", TemplateBody=json.dumps(QUEUE)),
        lambda: stacks.create_change_set(
            StackName="x", ChangeSetName="y", ChangeSetType="CREATE", TemplateBody=json.dumps(QUEUE)
        ),
        lambda: stacks.validate_template(TemplateURL="https://private.s3.amazonaws.com/template"),
    ):
        with pytest.raises(ClientError, match="cannot tell what cloudformation"):
            make()
    assert "QueueUrls" not in served.client("sqs").list_queues()


def test_tags_are_not_changed_past_the_service_that_has_them(served: GatewayServed) -> None:
    keys = served.user("tagger", allow("tag:*"))
    queue = f"arn:aws:sqs:us-east-1:{ACCOUNT}:q"
    with pytest.raises(ClientError, match="cannot tell what resourcegroupstaggingapi:TagResources"):
        served.client("resourcegroupstaggingapi", keys).tag_resources(ResourceARNList=[queue], Tags={"team": "mine"})


@pytest.mark.parametrize(
    "name",
    [
        "/aws/reference/secretsmanager/S",
        f"arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/aws/reference/secretsmanager/S",
        f"arn:aws:ssm:us-east-1:{ACCOUNT}:parameter//aws/reference/secretsmanager/S",
    ],
)
def test_a_secret_is_not_read_as_a_parameter(served: GatewayServed, name: str) -> None:
    secrets = served.client("secretsmanager")
    if not secrets.list_secrets()["SecretList"]:
        secrets.create_secret(Name="S", SecretString="top")
    user = f"reader-{abs(hash(name))}"
    parameters = served.client("ssm", served.user(user, allow("ssm:*")))
    for read in (
        lambda: parameters.get_parameter(Name=name, WithDecryption=True),
        lambda: parameters.get_parameters(Names=[name], WithDecryption=True),
    ):
        with pytest.raises(ClientError, match="cannot tell what ssm:GetParameter"):
            read()


def test_a_role_that_is_named_deep_in_a_call_is_not_passed_unasked(served: GatewayServed) -> None:
    batch = served.client("batch", served.user("batcher", allow("batch:*")))
    resources = {"type": "EC2", "maxvCpus": 1, "subnets": ["subnet-1"], "instanceTypes": ["t2.micro"]}
    with pytest.raises(ClientError, match="`instanceRole` names a role"):
        batch.create_compute_environment(
            computeEnvironmentName="c", type="MANAGED", computeResources={**resources, "instanceRole": "admin"}
        )
    clusters = served.client("emr", served.user("runner", allow("elasticmapreduce:*")))
    with pytest.raises(ClientError, match="`JobFlowRole` names a role"):
        clusters.run_job_flow(Name="x", Instances={"InstanceCount": 1}, JobFlowRole="admin")


def test_a_database_is_made_by_the_model_of_rds(served: GatewayServed) -> None:
    made = served.client("rds").create_db_instance(
        DBInstanceIdentifier="db",
        DBInstanceClass="db.t3.micro",
        Engine="mysql",
        MasterUsername="u",
        MasterUserPassword="correct-horse",
        AllocatedStorage=20,
    )
    assert made["DBInstance"]["MasterUsername"] == "u"
    assert "correct-horse" not in json.dumps(served.last_events())


def test_code_is_not_fetched_from_where_its_caller_may_not_read(served: GatewayServed) -> None:
    s3 = served.client("s3")
    s3.create_bucket(Bucket="code-bucket")
    s3.put_object(Bucket="code-bucket", Key="open/f.zip", Body=b"zip")
    s3.put_object(Bucket="code-bucket", Key="private/f.zip", Body=b"zip")
    readable = allow("s3:GetObject", "arn:aws:s3:::code-bucket/open/*")
    functions = served.client("lambda", served.user("coder", allow(["lambda:*", "iam:PassRole"]), readable))
    role = served.client("iam").create_role(
        RoleName="app",
        AssumeRolePolicyDocument=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
                ],
            }
        ),
    )["Role"]["Arn"]

    def from_object(key: str) -> dict[str, str]:
        return {"S3Bucket": "code-bucket", "S3Key": key}

    denied = r"s3:GetObject on resource: \"?arn:aws:s3:::code-bucket/private/f.zip"
    common = {"FunctionName": "f", "Role": role, "Runtime": "python3.12", "Handler": "a.b"}
    with pytest.raises(ClientError, match=denied):
        functions.create_function(**common, Code=from_object("private/f.zip"))
    functions.create_function(**common, Code=from_object("open/f.zip"))
    with pytest.raises(ClientError, match=denied):
        functions.update_function_code(FunctionName="f", **from_object("private/f.zip"))
    with pytest.raises(ClientError, match=denied):
        functions.publish_layer_version(LayerName="l", Content=from_object("private/f.zip"))
