"""The name of a service principal in each partition: `ec2.amazonaws.com`, in China `ec2.amazonaws.com.cn`.

The rule is that a service has one name, `SERVICE.amazonaws.com`, in every partition: the DNS suffix of the
partition plays no part ("The global service principal is always correct, when referenced from within a region",
AWS CDK, packages/aws-cdk-lib/region-info). The rows below are the exceptions that AWS itself shows, in its
managed policies or in CDK. The rule was seen at work for VM Import/Export: AWS's AWSServiceRoleForImageBuilder
lets a role be passed to ec2.amazonaws.com, ec2.amazonaws.com.cn and vmie.amazonaws.com, with no Chinese name for
the last.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from passrole.catalog.partitions import partition, partitions

_MANAGED_POLICY_REFERENCE: Final = "https://docs.aws.amazon.com/aws-managed-policy/latest/reference"
_CDK: Final = "https://github.com/aws/aws-cdk/blob/main/packages/aws-cdk-lib/region-info/lib/default.ts"


class Evidence(Enum):
    """How a name is known."""

    AWS = "aws"
    """AWS writes it: on a page, in a managed policy, or in CDK."""
    RULE = "rule"
    """It follows from the rule; nothing seen contradicts it."""


@dataclass(frozen=True, slots=True)
class ServicePrincipal:
    """A service principal's name in one partition."""

    name: str
    """What to write in a trust policy."""
    also: tuple[str, ...]
    """Names that mean the same service there, and may be what iam:PassedToService holds."""
    evidence: Evidence
    source: str

    @property
    def names(self) -> tuple[str, ...]:
        """Every name, the one to write first: what a condition on iam:PassedToService should list."""
        return (self.name, *self.also)


# (service, partition) -> (name is the partition's own, the universal name is good as well, source)
# EC2 in China: the console writes ec2.amazonaws.com.cn, IAM once refused the universal name there
# (https://github.com/aws/aws-cdk/issues/1282), and now takes both (https://github.com/aws/aws-cdk/pull/22589).
_PARTITION_NAMES: Final[dict[tuple[str, str], tuple[bool, str]]] = {
    ("ec2", "aws-cn"): (True, f"{_MANAGED_POLICY_REFERENCE}/AWSServiceRoleForImageBuilder.html"),
    ("application-autoscaling", "aws-cn"): (
        True,
        f"{_MANAGED_POLICY_REFERENCE}/AmazonDynamoDBFullAccess.html",
    ),
    ("autoscaling", "aws-cn"): (True, f"{_MANAGED_POLICY_REFERENCE}/AmazonLaunchWizardFullAccessV2.html"),
    ("events", "aws-cn"): (True, f"{_MANAGED_POLICY_REFERENCE}/AmazonLaunchWizardFullAccessV2.html"),
    ("elasticmapreduce", "aws-cn"): (False, _CDK),
    ("cloudhsm", "aws-iso"): (False, _CDK),
    ("config", "aws-iso"): (False, _CDK),
    ("workspaces", "aws-iso"): (False, _CDK),
    ("dms", "aws-iso-b"): (False, _CDK),
}

# The services of the built-in recipes, each on a page of AWS that prints its name in partition aws.
_PRINTED: Final = {
    "dms": "https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Security.html",
    "redshift": "https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Security.html",
    "vmie": "https://docs.aws.amazon.com/vm-import/latest/userguide/required-permissions.html",
    "sms": "https://docs.aws.amazon.com/server-migration-service/latest/userguide/SMS_setup.html",
    "ec2": "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-ec2.html",
    "ssm": "https://docs.aws.amazon.com/systems-manager/latest/userguide/hybrid-multicloud-service-role.html",
}


def service_principal(service: str, partition_id: str = "aws") -> ServicePrincipal:
    """The principal of a service, given as `dms` or by its name in any partition (`dms.amazonaws.com`).

    A name with more parts (`dms.eu-west-1.amazonaws.com`, `schema-conversion.dms.amazonaws.com`) is a service of
    its own and keeps them. Raises UnknownPartitionError.
    """
    suffix = partition(partition_id).dns_suffix
    prefix = service_prefix(service)
    universal = f"{prefix}.amazonaws.com"
    exception = _PARTITION_NAMES.get((prefix, partition_id))
    if exception is None:
        page = _PRINTED.get(prefix) if partition_id == "aws" else None
        return ServicePrincipal(universal, (), Evidence.AWS if page else Evidence.RULE, page or _CDK)
    universal_is_good, source = exception
    return ServicePrincipal(f"{prefix}.{suffix}", (universal,) if universal_is_good else (), Evidence.AWS, source)


def service_prefix(service: str) -> str:
    """`dms` of `dms.amazonaws.com`; what has no partition's suffix is returned as it is."""
    # The longest suffix first: amazonaws.com.cn does not end in amazonaws.com, but another might.
    for suffix in sorted({p.dns_suffix for p in partitions().values()}, key=len, reverse=True):
        if service.endswith(f".{suffix}"):
            return service[: -len(suffix) - 1]
    return service


def is_service_principal_name(name: str) -> bool:
    """True when `name` has the form of a service principal: something before the DNS suffix of a partition."""
    return service_prefix(name) not in (name, "")
