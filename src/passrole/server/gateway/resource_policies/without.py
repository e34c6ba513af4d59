"""Resources that have no policies of their own.

Source: IAM User Guide, "AWS services that work with IAM", the column of resource-based policies
<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html>
"""

from __future__ import annotations

from typing import Final

from passrole.policy.arn import Arn

_WITHOUT: Final = frozenset({"cloudwatch", "dms", "ec2", "iam", "license-manager"})
"""By the service in the ARN. iam: only roles have one, which says who assumes them and no more."""


def has_no_policies(resource: Arn) -> bool:
    return resource.service in _WITHOUT
