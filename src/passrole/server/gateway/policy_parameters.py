"""Which parameter of which operation is a resource policy, and how the service refuses a malformed one.

Source: the API reference of each operation, its section Errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True, slots=True)
class Written:
    """Where a document is in a call, and how the service refuses one.

    `{}` in a message stands for what is wrong in the words of IAM. `clears` says that an empty text takes the policy
    away; `resources` that each statement names what it is about.
    """

    path: tuple[str, ...]
    code: str
    message: str = "{}"
    principal: str | None = None
    """The message for a principal that is not there, where it is another."""
    clears: bool = False
    resources: bool = True


_KMS: Final = Written(
    ("Policy",),
    "MalformedPolicyDocumentException",
    principal="Policy contains a statement with one or more invalid principals.",
)
_QUEUE: Final = Written(
    ("Attributes", "Policy"), "InvalidAttributeValue", "Invalid value for the parameter Policy.", clears=True
)
OF_TOPIC: Final = Written(
    ("Attributes", "Policy"),
    "InvalidParameter",
    "Invalid parameter: Policy Error: {}",
    "Invalid parameter: Policy Error: PrincipalNotFound",
    clears=True,
)
_LOGS: Final = Written(("policyDocument",), "InvalidParameterException")
_DOMAIN: Final = Written(("AccessPolicies",), "ValidationException", clears=True)

WRITTEN: Final[Mapping[tuple[str, str], Written]] = {
    ("acm-pca", "PutPolicy"): Written(("Policy",), "InvalidPolicyException"),
    ("backup", "PutBackupVaultAccessPolicy"): Written(("Policy",), "InvalidParameterValueException"),
    ("codebuild", "PutResourcePolicy"): Written(("policy",), "InvalidInputException"),
    ("dynamodb", "CreateTable"): Written(("ResourcePolicy",), "ValidationException", "Invalid policy document: {}"),
    ("dynamodb", "PutResourcePolicy"): Written(("Policy",), "ValidationException", "Invalid policy document: {}"),
    ("ecr", "PutRegistryPolicy"): Written(("policyText",), "ValidationException"),
    ("ecr", "SetRepositoryPolicy"): Written(
        ("policyText",),
        "InvalidParameterException",
        "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'",
        resources=False,
    ),
    ("efs", "PutFileSystemPolicy"): Written(("Policy",), "InvalidPolicyException", resources=False),
    ("es", "CreateElasticsearchDomain"): _DOMAIN,
    ("es", "UpdateElasticsearchDomainConfig"): _DOMAIN,
    ("glacier", "SetVaultAccessPolicy"): Written(("policy", "Policy"), "InvalidParameterValueException"),
    ("glue", "PutResourcePolicy"): Written(("PolicyInJson",), "InvalidInputException"),
    ("kinesis", "PutResourcePolicy"): Written(("Policy",), "InvalidArgumentException"),
    ("kms", "CreateKey"): _KMS,
    ("kms", "PutKeyPolicy"): _KMS,
    ("kms", "ReplicateKey"): _KMS,
    ("logs", "PutDestinationPolicy"): replace(_LOGS, path=("accessPolicy",)),
    ("logs", "PutResourcePolicy"): _LOGS,
    ("opensearch", "CreateDomain"): _DOMAIN,
    ("opensearch", "UpdateDomainConfig"): _DOMAIN,
    ("s3", "PutBucketPolicy"): Written(("Policy",), "MalformedPolicy", principal="Invalid principal in policy"),
    ("secretsmanager", "PutResourcePolicy"): Written(
        ("ResourcePolicy",),
        "MalformedPolicyDocumentException",
        principal="This resource policy contains an unsupported principal.",
    ),
    ("ses", "PutIdentityPolicy"): Written(("Policy",), "InvalidPolicy"),
    ("sesv2", "CreateEmailIdentityPolicy"): Written(("Policy",), "BadRequestException"),
    ("sesv2", "UpdateEmailIdentityPolicy"): Written(("Policy",), "BadRequestException"),
    ("sns", "CreateTopic"): OF_TOPIC,
    ("sqs", "CreateQueue"): _QUEUE,
    ("sqs", "SetQueueAttributes"): _QUEUE,
}
