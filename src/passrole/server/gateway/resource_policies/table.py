"""Policies that one operation shows, by service and type of resource.

Sources: the API reference of each operation, `https://docs.aws.amazon.com/SERVICE/latest/APIReference/API_OPERATION.html`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from passrole.activity.bind.operations import operations_of, plain
from passrole.engine.stack import Known as KnownLayer
from passrole.engine.stack import Layer, Unknown
from passrole.policy.arn import Arn
from passrole.server.gateway.resource_policies.resource_side import document_layer, joined, text_member
from passrole.server.gateway.state.of_service import Place


@dataclass(frozen=True, slots=True)
class Shown:
    """`parameters` may hold `{arn}`, and `{name}` for the resource part of the ARN after `start`, up to a `/` or `:`.

    `path` leads to the document in the answer; `start` empty stands for every resource of the service.
    """

    start: str
    service: str
    operation: str
    parameters: Mapping[str, str]
    path: tuple[str, ...]


_ARN: Final = {"ResourceArn": "{arn}"}
_OF_WORKSPACE: Final = ("amp", "DescribeResourcePolicy", {"workspaceId": "{name}"}, ("policyDocument",))
_BY_ARN: Final = {"Arn": "{arn}"}
_TABLE: Final[Mapping[str, tuple[Shown, ...]]] = {
    "aps": (Shown("workspace/", *_OF_WORKSPACE), Shown("rulegroupsnamespace/", *_OF_WORKSPACE)),
    "backup": (
        Shown("backup-vault:", "backup", "GetBackupVaultAccessPolicy", {"BackupVaultName": "{name}"}, ("Policy",)),
    ),
    "codebuild": (
        Shown("project/", "codebuild", "GetResourcePolicy", {"resourceArn": "{arn}"}, ("policy",)),
        Shown("report-group/", "codebuild", "GetResourcePolicy", {"resourceArn": "{arn}"}, ("policy",)),
    ),
    "dsql": (Shown("cluster/", "dsql", "GetClusterPolicy", {"identifier": "{name}"}, ("policy",)),),
    "ecr": (
        Shown("repository/", "ecr", "GetRepositoryPolicy", {"repositoryName": "{rest}"}, ("policyText",)),
        Shown("", "ecr", "GetRegistryPolicy", {}, ("policyText",)),
    ),
    "elasticfilesystem": (
        Shown("file-system/", "efs", "DescribeFileSystemPolicy", {"FileSystemId": "{name}"}, ("Policy",)),
    ),
    "es": (
        Shown(
            "domain/",
            "opensearch",
            "DescribeDomainConfig",
            {"DomainName": "{name}"},
            ("DomainConfig", "AccessPolicies", "Options"),
        ),
    ),
    "events": (Shown("event-bus/", "events", "DescribeEventBus", {"Name": "{rest}"}, ("Policy",)),),
    "glacier": (
        Shown(
            "vaults/",
            "glacier",
            "GetVaultAccessPolicy",
            {"accountId": "-", "vaultName": "{name}"},
            ("policy", "Policy"),
        ),
    ),
    "glue": (Shown("", "glue", "GetResourcePolicy", {}, ("PolicyInJson",)),),
    "kinesis": (Shown("stream/", "kinesis", "GetResourcePolicy", {"ResourceARN": "{arn}"}, ("Policy",)),),
    "mediastore": (Shown("container/", "mediastore", "GetContainerPolicy", {"ContainerName": "{name}"}, ("Policy",)),),
    "organizations": (Shown("", "organizations", "DescribeResourcePolicy", {}, ("ResourcePolicy", "Content")),),
    "redshift": (Shown("namespace:", "redshift", "GetResourcePolicy", _ARN, ("ResourcePolicy", "Policy")),),
    "route53resolver": (
        Shown(
            "firewall-rule-group/",
            "route53resolver",
            "GetFirewallRuleGroupPolicy",
            _BY_ARN,
            ("FirewallRuleGroupPolicy",),
        ),
        Shown(
            "resolver-query-log-config/",
            "route53resolver",
            "GetResolverQueryLogConfigPolicy",
            _BY_ARN,
            ("ResolverQueryLogConfigPolicy",),
        ),
        Shown("resolver-rule/", "route53resolver", "GetResolverRulePolicy", _BY_ARN, ("ResolverRulePolicy",)),
    ),
    "s3vectors": (Shown("bucket/", "s3vectors", "GetVectorBucketPolicy", {"vectorBucketName": "{name}"}, ("policy",)),),
    "sagemaker": (
        Shown(
            "model-package-group/",
            "sagemaker",
            "GetModelPackageGroupPolicy",
            {"ModelPackageGroupName": "{name}"},
            ("ResourcePolicy",),
        ),
        Shown(
            "lineage-group/", "sagemaker", "GetLineageGroupPolicy", {"LineageGroupName": "{name}"}, ("ResourcePolicy",)
        ),
    ),
    "secretsmanager": (
        Shown("secret:", "secretsmanager", "GetResourcePolicy", {"SecretId": "{arn}"}, ("ResourcePolicy",)),
    ),
    "sns": (Shown("", "sns", "GetTopicAttributes", {"TopicArn": "{arn}"}, ("Attributes", "Policy")),),
}


def table_layer(place: Place, resource: Arn) -> Layer | None:
    """None for a service of which nothing is in the table, and no operation of the usual form."""
    rows = _TABLE.get(resource.service) or usual_rows(resource.service, place.service)
    if not rows:
        return None
    if "*" in resource.resource or "?" in resource.resource:
        return KnownLayer()  # What is yet to be has no policy.
    return joined(*(_layer(place, resource, row) for row in rows if resource.resource.startswith(row.start)))


def _layer(place: Place, resource: Arn, row: Shown) -> Layer:
    rest = resource.resource.removeprefix(row.start)
    name = rest.partition("/")[0].partition(":")[0]
    parameters = {
        member: text.replace("{arn}", str(resource)).replace("{rest}", rest).replace("{name}", name)
        for member, text in row.parameters.items()
    }
    answer = place.read(row.service, row.operation, resource, **parameters)
    return document_layer(f"policy of {resource}", text_member(answer, *row.path))


_USUAL: Final = (
    "GetResourcePolicy",
    "GetPolicy",
    "GetClusterPolicy",
    "DescribeResourcePolicy",
    "GetPermissionPolicy",
)
_DOCUMENTS: Final = frozenset({"policy", "policydocument", "resourcepolicy", "resourcepolicydocument"})


@cache
def usual_rows(arn_service: str, called: str) -> tuple[Shown, ...]:
    """For a service whose model has an operation that takes an ARN alone and answers with a policy."""
    for service in dict.fromkeys((called, arn_service)):
        operations = operations_of(service)
        if arn_service not in {operation.prefix for operation in operations.values()}:
            continue
        for name in _USUAL:
            operation = operations.get(name)
            if operation is None:
                continue
            member = next(
                (each for each in operation.members if plain(each).endswith("arn") and operation.required <= {each}),
                None,
            )
            shown = next((each for each in _members(service, name) if plain(each) in _DOCUMENTS), None)
            if member is not None and shown is not None:
                return (Shown("", service, name, {member: "{arn}"}, (shown,)),)
    return ()


def _members(service: str, operation: str) -> tuple[str, ...]:
    """Those of the answer that are texts."""
    from passrole.account.aws_models import shared_loader

    model = shared_loader().load_service_model(service, "service-2")
    shapes = model["shapes"]
    members = shapes[model["operations"][operation]["output"]["shape"]]["members"]
    return tuple(name for name, member in members.items() if shapes[member["shape"]]["type"] == "string")


def unread(resource: Arn) -> Unknown:
    return Unknown(f"passrole does not read resource-based policies of {resource.service}")
