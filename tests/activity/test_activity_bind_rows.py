"""Rows that AWS's pages ask for beside the same name: several resources, several actions, tags, keys of KMS."""

from __future__ import annotations

import pytest
from tests.activity.activity_bind_state import HERE, KEY, Facts, asks_of, call, pairs

from passrole.activity.bind.bind import bind
from passrole.activity.bind.model import Basis, Bound, Refused, Why
from passrole.activity.bind.state import Encryption

SAR = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_"
CW_API = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_"
LOGS_API = "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_"
SSM_API = "https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_"
DMS_API = "https://docs.aws.amazon.com/dms/latest/APIReference/API_"
ORG_API = "https://docs.aws.amazon.com/organizations/latest/APIReference/API_"
SECRETS_API = "https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_"
REDSHIFT_API = "https://docs.aws.amazon.com/redshift/latest/APIReference/API_"
DATA_API = "https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_"
PARTIQL = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html"

TAGS = [{"Key": "a", "Value": "b"}]
ROLE = "arn:aws:iam::111122223333:role/app"
CW = f"arn:aws:cloudwatch:{HERE}:"
LOGS = f"arn:aws:logs:{HERE}:"
SSM = f"arn:aws:ssm:{HERE}:"
EC2 = f"arn:aws:ec2:{HERE}:"
T = f"arn:aws:dynamodb:{HERE}:table/t"
DMS = f"arn:aws:dms:{HERE}:"
RS = f"arn:aws:redshift:{HERE}:"
LM = f"arn:aws:license-manager:{HERE}:"
F = f"arn:aws:lambda:{HERE}:function:f"
ORG = "arn:aws:organizations::111122223333:"
SECRET = f"arn:aws:secretsmanager:{HERE}:secret:db-AbCdEf"
MEMBER = "arn:aws:organizations::111122223333:account/o-ab12/444455556666"
STATE = Facts(
    names={
        f"arn:aws:secretsmanager:{HERE}:secret:db": SECRET,
        "arn:aws:organizations::111122223333:account/444455556666": MEMBER,
        f"{DMS}data-provider:src": f"{DMS}data-provider:SRC",
        f"{DMS}instance-profile:ip": f"{DMS}instance-profile:IP",
        f"{LOGS}log-group:12345678-query": f"{LOGS}log-group:/app",
        f"{SSM}maintenancewindow/exec-1": f"{SSM}maintenancewindow/mw-1",
        f"arn:aws:redshift-serverless:{HERE}:workgroup/wg": f"arn:aws:redshift-serverless:{HERE}:workgroup/1-2-3",
    },
    encrypted={SECRET: Encryption("aws:kms", KEY)},
)

# (service, operation, parameters, expected questions, page)
CASES: list[tuple[str, str, dict[str, object], list[tuple[str, str]], str]] = [
    ("cloudwatch", "PutMetricAlarm", {"AlarmName": "a"}, [("cloudwatch:PutMetricAlarm", f"{CW}alarm:a")], f"{CW_API}PutMetricAlarm.html"),
    ("cloudwatch", "PutMetricAlarm", {"AlarmName": "a", "Tags": TAGS}, [("cloudwatch:PutMetricAlarm", f"{CW}alarm:a"), ("cloudwatch:TagResource", f"{CW}alarm:a")], f"{CW_API}PutMetricAlarm.html"),
    ("cloudwatch", "PutMetricAlarm", {"AlarmName": "a", "ActionConfiguration": {"AlarmTagsPropagation": {"Enabled": True}}}, [("cloudwatch:PutMetricAlarm", f"{CW}alarm:a"), ("cloudwatch:ListTagsForResource", f"{CW}alarm:a")], f"{CW_API}PutMetricAlarm.html"),
    ("cloudwatch", "PutCompositeAlarm", {"AlarmName": "a", "AlarmRule": "ALARM(b)"}, [("cloudwatch:PutCompositeAlarm", f"{CW}alarm:a"), ("cloudwatch:PutCompositeAlarm", "*")], f"{CW_API}PutCompositeAlarm.html"),
    ("cloudwatch", "DescribeAlarms", {"AlarmTypes": ["CompositeAlarm"]}, [("cloudwatch:DescribeAlarms", f"{CW}alarm:*"), ("cloudwatch:DescribeAlarms", "*")], f"{CW_API}DescribeAlarms.html"),
    ("cloudwatch", "PutAlarmMuteRule", {"Name": "m", "MuteTargets": {"AlarmNames": ["a", "b"]}}, [("cloudwatch:PutAlarmMuteRule", f"{CW}alarm-mute-rule:m"), ("cloudwatch:PutAlarmMuteRule", f"{CW}alarm:a"), ("cloudwatch:PutAlarmMuteRule", f"{CW}alarm:b")], f"{CW_API}PutAlarmMuteRule.html"),
    ("cloudwatch", "PutMetricDataQueryDefinition", {"Id": "q"}, [("cloudwatch:PutMetricDataQueryDefinition", f"{CW}metric-query-definition/q")], f"{CW_API}PutMetricDataQueryDefinition.html"),
    ("logs", "FilterLogEvents", {"logGroupName": "/app", "unmask": True}, [("logs:FilterLogEvents", f"{LOGS}log-group:/app:log-stream:"), ("logs:Unmask", f"{LOGS}log-group:/app:log-stream:")], f"{LOGS_API}FilterLogEvents.html"),
    ("logs", "AssociateKmsKey", {"resourceIdentifier": f"{LOGS}log-group:/app", "kmsKeyId": KEY}, [("logs:AssociateKmsKey", f"{LOGS}log-group:/app:log-stream:")], f"{LOGS_API}AssociateKmsKey.html"),
    ("logs", "CreateDelivery", {"deliverySourceName": "s", "deliveryDestinationArn": f"{LOGS}delivery-destination:d", "tags": {"a": "b"}}, [("logs:CreateDelivery", f"{LOGS}delivery:*"), ("logs:CreateDelivery", f"{LOGS}delivery-source:s"), ("logs:CreateDelivery", f"{LOGS}delivery-destination:d"), ("logs:TagResource", f"{LOGS}delivery:*")], f"{SAR}amazoncloudwatchlogs.html"),
    ("logs", "CreateScheduledQuery", {"name": "q", "executionRoleArn": ROLE}, [("logs:CreateScheduledQuery", f"{LOGS}scheduled-query:*"), ("iam:PassRole", ROLE)], f"{LOGS_API}CreateScheduledQuery.html"),
    ("logs", "PutAccountPolicy", {"policyName": "p", "policyType": "SUBSCRIPTION_FILTER_POLICY", "policyDocument": '{"RoleArn":"' + ROLE + '"}'}, [("logs:PutAccountPolicy", "*"), ("logs:PutSubscriptionFilter", f"{LOGS}log-group:*:log-stream:"), ("iam:PassRole", ROLE)], f"{LOGS_API}PutAccountPolicy.html"),
    ("logs", "DeleteAccountPolicy", {"policyName": "p", "policyType": "DATA_PROTECTION_POLICY"}, [("logs:DeleteAccountPolicy", "*"), ("logs:DeleteDataProtectionPolicy", f"{LOGS}log-group:*:log-stream:")], f"{LOGS_API}DeleteAccountPolicy.html"),
    ("logs", "GetQueryResults", {"queryId": "12345678-query"}, [("logs:GetQueryResults", f"{LOGS}log-group:/app:log-stream:")], f"{SAR}amazoncloudwatchlogs.html"),
    ("ssm", "CreateAssociation", {"Name": "AWS-RunShellScript", "InstanceId": "i-1", "Tags": TAGS}, [("ssm:CreateAssociation", f"{SSM}association/*"), ("ssm:CreateAssociation", "arn:aws:ssm:eu-central-1::document/AWS-RunShellScript"), ("ssm:CreateAssociation", f"{EC2}instance/i-1"), ("ssm:AddTagsToResource", f"{SSM}association/*")], f"{SAR}awssystemsmanager.html"),
    ("ssm", "CreateAssociationBatch", {"Entries": [{"Name": "d", "Targets": [{"Key": "InstanceIds", "Values": ["mi-1"]}]}]}, [("ssm:CreateAssociationBatch", f"{SSM}document/d"), ("ssm:CreateAssociationBatch", f"{SSM}managed-instance/mi-1")], f"{SAR}awssystemsmanager.html"),
    ("ssm", "UpdateAssociation", {"AssociationId": "as-1"}, [("ssm:UpdateAssociation", f"{SSM}association/as-1"), ("ssm:DescribeAssociation", f"{SSM}association/as-1")], f"{SSM_API}UpdateAssociation.html"),
    ("ssm", "StartAutomationExecution", {"DocumentName": "AWS-RestartEC2Instance", "Parameters": {"AutomationAssumeRole": [ROLE]}}, [("ssm:StartAutomationExecution", "arn:aws:ssm:eu-central-1::document/AWS-RestartEC2Instance"), ("ssm:StartAutomationExecution", f"{SSM}automation-execution/*"), ("iam:PassRole", ROLE)], f"{SAR}awssystemsmanager.html"),
    ("ssm", "AddTagsToResource", {"ResourceType": "Parameter", "ResourceId": "/app/db", "Tags": TAGS}, [("ssm:AddTagsToResource", f"{SSM}parameter/app/db")], f"{SAR}awssystemsmanager.html"),
    ("ssm", "AddTagsToResource", {"ResourceType": "ManagedInstance", "ResourceId": "mi-1", "Tags": TAGS}, [("ssm:AddTagsToResource", f"{SSM}managed-instance/mi-1")], f"{SAR}awssystemsmanager.html"),
    ("ssm", "CreateDocument", {"Name": "d", "Content": '{"schemaVersion": "0.3", "assumeRole": "' + ROLE + '"}', "Tags": TAGS}, [("ssm:CreateDocument", f"{SSM}document/d"), ("ssm:AddTagsToResource", f"{SSM}document/d"), ("iam:PassRole", ROLE)], f"{SAR}awssystemsmanager.html"),
    ("ssm", "UpdateDocument", {"Name": "d", "Content": f"schemaVersion: '0.3'\nassumeRole: {ROLE}\nmainSteps: []"}, [("ssm:UpdateDocument", f"{SSM}document/d"), ("iam:PassRole", ROLE)], f"{SAR}awssystemsmanager.html"),
    ("ssm", "UpdateDocument", {"Name": "d", "Content": "assumeRole: '{{ AutomationAssumeRole }}'"}, [("ssm:UpdateDocument", f"{SSM}document/d")], f"{SAR}awssystemsmanager.html"),
    ("ssm", "CancelMaintenanceWindowExecution", {"WindowExecutionId": "exec-1"}, [("ssm:CancelMaintenanceWindowExecution", f"{SSM}maintenancewindow/mw-1")], f"{SAR}awssystemsmanager.html"),
    ("ssm", "RegisterDefaultHostManagementConfiguration", {"PermissionModel": "SELF_MANAGED", "RoleArn": ROLE}, [("ssm:GetServiceSetting", f"{SSM}servicesetting/ssm/managed-instance/default-ec2-instance-management-role"), ("ssm:UpdateServiceSetting", f"{SSM}servicesetting/ssm/managed-instance/default-ec2-instance-management-role"), ("iam:GetRole", ROLE), ("iam:PassRole", ROLE)], f"{SSM_API}RegisterDefaultHostManagementConfiguration.html"),
    ("ssm", "UpdateManagedInstanceRole", {"InstanceId": "mi-1", "IamRole": "app"}, [("ssm:UpdateManagedInstanceRole", f"{SSM}managed-instance/mi-1"), ("ssm:UpdateManagedInstanceRole", ROLE), ("iam:PassRole", ROLE)], f"{SAR}awssystemsmanager.html"),
    ("dynamodb", "CreateTable", {"TableName": "t", "Tags": TAGS, "ResourcePolicy": "{}"}, [("dynamodb:CreateTable", T), ("dynamodb:TagResource", T), ("dynamodb:PutResourcePolicy", T)], f"{SAR}amazondynamodb.html"),
    ("dynamodb", "CreateTable", {"TableName": "t", "SSESpecification": {"Enabled": True, "KMSMasterKeyId": KEY}}, [("dynamodb:CreateTable", T), ("kms:DescribeKey", KEY), ("kms:CreateGrant", KEY)], "https://docs.aws.amazon.com/kms/latest/developerguide/services-dynamodb.html"),
    ("dynamodb", "CreateGlobalTable", {"GlobalTableName": "t", "ReplicationGroup": []}, [("dynamodb:CreateGlobalTable", "arn:aws:dynamodb::111122223333:global-table/t"), ("dynamodb:CreateGlobalTable", T)], f"{SAR}amazondynamodb.html"),
    ("dynamodb", "ImportTable", {"TableCreationParameters": {"TableName": "t"}}, [("dynamodb:ImportTable", T)], f"{SAR}amazondynamodb.html"),
    ("dynamodb", "ExecuteStatement", {"Statement": "SELECT * FROM t"}, [("dynamodb:PartiQLSelect", T)], PARTIQL),
    ("dynamodb", "ExecuteStatement", {"Statement": "select \"a\" from \"t\".\"by-day\" where day = ?"}, [("dynamodb:PartiQLSelect", f"{T}/index/by-day")], PARTIQL),
    ("dynamodb", "ExecuteStatement", {"Statement": "INSERT INTO \"t\" VALUE {'id': 'ann'}"}, [("dynamodb:PartiQLInsert", T)], PARTIQL),
    ("dynamodb", "BatchExecuteStatement", {"Statements": [{"Statement": "UPDATE t SET n=1 WHERE id='a'"}, {"Statement": "DELETE FROM t WHERE id='a'"}]}, [("dynamodb:PartiQLUpdate", T), ("dynamodb:PartiQLDelete", T)], PARTIQL),
    ("dynamodb", "ExecuteTransaction", {"TransactStatements": [{"Statement": "EXISTS(SELECT * FROM t WHERE id='a')"}]}, [("dynamodb:PartiQLSelect", T)], PARTIQL),
    ("dynamodbstreams", "GetRecords", {"ShardIterator": f"{T}/stream/2015-05-20T20:51:10.252|1|AAAA"}, [("dynamodb:GetRecords", f"{T}/stream/2015-05-20T20:51:10.252")], "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html"),
    ("lambda", "CreateFunction", {"FunctionName": "f", "Code": {}, "KMSKeyArn": KEY}, [("lambda:CreateFunction", F), ("kms:CreateGrant", KEY), ("kms:Encrypt", KEY)], "https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html"),
    ("lambda", "InvokeAsync", {"FunctionName": "f"}, [("lambda:InvokeAsync", F)], f"{SAR}awslambda.html"),
    ("lambda", "CreateEventSourceMapping", {"FunctionName": "f", "Tags": {"a": "b"}}, [("lambda:CreateEventSourceMapping", "*"), ("lambda:TagResource", f"arn:aws:lambda:{HERE}:event-source-mapping:*")], f"{SAR}awslambda.html"),
    ("lambda", "PutFunctionCodeSigningConfig", {"FunctionName": "f", "CodeSigningConfigArn": f"arn:aws:lambda:{HERE}:code-signing-config:csc-1"}, [("lambda:PutFunctionCodeSigningConfig", F), ("lambda:PutFunctionCodeSigningConfig", f"arn:aws:lambda:{HERE}:code-signing-config:csc-1")], f"{SAR}awslambda.html"),
    ("dms", "DescribeDataProviders", {}, [("dms:ListDataProviders", "*")], f"{DMS_API}DescribeDataProviders.html"),
    ("dms", "CreateMigrationProject", {"InstanceProfileIdentifier": "ip", "SourceDataProviderDescriptors": [{"DataProviderIdentifier": "src"}], "TargetDataProviderDescriptors": [{"DataProviderIdentifier": f"{DMS}data-provider:TGT"}]}, [("dms:CreateMigrationProject", f"{DMS}data-provider:SRC"), ("dms:CreateMigrationProject", f"{DMS}data-provider:TGT"), ("dms:CreateMigrationProject", f"{DMS}instance-profile:IP")], f"{DMS_API}CreateMigrationProject.html"),
    ("dms", "CreateReplicationInstance", {"ReplicationInstanceIdentifier": "r", "ReplicationSubnetGroupIdentifier": "g"}, [("dms:CreateReplicationInstance", f"{DMS}rep:*"), ("dms:CreateReplicationInstance", f"{DMS}subgrp:g")], f"{SAR}awsdatabasemigrationservice.html"),
    ("redshift", "GetClusterCredentials", {"ClusterIdentifier": "c", "DbUser": "u", "DbName": "d", "DbGroups": ["g"], "AutoCreate": True}, [("redshift:GetClusterCredentials", f"{RS}dbuser:c/u"), ("redshift:GetClusterCredentials", f"{RS}dbname:c/d"), ("redshift:JoinGroup", f"{RS}dbgroup:c/g"), ("redshift:CreateClusterUser", f"{RS}dbuser:c/u")], f"{REDSHIFT_API}GetClusterCredentials.html"),
    ("redshift", "AuthorizeClusterSecurityGroupIngress", {"ClusterSecurityGroupName": "g", "EC2SecurityGroupName": "web", "EC2SecurityGroupOwnerId": "444455556666"}, [("redshift:AuthorizeClusterSecurityGroupIngress", f"{RS}securitygroup:g"), ("redshift:AuthorizeClusterSecurityGroupIngress", f"{RS}securitygroupingress:g/ec2securitygroup/444455556666/web")], f"{SAR}amazonredshift.html"),
    ("redshift", "CreateScheduledAction", {"ScheduledActionName": "s", "TargetAction": {"PauseCluster": {"ClusterIdentifier": "c"}}, "IamRole": ROLE}, [("redshift:CreateScheduledAction", "*"), ("redshift:PauseCluster", f"{RS}cluster:c"), ("iam:PassRole", ROLE)], f"{SAR}amazonredshift.html"),
    ("redshift", "ModifyClusterIamRoles", {"ClusterIdentifier": "c", "AddIamRoles": [ROLE], "RemoveIamRoles": [f"{ROLE}2"]}, [("redshift:ModifyClusterIamRoles", f"{RS}cluster:c"), ("iam:PassRole", ROLE)], "https://docs.aws.amazon.com/redshift/latest/mgmt/copy-unload-iam-role.html"),
    ("redshift", "CreateClusterSubnetGroup", {"ClusterSubnetGroupName": "g", "Tags": TAGS}, [("redshift:CreateClusterSubnetGroup", f"{RS}subnetgroup:g"), ("redshift:CreateTags", f"{RS}subnetgroup:g")], f"{SAR}amazonredshift.html"),
    ("redshift-data", "ExecuteStatement", {"Sql": "select 1", "ClusterIdentifier": "c", "Database": "d", "DbUser": "u"}, [("redshift-data:ExecuteStatement", f"{RS}cluster:c"), ("redshift:GetClusterCredentials", f"{RS}dbuser:c/u"), ("redshift:GetClusterCredentials", f"{RS}dbname:c/d")], f"{DATA_API}ExecuteStatement.html"),
    ("redshift-data", "ExecuteStatement", {"Sql": "select 1", "ClusterIdentifier": "c", "Database": "d"}, [("redshift-data:ExecuteStatement", f"{RS}cluster:c"), ("redshift:GetClusterCredentialsWithIAM", f"{RS}dbname:c/d")], f"{DATA_API}ExecuteStatement.html"),
    ("redshift-data", "ListTables", {"WorkgroupName": "wg", "Database": "d"}, [("redshift-data:ListTables", f"arn:aws:redshift-serverless:{HERE}:workgroup/1-2-3"), ("redshift-serverless:GetCredentials", f"arn:aws:redshift-serverless:{HERE}:workgroup/1-2-3")], f"{DATA_API}ListTables.html"),
    ("license-manager", "CreateToken", {"LicenseArn": "arn:aws:license-manager::111122223333:license:l-1", "RoleArns": [ROLE]}, [("license-manager:CreateToken", "arn:aws:license-manager::111122223333:license:l-1")], "https://docs.aws.amazon.com/license-manager/latest/APIReference/API_CreateToken.html"),
    ("license-manager", "CreateLicenseAssetGroup", {"Name": "g", "AssociatedLicenseAssetRulesetARNs": [f"{LM}license-asset-ruleset:r"]}, [("license-manager:CreateLicenseAssetGroup", f"{LM}license-asset-ruleset:r")], f"{SAR}awslicensemanager.html"),
    ("organizations", "CreatePolicy", {"Content": "{}", "Description": "", "Name": "n", "Type": "SERVICE_CONTROL_POLICY", "Tags": TAGS}, [("organizations:CreatePolicy", f"{ORG}policy/o-*/service_control_policy/p-*"), ("organizations:TagResource", f"{ORG}policy/o-*/service_control_policy/p-*")], f"{ORG_API}CreatePolicy.html"),
    ("organizations", "CreateAccount", {"Email": "a@example.com", "AccountName": "a", "RoleName": "OrgRole", "Tags": TAGS}, [("organizations:CreateAccount", "*"), ("organizations:TagResource", f"{ORG}account/o-*/*")], f"{ORG_API}CreateAccount.html"),
    ("organizations", "RegisterDelegatedAdministrator", {"AccountId": "444455556666", "ServicePrincipal": "config.amazonaws.com"}, [("organizations:RegisterDelegatedAdministrator", MEMBER)], f"{SAR}awsorganizations.html"),
    ("organizations", "InviteAccountToOrganization", {"Target": {"Id": "777788889999", "Type": "ACCOUNT"}}, [("organizations:InviteAccountToOrganization", f"{ORG}account/o-*/777788889999")], f"{ORG_API}InviteAccountToOrganization.html"),
    ("secretsmanager", "RotateSecret", {"SecretId": "db", "RotationLambdaARN": F}, [("secretsmanager:RotateSecret", SECRET), ("lambda:InvokeFunction", F)], f"{SECRETS_API}RotateSecret.html"),
    ("secretsmanager", "ReplicateSecretToRegions", {"SecretId": "db", "AddReplicaRegions": [{"Region": "eu-west-1", "KmsKeyId": "1234"}]}, [("secretsmanager:ReplicateSecretToRegions", SECRET), ("kms:Decrypt", KEY), ("kms:GenerateDataKey", "arn:aws:kms:eu-west-1:111122223333:key/1234"), ("kms:Encrypt", "arn:aws:kms:eu-west-1:111122223333:key/1234")], f"{SECRETS_API}ReplicateSecretToRegions.html"),
    ("secretsmanager", "UpdateSecret", {"SecretId": "db", "SecretString": "x"}, [("secretsmanager:UpdateSecret", SECRET), ("kms:GenerateDataKey", KEY), ("kms:Decrypt", KEY), ("kms:Encrypt", KEY)], f"{SECRETS_API}UpdateSecret.html"),
    ("secretsmanager", "ValidateResourcePolicy", {"SecretId": "db", "ResourcePolicy": "{}"}, [("secretsmanager:ValidateResourcePolicy", SECRET), ("secretsmanager:PutResourcePolicy", SECRET)], f"{SECRETS_API}ValidateResourcePolicy.html"),
]  # fmt: skip


@pytest.mark.parametrize(("service", "operation", "parameters", "expected", "page"), CASES)
def test_what_a_call_asks(
    service: str, operation: str, parameters: dict[str, object], expected: list[tuple[str, str]], page: str
) -> None:
    assert pairs(asks_of(service, operation, parameters, STATE)) == expected, page


def test_tags_of_what_is_made_by_the_same_name() -> None:
    """The tables "API operations" of the Service Authorization Reference."""
    cluster = asks_of("redshift", "CreateCluster", {"ClusterIdentifier": "c", "Tags": TAGS}, STATE, Basis.SAME_NAME)
    assert pairs(cluster) == [("redshift:CreateCluster", f"{RS}cluster:c"), ("redshift:CreateTags", f"{RS}cluster:c")]
    window = asks_of("ssm", "CreateMaintenanceWindow", {"Name": "w", "Tags": TAGS}, STATE, Basis.SAME_NAME)
    assert pairs(window)[1:] == [("ssm:AddTagsToResource", f"{SSM}maintenancewindow/*")]
    snapshot = {"SnapshotIdentifier": "s", "ClusterIdentifier": "c", "Tags": TAGS}
    tagged = asks_of("redshift", "CreateClusterSnapshot", snapshot, STATE, Basis.SAME_NAME)
    assert [each.resource for each in tagged if each.action == "redshift:CreateTags"] == [f"{RS}snapshot:c/s"]


def test_what_an_alarm_does_in_any_state() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/iam-cw-condition-keys-alarm-actions.html"""
    topic, item = "arn:aws:sns:eu-central-1:111122223333:t", "arn:aws:ssm:eu-central-1:111122223333:opsitem:1"
    parameters = {"AlarmName": "a", "AlarmActions": [topic], "OKActions": [topic], "InsufficientDataActions": [item]}
    asked = asks_of("cloudwatch", "PutMetricAlarm", parameters)[0]
    assert asked.context["cloudwatch:AlarmActions"] == (topic, item)
    silent = asks_of("cloudwatch", "PutMetricAlarm", {"AlarmName": "a"})[0]
    assert "cloudwatch:AlarmActions" not in {*silent.context, *silent.unknown}


def test_a_path_of_parameters_is_decrypted_by_each_key_below_it() -> None:
    """https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html"""
    below = (f"{SSM}parameter/app/db", f"{SSM}parameter/app/x/deep")
    keys = {each: Encryption("aws:kms", KEY) for each in below}
    facts = Facts(attributes={(f"{SSM}parameter/app", "SecureParameters"): below}, encrypted=keys)
    for recursive, count in [(True, 2), (False, 1)]:
        parameters = {"Path": "/app", "WithDecryption": True, "Recursive": recursive}
        asks = asks_of("ssm", "GetParametersByPath", parameters, facts)
        used = [each.context["kms:EncryptionContext:PARAMETER_ARN"] for each in asks[1:]]
        assert used == list(below[:count])
    refused = bind(call("ssm", "GetParametersByPath", {"Path": "/app", "WithDecryption": True}), Facts(open=True))
    assert isinstance(refused, Refused)
    assert refused.why is Why.NOT_KNOWN


def test_the_key_of_a_table_is_asked_when_its_data_is_used() -> None:
    """https://docs.aws.amazon.com/kms/latest/developerguide/services-dynamodb.html"""
    facts = Facts(encrypted={T: Encryption("aws:kms", KEY)})
    for operation, parameters in [
        ("GetItem", {"TableName": "t", "Key": {"id": {"S": "a"}}}),
        ("Query", {"TableName": "t", "IndexName": "i"}),
        ("ExecuteStatement", {"Statement": "SELECT * FROM t"}),
        ("TransactGetItems", {"TransactItems": [{"Get": {"TableName": "t", "Key": {}}}]}),
    ]:
        key = asks_of("dynamodb", operation, parameters, facts)[-1]
        assert (key.action, key.resource) == ("kms:Decrypt", KEY), operation
        assert key.context["kms:EncryptionContext:aws:dynamodb:tableName"] == "t"
        assert key.context["kms:EncryptionContext:aws:dynamodb:subscriberId"] == "111122223333"
        assert key.called_via == ("dynamodb.amazonaws.com",)


SCHEMA = Facts(attributes={(T, "PartitionKey"): "id"})
CONDITIONS = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html"


@pytest.mark.parametrize(
    ("operation", "parameters", "leading"),
    [
        ("Query", {"KeyConditionExpression": "id = :v AND sort > :s", "ExpressionAttributeValues": {":v": {"S": "ann"}}}, ("ann",)),
        ("Query", {"KeyConditionExpression": "#k = :v", "ExpressionAttributeNames": {"#k": "id"}, "ExpressionAttributeValues": {":v": {"S": "ann"}}}, ("ann",)),
        ("Query", {"KeyConditions": {"id": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "ann"}]}}}, ("ann",)),
        ("Query", {"KeyConditionExpression": "other = :v", "ExpressionAttributeValues": {":v": {"S": "ann"}}}, None),
        ("Scan", {}, None),
    ],
)  # fmt: skip
def test_the_partition_key_of_a_search(
    operation: str, parameters: dict[str, object], leading: tuple[str, ...] | None
) -> None:
    (asked,) = asks_of("dynamodb", operation, {"TableName": "t", **parameters}, SCHEMA)
    assert asked.context.get("dynamodb:LeadingKeys") == leading, CONDITIONS
    if leading is None and operation == "Query":
        assert "dynamodb:LeadingKeys" in asked.unknown


@pytest.mark.parametrize(
    ("statement", "given", "leading", "scan"),
    [
        ("SELECT a FROM t WHERE id = 'ann'", [], ("ann",), "false"),
        ("SELECT a FROM t WHERE id = ? AND n > 3", [{"S": "ann"}], ("ann",), "false"),
        ("SELECT a FROM t WHERE n > 3", [], None, "true"),
        ("SELECT a FROM t", [], None, "true"),
        ("SELECT a FROM t WHERE id = 'ann' OR id = 'bob'", [], None, None),
        ('SELECT a FROM t WHERE "x"."id" = \'ann\'', [], None, None),
        ("SELECT a FROM t WHERE (id = 'ann') = false", [], None, None),
        ("SELECT a FROM t WHERE id = 'ann' = false", [], None, None),
        ("SELECT a FROM t WHERE n BETWEEN 1 AND id = 'ann'", [], None, None),
        ("UPDATE t SET n = 1 WHERE id = 'ann'", [], ("ann",), None),
        ("INSERT INTO t VALUE {'id': 'ann', 'more': {'id': 'bob'}}", [], ("ann",), None),
        ("DELETE FROM t WHERE \"id\" = 'a''b'", [], ("a'b",), None),
    ],
)
def test_the_partition_key_of_a_statement(
    statement: str, given: list[object], leading: tuple[str, ...] | None, scan: str | None
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html"""
    (asked,) = asks_of("dynamodb", "ExecuteStatement", {"Statement": statement, "Parameters": given}, SCHEMA)
    assert asked.context.get("dynamodb:LeadingKeys") == leading, PARTIQL
    assert asked.context.get("dynamodb:FullTableScan") == scan, PARTIQL
    assert (leading is None) == ("dynamodb:LeadingKeys" in asked.unknown)


@pytest.mark.parametrize(
    "statement",
    [
        "",
        "SELECT * FROM a.b",
        "DROP TABLE t",
        "SELECT * FROM t, u FROM v",
        "SELECT 'x",
        "SELECT * FROM 't'",
        "UPDATE",
        "SELECT * FROM t, u",
        "SELECT * FROM t a, u b",
        'SELECT * FROM "t" AS a',
        'SELECT * FROM "t" -- \n, "u"',
        "SELECT * FROM t--x",
        "SELECT * FROM t /* x */ WHERE id = 'ann'",
        "DELETE FROM t, u WHERE id = 'ann'",
        "SELECT * FROM t WHERE id = 'ann', u",
        "SELECT * FROM t ORDER BY id, u",
    ],
)
def test_a_statement_that_is_not_understood_is_refused(statement: str) -> None:
    refused = bind(call("dynamodb", "ExecuteStatement", {"Statement": statement}), SCHEMA)
    assert isinstance(refused, Refused)


def test_the_attributes_that_a_request_names() -> None:
    """Top-level names alone, those of expressions through their aliases."""
    parameters = {
        "TableName": "t",
        "Key": {"id": {"S": "ann"}},
        "UpdateExpression": "SET #n = :n, info.rating = if_not_exists(info.rating, :z) REMOVE old[2]",
        "ConditionExpression": "attribute_exists(stock) AND size(parts) > :s",
        "ExpressionAttributeNames": {"#n": "name"},
    }
    (asked,) = asks_of("dynamodb", "UpdateItem", parameters, SCHEMA)
    assert set(asked.context["dynamodb:Attributes"]) == {"id", "name", "info", "old", "stock", "parts"}, CONDITIONS


def test_the_type_of_a_policy_is_known_from_its_arn() -> None:
    policy = f"{ORG}policy/o-ab12/service_control_policy/p-12345678"
    facts = Facts(names={f"{ORG}policy/p-12345678": policy, f"{ORG}account/444455556666": MEMBER})
    asks = asks_of("organizations", "AttachPolicy", {"PolicyId": "p-12345678", "TargetId": "444455556666"}, facts)
    assert {each.context["organizations:PolicyType"] for each in asks} == {"SERVICE_CONTROL_POLICY"}


def test_a_role_that_systems_manager_would_make_is_not_known() -> None:
    parameters = {"PermissionModel": "SERVICE_MANAGED"}
    refused = bind(call("ssm", "RegisterDefaultHostManagementConfiguration", parameters), STATE)
    assert isinstance(refused, Refused)
    assert refused.why is Why.NOT_KNOWN


def test_the_key_for_a_functions_environment_goes_by_lambda() -> None:
    bound = bind(call("lambda", "UpdateFunctionConfiguration", {"FunctionName": "f", "KMSKeyArn": KEY}), STATE)
    assert isinstance(bound, Bound)
    grant = bound.asks[1]
    assert grant.context["kms:GrantIsForAWSResource"] == "true"
    assert grant.context["kms:ViaService"] == "lambda.eu-central-1.amazonaws.com"
