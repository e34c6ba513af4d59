"""Every parameter of a role or an instance profile: passed to a service, or listed with the reason why it is not.

Walks botocore's models of the services whose calls are bound by tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from tests.activity.activity_bind_state import HERE, Facts, asks_of, call

from passrole.activity.bind.bind import _passes, bind, way_of
from passrole.activity.bind.model import Basis, Bound, Refused
from passrole.activity.bind.rows import Row

SERVICES = [
    "cloudwatch",
    "dms",
    "dynamodb",
    "dynamodbstreams",
    "ec2",
    "kms",
    "lambda",
    "license-manager",
    "logs",
    "organizations",
    "redshift",
    "redshift-data",
    "s3",
    "secretsmanager",
    "sns",
    "sqs",
    "ssm",
]
_ROLE_LIKE = re.compile(r"role|instanceprofile|deliverlogspermission", re.IGNORECASE)

PASSING = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html"
ROLE = "arn:aws:iam::111122223333:role/app"
PROFILE = "arn:aws:iam::111122223333:instance-profile/app"
EC2 = f"arn:aws:ec2:{HERE}:"
TEMPLATE = {"LaunchTemplateSpecification": {"LaunchTemplateId": "lt-1"}}
STATE = Facts(
    names={
        PROFILE: ROLE,
        f"{EC2}subnet/default": f"{EC2}subnet/subnet-0",
        f"{EC2}security-group/default": f"{EC2}security-group/sg-0",
        f"{EC2}iam-instance-profile-association/iip-assoc-1": f"{EC2}instance/i-1",
    },
    contents={(f"{EC2}launch-template/lt-1", "$Default"): {"ImageId": "ami-1"}},
)
_OVERRIDDEN = [{**TEMPLATE, "Overrides": [{"IamInstanceProfile": {"Arn": PROFILE}}]}]

# (service, operation, path) -> a call in which the role is named there by its name or its profile, and the principal.
BY_ROWS: dict[tuple[str, str, str], tuple[dict[str, object], str]] = {
    ("ec2", "RunInstances", "IamInstanceProfile"): ({"ImageId": "ami-1", "IamInstanceProfile": {"Name": "app"}}, "ec2"),
    ("ec2", "AssociateIamInstanceProfile", "IamInstanceProfile"): ({"InstanceId": "i-1", "IamInstanceProfile": {"Name": "app"}}, "ec2"),
    ("ec2", "ReplaceIamInstanceProfileAssociation", "IamInstanceProfile"): ({"AssociationId": "iip-assoc-1", "IamInstanceProfile": {"Name": "app"}}, "ec2"),
    ("ec2", "RequestSpotInstances", "LaunchSpecification.IamInstanceProfile"): ({"LaunchSpecification": {"IamInstanceProfile": {"Name": "app"}}}, "ec2"),
    ("ec2", "RunScheduledInstances", "LaunchSpecification.IamInstanceProfile"): ({"LaunchSpecification": {"IamInstanceProfile": {"Name": "app"}}}, "ec2"),
    ("ec2", "RequestSpotFleet", "SpotFleetRequestConfig.LaunchSpecifications.IamInstanceProfile"): ({"SpotFleetRequestConfig": {"LaunchSpecifications": [{"IamInstanceProfile": {"Name": "app"}}]}}, "ec2"),
    ("ec2", "CreateFleet", "LaunchTemplateConfigs.Overrides.IamInstanceProfile"): ({"LaunchTemplateConfigs": _OVERRIDDEN}, "ec2"),
    ("ec2", "ModifyFleet", "LaunchTemplateConfigs.Overrides.IamInstanceProfile"): ({"FleetId": "fleet-1", "LaunchTemplateConfigs": _OVERRIDDEN}, "ec2"),
    ("ec2", "ImportImage", "RoleName"): ({"RoleName": "app"}, "vmie"),
    ("ec2", "ImportSnapshot", "RoleName"): ({"RoleName": "app"}, "vmie"),
    ("ec2", "ExportImage", "RoleName"): ({"ImageId": "ami-1", "RoleName": "app"}, "vmie"),
    ("ssm", "CreateActivation", "IamRole"): ({"IamRole": "app"}, "ssm"),
    ("ssm", "UpdateManagedInstanceRole", "IamRole"): ({"InstanceId": "mi-1", "IamRole": "app"}, "ssm"),
    ("s3", "PutBucketReplication", "ReplicationConfiguration.Role"): ({"Bucket": "b", "ReplicationConfiguration": {"Role": ROLE}}, "s3"),
}  # fmt: skip

_ELSEWHERE = "a role of the accounts that the automation reaches, which Systems Manager's own role takes there"
_DMS_PROFILE = "an instance profile of DMS, which has no role"
NOT_PASSED: dict[tuple[str, str, str], str] = {
    ("ec2", "AssociateEnclaveCertificateIamRole", "RoleArn"): "whoever has the role reads the certificate in an enclave",
    ("ec2", "DisassociateEnclaveCertificateIamRole", "RoleArn"): "the role loses a certificate",
    ("ec2", "CreateFlowLogs", "DeliverCrossAccountRole"): "a role of the account that the logs go to, and none can be passed there",
    ("ec2", "CreateLaunchTemplate", "LaunchTemplateData.IamInstanceProfile"): "passed when the template is launched",
    ("ec2", "CreateLaunchTemplateVersion", "LaunchTemplateData.IamInstanceProfile"): "passed when the template is launched",
    ("ec2", "DescribeCapacityReservationBillingRequests", "Role"): "the caller's part in a request, a word",
    ("license-manager", "CreateToken", "RoleArns"): "written into the token; License Manager does not look at them",
    ("organizations", "CreateAccount", "RoleName"): "the name of a role that Organizations makes in the new account",
    ("organizations", "CreateGovCloudAccount", "RoleName"): "the name of a role that Organizations makes in the new account",
    ("redshift", "ModifyClusterIamRoles", "RemoveIamRoles"): "taken away from the cluster",
    ("redshift-data", "ListSessions", "RoleLevel"): "whose sessions are listed, a word",
    ("redshift-data", "ListStatements", "RoleLevel"): "whose statements are listed, a word",
    ("dms", "CreateInstanceProfile", "InstanceProfileName"): _DMS_PROFILE,
    ("dms", "ModifyInstanceProfile", "InstanceProfileName"): _DMS_PROFILE,
    **{
        ("dms", operation, "InstanceProfileIdentifier"): _DMS_PROFILE
        for operation in ("CreateMigrationProject", "DeleteInstanceProfile", "ModifyInstanceProfile", "ModifyMigrationProject")
    },
    ("ssm", "CreateAssociation", "TargetLocations.ExecutionRoleName"): _ELSEWHERE,
    ("ssm", "CreateAssociationBatch", "Entries.TargetLocations.ExecutionRoleName"): _ELSEWHERE,
    ("ssm", "StartAutomationExecution", "TargetLocations.ExecutionRoleName"): _ELSEWHERE,
    ("ssm", "StartChangeRequestExecution", "Runbooks.TargetLocations.ExecutionRoleName"): _ELSEWHERE,
    ("ssm", "StartExecutionPreview", "ExecutionInputs.Automation.TargetLocations.ExecutionRoleName"): _ELSEWHERE,
    ("ssm", "UpdateAssociation", "TargetLocations.ExecutionRoleName"): _ELSEWHERE,
}  # fmt: skip

TO_WHOM_IS_NOT_KNOWN = {
    # AWS's pages name no principal: the role is passed, and iam:PassedToService is unknown.
    ("s3", "UpdateBucketMetadataAnnotationTableConfiguration", "AnnotationTableConfiguration.Role"),
}


def _paths(service: str) -> Iterator[tuple[str, str]]:
    """Each operation and path of members whose name says a role, in the models."""
    from botocore.loaders import Loader

    model: Mapping[str, Any] = Loader().load_service_model(service, "service-2")
    for operation, entry in sorted(model["operations"].items()):
        if "input" in entry:
            for path in _role_paths(model["shapes"], entry["input"]["shape"], "", frozenset()):
                yield operation, path


def _role_paths(shapes: Mapping[str, Any], name: str, start: str, above: frozenset[str]) -> Iterator[str]:
    shape = shapes[name]
    if name in above:
        return
    if shape["type"] == "structure":
        for member, ref in shape["members"].items():
            if _ROLE_LIKE.search(member):
                yield f"{start}{member}"
            else:
                yield from _role_paths(shapes, ref["shape"], f"{start}{member}.", above | {name})
    elif shape["type"] in ("list", "map"):
        inner = shape["member" if shape["type"] == "list" else "value"]["shape"]
        yield from _role_paths(shapes, inner, start, above | {name})


@pytest.mark.parametrize("service", SERVICES)
def test_every_role_is_passed_or_listed_with_a_reason(service: str) -> None:
    unknown = []
    for operation, path in _paths(service):
        way = way_of(service, operation)
        if isinstance(way, Refused):
            continue
        found = isinstance(way, Row) or not way.reads
        known = path.rpartition(".")[2] in _passes(service) and found
        place = (service, operation, path)
        if not known and not {place} & {*BY_ROWS, *NOT_PASSED, *TO_WHOM_IS_NOT_KNOWN}:
            unknown.append((operation, path, way))
    assert not unknown, PASSING


def test_the_lists_name_only_parameters_that_exist() -> None:
    walked = {(service, *place) for service in SERVICES for place in _paths(service)}
    assert set(NOT_PASSED) <= walked
    assert set(BY_ROWS) | TO_WHOM_IS_NOT_KNOWN <= walked


@pytest.mark.parametrize(("place", "made"), list(BY_ROWS.items()))
def test_a_role_that_a_row_reads_is_passed(place: tuple[str, str, str], made: tuple[dict[str, object], str]) -> None:
    service, operation, _ = place
    parameters, principal = made
    (asked,) = [each for each in asks_of(service, operation, parameters, STATE) if each.action == "iam:PassRole"]
    assert asked.resource == ROLE
    assert asked.context["iam:PassedToService"] == f"{principal}.amazonaws.com", PASSING


# (service, operation, parameters, the principal that gets the role, None where AWS's pages do not agree, page)
BY_MEMBER: list[tuple[str, str, dict[str, object], str | None, str]] = [
    ("logs", "PutDestination", {"destinationName": "d", "targetArn": "t", "roleArn": ROLE}, "logs.amazonaws.com", "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutDestination.html"),
    ("logs", "CreateImportTask", {"importSourceArn": "s", "importRoleArn": ROLE}, "cloudtrail.amazonaws.com", "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateImportTask.html"),
    ("cloudwatch", "PutMetricStream", {"Name": "s", "RoleArn": ROLE}, "streams.metrics.cloudwatch.amazonaws.com", "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html"),
    ("cloudwatch", "PutLogAlarm", {"AlarmName": "a", "ActionLogLineRoleArn": ROLE}, "cloudwatch.amazonaws.com", "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html"),
    ("ssm", "CreateAssociation", {"Name": "d", "AssociationDispatchAssumeRole": ROLE}, "ssm.amazonaws.com", "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html"),
    ("ssm", "RegisterTaskWithMaintenanceWindow", {"WindowId": "mw-1", "ServiceRoleArn": ROLE}, "ssm.amazonaws.com", "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html"),
    ("secretsmanager", "RotateSecret", {"SecretId": "s", "ExternalSecretRotationRoleArn": ROLE}, "secretsmanager.amazonaws.com", "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html"),
    ("lambda", "CreateCapacityProvider", {"CapacityProviderName": "c", "PermissionsConfig": {"CapacityProviderOperatorRoleArn": ROLE}}, "lambda.amazonaws.com", "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html"),
    ("redshift", "CreateScheduledAction", {"IamRole": ROLE}, "scheduler.redshift.amazonaws.com", "https://docs.aws.amazon.com/redshift/latest/mgmt/managing-cluster-operations.html"),
    ("dms", "CreateDataMigration", {"MigrationProjectIdentifier": f"arn:aws:dms:{HERE}:migration-project:A", "ServiceAccessRoleArn": ROLE}, "dms.amazonaws.com", "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsdatabasemigrationservice.html"),
    ("dms", "CreateDataProvider", {"Settings": {"OracleSettings": {"S3AccessRoleArn": ROLE}}}, None, "https://docs.aws.amazon.com/dms/latest/userguide/schema-conversion-permissions.html"),
    ("dynamodb", "UpdateTableReplicaAutoScaling", {"TableName": "t", "ProvisionedWriteCapacityAutoScalingUpdate": {"AutoScalingRoleArn": ROLE}}, "application-autoscaling.amazonaws.com", "https://docs.aws.amazon.com/autoscaling/application/userguide/security_iam_id-based-policy-examples.html"),
    ("ec2", "CreateFlowLogs", {"ResourceIds": ["vpc-1"], "ResourceType": "VPC", "DeliverLogsPermissionArn": ROLE}, "vpc-flow-logs.amazonaws.com", "https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html"),
]  # fmt: skip


@pytest.mark.parametrize(("service", "operation", "parameters", "principal", "page"), BY_MEMBER)
def test_to_which_service_a_role_is_passed(
    service: str, operation: str, parameters: dict[str, object], principal: str | None, page: str
) -> None:
    bound = bind(call(service, operation, parameters), STATE)
    assert isinstance(bound, Bound), bound
    (asked,) = [each for each in bound.asks if each.action == "iam:PassRole"]
    assert asked.resource == ROLE
    assert asked.context.get("iam:PassedToService") == principal, page
    assert (principal is None) == ("iam:PassedToService" in asked.unknown)


def test_a_role_for_whom_it_is_not_known() -> None:
    parameters = {"Bucket": "b", "AnnotationTableConfiguration": {"Role": ROLE}}
    bound = bind(call("s3", "UpdateBucketMetadataAnnotationTableConfiguration", parameters), STATE)
    assert isinstance(bound, Bound)
    assert "iam:PassedToService" in bound.asks[-1].unknown


def test_roles_that_are_not_passed_ask_nothing() -> None:
    token = {"LicenseArn": "arn:aws:license-manager::111122223333:license:l", "RoleArns": [ROLE]}
    template = {"LaunchTemplateName": "t", "LaunchTemplateData": {"IamInstanceProfile": {"Arn": PROFILE}}}
    flow = {"ResourceIds": ["vpc-1"], "DeliverCrossAccountRole": "arn:aws:iam::444455556666:role/theirs"}
    for service, operation, parameters in [
        ("license-manager", "CreateToken", token),
        ("ec2", "CreateLaunchTemplate", template),
        ("ec2", "CreateFlowLogs", flow),
        ("organizations", "CreateAccount", {"AccountName": "a", "Email": "e", "RoleName": "r"}),
        ("redshift", "ModifyClusterIamRoles", {"ClusterIdentifier": "c", "RemoveIamRoles": [ROLE]}),
    ]:
        asks = asks_of(service, operation, parameters, STATE)
        assert not [each for each in asks if each.action == "iam:PassRole"], operation


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "resource", "basis"),
    [
        ("lambda", "CreateFunction", {"FunctionName": "f", "Code": {}, "Role": ROLE}, f"arn:aws:lambda:{HERE}:function:f", Basis.TABLE),
        ("dms", "CreateEndpoint", {"S3Settings": {"ServiceAccessRoleArn": ROLE}}, f"arn:aws:dms:{HERE}:endpoint:*", Basis.TABLE),
        ("redshift", "CreateCluster", {"ClusterIdentifier": "c", "IamRoles": [ROLE]}, f"arn:aws:redshift:{HERE}:cluster:c", Basis.SAME_NAME),
    ],
)  # fmt: skip
def test_the_resource_that_gets_a_role(
    service: str, operation: str, parameters: dict[str, object], resource: str, basis: Basis
) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html"""
    asks = asks_of(service, operation, parameters, STATE, basis)
    (passed,) = [each for each in asks if each.action == "iam:PassRole"]
    assert passed.context["iam:AssociatedResourceArn"] == resource
