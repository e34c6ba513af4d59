"""Services with a few rows of their own, over the wire: what is allowed is carried out, and what is not is denied."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError
from tests.server.gateway_served import ACCOUNT, REGION, GatewayServed, allow, gateway


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayServed]:
    with gateway(tmp_path_factory.mktemp("more"), account_id=ACCOUNT) as found:
        yield found


def test_an_api_is_changed_by_who_may_call_its_path(served: GatewayServed) -> None:
    made = served.client("apigateway").create_rest_api(name="shop")["id"]
    other = served.client("apigateway").create_rest_api(name="other")["id"]
    start = f"arn:aws:apigateway:{REGION}::/restapis/{made}"
    keys = served.user("api", allow(["apigateway:GET", "apigateway:POST"], [f"{start}/*", start]))
    apis = served.client("apigateway", keys)
    root = apis.get_resources(restApiId=made)["items"][0]["id"]
    apis.create_resource(restApiId=made, parentId=root, pathPart="things")
    with pytest.raises(ClientError, match="apigateway:GET on resource"):
        apis.get_resources(restApiId=other)
    with pytest.raises(ClientError, match="apigateway:DELETE"):
        apis.delete_rest_api(restApiId=made)


def test_a_deny_on_a_cluster_holds_in_whatever_case_it_is_named(served: GatewayServed) -> None:
    rds = served.client("rds")
    rds.create_db_instance(
        DBInstanceIdentifier="main",
        DBInstanceClass="db.t3.micro",
        Engine="mysql",
        MasterUsername="u",
        MasterUserPassword="correct-horse",
        AllocatedStorage=20,
    )
    deny = {"Effect": "Deny", "Action": "rds:DeleteDBInstance", "Resource": f"arn:aws:rds:{REGION}:{ACCOUNT}:db:main"}
    databases = served.client("rds", served.user("dba", allow("rds:*"), deny))
    for named in ("main", "MAIN"):
        with pytest.raises(ClientError, match="explicit deny"):
            databases.delete_db_instance(DBInstanceIdentifier=named, SkipFinalSnapshot=True)


def test_a_table_of_the_catalog_asks_all_that_it_is_in(served: GatewayServed) -> None:
    glue = served.client("glue")
    glue.create_database(DatabaseInput={"Name": "d"})
    glue.create_table(DatabaseName="d", TableInput={"Name": "t"})
    start = f"arn:aws:glue:{REGION}:{ACCOUNT}"
    parts = [f"{start}:catalog", f"{start}:database/d", f"{start}:table/d/t"]
    reader = served.client("glue", served.user("reader", allow("glue:GetTable", parts)))
    assert reader.get_table(DatabaseName="d", Name="t")["Table"]["Name"] == "t"
    less = served.client("glue", served.user("less", allow("glue:GetTable", parts[2:])))
    with pytest.raises(ClientError, match=f"glue:GetTable on resource: {start}:catalog"):
        less.get_table(DatabaseName="d", Name="t")


def test_the_latest_revision_of_a_task_is_what_is_asked_about(served: GatewayServed) -> None:
    ecs = served.client("ecs")
    ecs.create_cluster(clusterName="default")
    for _ in range(2):
        ecs.register_task_definition(family="web", containerDefinitions=[{"name": "c", "image": "i", "memory": 1}])
    first = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/web:1"
    tasks = served.client("ecs", served.user("runner", allow("ecs:RunTask", first)))
    with pytest.raises(ClientError, match="task-definition/web:2"):
        tasks.run_task(taskDefinition="web")


def test_a_stream_without_a_policy_is_used_by_who_may(served: GatewayServed) -> None:
    served.client("kinesis").create_stream(StreamName="s", ShardCount=1)
    stream = f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/s"
    writer = served.client("kinesis", served.user("writer", allow("kinesis:PutRecord", stream)))
    writer.put_record(StreamName="s", Data=b"x", PartitionKey="k")
    with pytest.raises(ClientError, match="no identity-based policy allows the kinesis:DescribeStream action"):
        writer.describe_stream(StreamName="s")


def test_vaults_of_glacier_are_reached(served: GatewayServed) -> None:
    served.client("glacier").create_vault(accountId="-", vaultName="v")
    vault = f"arn:aws:glacier:{REGION}:{ACCOUNT}:vaults/v"
    reader = served.client("glacier", served.user("archivist", allow("glacier:DescribeVault", vault)))
    assert reader.describe_vault(accountId="-", vaultName="v")["VaultName"] == "v"
    with pytest.raises(ClientError, match="glacier:DeleteVault"):
        reader.delete_vault(accountId="-", vaultName="v")
