"""Lambda, DynamoDB, CloudWatch, Logs, Systems Manager, DMS, Redshift and Organizations: call -> what AWS's page asks."""

from __future__ import annotations

import pytest
from tests.activity.activity_bind_state import HERE, KEY, Facts, asks_of, call, pairs

from passrole.activity.bind.bind import bind
from passrole.activity.bind.model import Basis, Bound, Refused, Why
from passrole.activity.bind.state import Encryption

SAR = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_"
LAYERS = "https://docs.aws.amazon.com/lambda/latest/dg/permissions-user-function.html"
PASSING = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html"
LOGS = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html"
PARAMETERS = "https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-access.html"
SESSIONS = (
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-restrict-access-quickstart.html"
)
TRANSACTIONS = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html"

ROLE = "arn:aws:iam::111122223333:role/app"
F = f"arn:aws:lambda:{HERE}:function:f"
LAYER = f"arn:aws:lambda:{HERE}:layer:l:3"
T = f"arn:aws:dynamodb:{HERE}:table/t"
GROUP = f"arn:aws:logs:{HERE}:log-group:/app"
PARAM = f"arn:aws:ssm:{HERE}:parameter/app/db"
EP = f"arn:aws:dms:{HERE}:endpoint:AB"
REP = f"arn:aws:dms:{HERE}:rep:CD"
OU = "arn:aws:organizations::999988887777:ou/o-ab12/ou-ab12-11111111"
POLICY = "arn:aws:organizations::999988887777:policy/o-ab12/service_control_policy/p-12345678"
STATE = Facts(
    names={
        "arn:aws:organizations::111122223333:ou/ou-ab12-11111111": OU,
        "arn:aws:organizations::111122223333:policy/p-12345678": POLICY,
        f"arn:aws:kms:{HERE}:alias/aws/ssm": KEY,
    }
)

# (service, operation, parameters, expected questions, page)
CASES: list[tuple[str, str, dict[str, object], list[tuple[str, str]], str]] = [
    ("lambda", "Invoke", {"FunctionName": "f"}, [("lambda:InvokeFunction", F)], "https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html"),
    ("lambda", "Invoke", {"FunctionName": "111122223333:function:f", "Qualifier": "live"}, [("lambda:InvokeFunction", f"{F}:live")], "https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html"),
    ("lambda", "GetFunction", {"FunctionName": f"{F}:$LATEST"}, [("lambda:GetFunction", f"{F}:$LATEST")], f"{SAR}awslambda.html"),
    ("lambda", "CreateFunction", {"FunctionName": "f", "Role": ROLE, "Code": {}, "Layers": [LAYER]}, [("lambda:CreateFunction", F), ("lambda:GetLayerVersion", LAYER), ("iam:PassRole", ROLE)], LAYERS),
    ("lambda", "UpdateFunctionConfiguration", {"FunctionName": "f", "Role": ROLE}, [("lambda:UpdateFunctionConfiguration", F), ("iam:PassRole", ROLE)], PASSING),
    ("lambda", "UpdateFunctionConfiguration", {"FunctionName": "f", "Timeout": 3}, [("lambda:UpdateFunctionConfiguration", F)], PASSING),
    ("lambda", "GetLayerVersion", {"LayerName": "l", "VersionNumber": 3}, [("lambda:GetLayerVersion", LAYER)], f"{SAR}awslambda.html"),
    ("lambda", "CreateEventSourceMapping", {"FunctionName": "f", "EventSourceArn": "arn:aws:sqs:x:1:q"}, [("lambda:CreateEventSourceMapping", "*")], f"{SAR}awslambda.html"),
    ("dynamodb", "GetItem", {"TableName": "t", "Key": {"id": {"S": "1"}}}, [("dynamodb:GetItem", T)], f"{SAR}amazondynamodb.html"),
    ("dynamodb", "Query", {"TableName": T, "IndexName": "by-day"}, [("dynamodb:Query", f"{T}/index/by-day")], f"{SAR}amazondynamodb.html"),
    ("dynamodb", "BatchGetItem", {"RequestItems": {"t": {"Keys": []}, "u": {"Keys": []}}}, [("dynamodb:BatchGetItem", T), ("dynamodb:BatchGetItem", f"arn:aws:dynamodb:{HERE}:table/u")], f"{SAR}amazondynamodb.html"),
    ("dynamodb", "TransactWriteItems", {"TransactItems": [{"Put": {"TableName": "t", "Item": {}}}, {"ConditionCheck": {"TableName": "t", "Key": {}}}]}, [("dynamodb:PutItem", T), ("dynamodb:ConditionCheckItem", T)], TRANSACTIONS),
    ("dynamodb", "TransactGetItems", {"TransactItems": [{"Get": {"TableName": "t", "Key": {}}}]}, [("dynamodb:GetItem", T)], TRANSACTIONS),
    ("logs", "CreateLogGroup", {"logGroupName": "/app"}, [("logs:CreateLogGroup", f"{GROUP}:log-stream:")], LOGS),
    ("logs", "CreateLogGroup", {"logGroupName": "/app", "tags": {"a": "b"}}, [("logs:CreateLogGroup", f"{GROUP}:log-stream:"), ("logs:TagResource", GROUP)], LOGS),
    ("logs", "PutLogEvents", {"logGroupName": "/app", "logStreamName": "s", "logEvents": []}, [("logs:PutLogEvents", f"{GROUP}:log-stream:s")], LOGS),
    ("logs", "DescribeLogGroups", {}, [("logs:DescribeLogGroups", f"arn:aws:logs:{HERE}:log-group::log-stream:")], LOGS),
    ("logs", "StartLiveTail", {"logGroupIdentifiers": [GROUP]}, [("logs:StartLiveTail", f"{GROUP}:log-stream:")], LOGS),
    ("logs", "CreateExportTask", {"logGroupName": "/app", "destination": "b"}, [("logs:CreateExportTask", f"{GROUP}:log-stream:")], LOGS),
    ("logs", "FilterLogEvents", {"logGroupIdentifier": f"{GROUP}:*"}, [("logs:FilterLogEvents", f"{GROUP}:log-stream:")], LOGS),
    ("logs", "PutSubscriptionFilter", {"logGroupName": "/app", "filterName": "f", "filterPattern": "", "destinationArn": "arn:aws:kinesis:x:1:stream/s", "roleArn": ROLE}, [("logs:PutSubscriptionFilter", f"{GROUP}:log-stream:"), ("iam:PassRole", ROLE)], "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutSubscriptionFilter.html"),
    ("cloudwatch", "PutMetricData", {"Namespace": "app", "MetricData": []}, [("cloudwatch:PutMetricData", "*")], f"{SAR}amazoncloudwatch.html"),
    ("cloudwatch", "DeleteInsightRules", {"RuleNames": ["a", "b"]}, [("cloudwatch:DeleteInsightRules", f"arn:aws:cloudwatch:{HERE}:insight-rule/a"), ("cloudwatch:DeleteInsightRules", f"arn:aws:cloudwatch:{HERE}:insight-rule/b")], f"{SAR}amazoncloudwatch.html"),
    ("ssm", "GetParameter", {"Name": "/app/db"}, [("ssm:GetParameter", PARAM)], PARAMETERS),
    ("ssm", "GetParameter", {"Name": "/app/db:3"}, [("ssm:GetParameter", PARAM)], PARAMETERS),
    ("ssm", "GetParameters", {"Names": ["/app/db", "x"]}, [("ssm:GetParameters", PARAM), ("ssm:GetParameters", f"arn:aws:ssm:{HERE}:parameter/x")], PARAMETERS),
    ("ssm", "GetParametersByPath", {"Path": "/app/"}, [("ssm:GetParametersByPath", f"arn:aws:ssm:{HERE}:parameter/app")], PARAMETERS),
    ("ssm", "PutParameter", {"Name": "/app/db", "Value": "x", "Type": "SecureString"}, [("ssm:PutParameter", PARAM), ("kms:Encrypt", KEY)], "https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html"),
    ("ssm", "StartSession", {"Target": "i-0123"}, [("ssm:StartSession", f"arn:aws:ec2:{HERE}:instance/i-0123")], SESSIONS),
    ("ssm", "StartSession", {"Target": "mi-0123", "DocumentName": "AWS-StartSSHSession"}, [("ssm:StartSession", f"arn:aws:ssm:{HERE}:managed-instance/mi-0123"), ("ssm:StartSession", "arn:aws:ssm:eu-central-1::document/AWS-StartSSHSession")], SESSIONS),
    ("ssm", "SendCommand", {"DocumentName": "AWS-RunShellScript", "InstanceIds": ["i-1"], "ServiceRoleArn": ROLE}, [("ssm:SendCommand", "arn:aws:ssm:eu-central-1::document/AWS-RunShellScript"), ("ssm:SendCommand", f"arn:aws:ec2:{HERE}:instance/i-1"), ("iam:PassRole", ROLE)], f"{SAR}awssystemsmanager.html"),
    ("ssm", "CreateActivation", {"IamRole": "app"}, [("ssm:CreateActivation", "*"), ("iam:PassRole", ROLE)], "https://docs.aws.amazon.com/systems-manager/latest/userguide/hybrid-multicloud-service-role.html"),
    ("ssm", "TerminateSession", {"SessionId": "ann-0123"}, [("ssm:TerminateSession", f"arn:aws:ssm:{HERE}:session/ann-0123")], SESSIONS),
    ("dms", "CreateEndpoint", {"EndpointIdentifier": "e", "EndpointType": "target", "EngineName": "s3", "S3Settings": {"ServiceAccessRoleArn": ROLE}, "Tags": [{"Key": "a", "Value": "b"}]}, [("dms:CreateEndpoint", f"arn:aws:dms:{HERE}:endpoint:*"), ("dms:AddTagsToResource", f"arn:aws:dms:{HERE}:endpoint:*"), ("iam:PassRole", ROLE)], f"{SAR}awsdatabasemigrationservice.html"),
    ("dms", "CreateReplicationTask", {"SourceEndpointArn": EP, "TargetEndpointArn": f"{EP}2", "ReplicationInstanceArn": REP}, [("dms:CreateReplicationTask", EP), ("dms:CreateReplicationTask", f"{EP}2"), ("dms:CreateReplicationTask", REP)], f"{SAR}awsdatabasemigrationservice.html"),
    ("dms", "ModifyMigrationProject", {"MigrationProjectIdentifier": f"arn:aws:dms:{HERE}:migration-project:X"}, [("dms:UpdateMigrationProject", f"arn:aws:dms:{HERE}:migration-project:X")], f"{SAR}awsdatabasemigrationservice.html"),
    ("redshift", "DeleteClusterSnapshot", {"SnapshotIdentifier": "s", "SnapshotClusterIdentifier": "c"}, [("redshift:DeleteClusterSnapshot", f"arn:aws:redshift:{HERE}:snapshot:c/s")], f"{SAR}amazonredshift.html"),
    ("redshift", "CreateClusterSubnetGroup", {"ClusterSubnetGroupName": "g", "SubnetIds": []}, [("redshift:CreateClusterSubnetGroup", f"arn:aws:redshift:{HERE}:subnetgroup:g")], f"{SAR}amazonredshift.html"),
    ("organizations", "AttachPolicy", {"PolicyId": "p-12345678", "TargetId": "ou-ab12-11111111"}, [("organizations:AttachPolicy", POLICY), ("organizations:AttachPolicy", OU)], f"{SAR}awsorganizations.html"),
    ("organizations", "DescribeOrganizationalUnit", {"OrganizationalUnitId": "ou-ab12-11111111"}, [("organizations:DescribeOrganizationalUnit", OU)], f"{SAR}awsorganizations.html"),
]  # fmt: skip


@pytest.mark.parametrize(("service", "operation", "parameters", "expected", "page"), CASES)
def test_what_a_call_asks(
    service: str, operation: str, parameters: dict[str, object], expected: list[tuple[str, str]], page: str
) -> None:
    assert pairs(asks_of(service, operation, parameters, STATE)) == expected, page


# (service, operation, parameters, the principal that gets the role, page)
PASSED: list[tuple[str, str, dict[str, object], str, str]] = [
    ("lambda", "CreateFunction", {"FunctionName": "f", "Role": ROLE, "Code": {}}, "lambda.amazonaws.com", PASSING),
    ("ssm", "CreateActivation", {"IamRole": ROLE}, "ssm.amazonaws.com", "https://docs.aws.amazon.com/systems-manager/latest/userguide/hybrid-multicloud-service-role.html"),
    ("dms", "CreateEndpoint", {"S3Settings": {"ServiceAccessRoleArn": ROLE}}, "dms.amazonaws.com", f"{SAR}awsdatabasemigrationservice.html"),
    ("dms", "CreateEndpoint", {"OracleSettings": {"SecretsManagerAccessRoleArn": ROLE}}, "dms.eu-central-1.amazonaws.com", "https://docs.aws.amazon.com/dms/latest/userguide/security_iam_secretsmanager.html"),
    ("s3", "PutBucketReplication", {"Bucket": "b", "ReplicationConfiguration": {"Role": ROLE}}, "s3.amazonaws.com", "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketReplication.html"),
]  # fmt: skip


@pytest.mark.parametrize(("service", "operation", "parameters", "principal", "page"), PASSED)
def test_to_which_service_a_role_is_passed(
    service: str, operation: str, parameters: dict[str, object], principal: str, page: str
) -> None:
    (passed,) = [each for each in asks_of(service, operation, parameters, STATE) if each.action == "iam:PassRole"]
    assert passed.resource == ROLE
    assert passed.context["iam:PassedToService"] == principal, page
    assert "iam:AssociatedResourceArn" in {*passed.context, *passed.unknown}


def test_a_cluster_of_redshift_passes_each_of_its_roles() -> None:
    """Bound by its name; https://docs.aws.amazon.com/redshift/latest/mgmt/copy-unload-iam-role.html"""
    parameters = {"ClusterIdentifier": "c", "IamRoles": [ROLE, f"{ROLE}2"]}
    asks = asks_of("redshift", "ModifyCluster", {"ClusterIdentifier": "c"}, STATE, Basis.SAME_NAME)
    assert [each.action for each in asks] == ["redshift:ModifyCluster"]
    asks = asks_of("redshift", "CreateCluster", parameters, STATE, Basis.SAME_NAME)
    passed = [each for each in asks if each.action == "iam:PassRole"]
    assert [each.resource for each in passed] == [ROLE, f"{ROLE}2"]
    assert {each.context["iam:PassedToService"] for each in passed} == {"redshift.amazonaws.com"}


def test_a_secure_parameter_asks_its_key_only_when_it_is_decrypted() -> None:
    facts = Facts(encrypted={PARAM: Encryption("aws:kms", KEY)})
    assert len(asks_of("ssm", "GetParameter", {"Name": "/app/db"}, facts)) == 1
    key = asks_of("ssm", "GetParameter", {"Name": "/app/db", "WithDecryption": True}, facts)[1]
    assert (key.action, key.resource) == ("kms:Decrypt", KEY)
    assert key.context["kms:EncryptionContext:PARAMETER_ARN"] == PARAM
    assert key.context["kms:ViaService"] == "ssm.eu-central-1.amazonaws.com"


def test_the_leading_keys_of_items() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html"""
    (one,) = asks_of("dynamodb", "GetItem", {"TableName": "t", "Key": {"id": {"S": "ann"}}})
    assert one.context["dynamodb:LeadingKeys"] == ("ann",)
    two = {"TableName": "t", "Key": {"day": {"N": "1"}, "id": {"S": "ann"}}}
    (unknown,) = asks_of("dynamodb", "GetItem", two)
    assert "dynamodb:LeadingKeys" in unknown.unknown
    (known,) = asks_of("dynamodb", "GetItem", two, Facts(attributes={(T, "PartitionKey"): "id"}))
    assert known.context["dynamodb:LeadingKeys"] == ("ann",)


def test_the_namespace_of_metrics() -> None:
    (asked,) = asks_of("cloudwatch", "PutMetricData", {"Namespace": "app", "MetricData": []})
    assert asked.context["cloudwatch:namespace"] == "app"


def test_what_is_in_a_text_that_is_not_read_is_refused() -> None:
    for service, operation, parameters in [
        ("dynamodb", "ExecuteStatement", {"Statement": "SELECT * FROM a.b"}),
        ("ssm", "SendCommand", {"DocumentName": "d", "Targets": [{"Key": "tag:a", "Values": ["b"]}]}),
        ("logs", "StartQuery", {"queryString": "SOURCE logGroups()"}),
        ("organizations", "DescribePolicy", {"PolicyId": "p-99999999"}),
    ]:
        refused = bind(call(service, operation, parameters), Facts())
        assert isinstance(refused, Refused), operation
        assert refused.why in (Why.NOT_KNOWN, Why.RESOURCE_NOT_NAMED)


def test_tags_of_a_new_thing_ask_for_tagging_it() -> None:
    """https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html and SQS's API_CreateQueue.html"""
    for service, operation, parameters, action in [
        ("sns", "CreateTopic", {"Name": "n", "Tags": [{"Key": "a", "Value": "b"}]}, "sns:TagResource"),
        ("sqs", "CreateQueue", {"QueueName": "n", "tags": {"a": "b"}}, "sqs:TagQueue"),
    ]:
        bound = bind(call(service, operation, parameters), Facts())
        assert isinstance(bound, Bound)
        assert [each.action for each in bound.asks][1] == action
        assert bound.asks[0].context["aws:RequestTag/a"] == "b"


def test_a_report_generator_of_license_manager() -> None:
    """Bound by its ARN; https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslicensemanager.html"""
    arn = f"arn:aws:license-manager:{HERE}:report-generator:r-1"
    asks = asks_of("license-manager", "GetLicenseManagerReportGenerator", {"LicenseManagerReportGeneratorArn": arn})
    assert pairs(asks) == [("license-manager:GetLicenseManagerReportGenerator", arn)]
