"""Services whose resources have no policies of their own.

A service has none to read where AWS publishes no action that would put one: none at the access level "Permissions
management", and none whose name says so. Of those that remain the table below takes out the ones whose policies are
of another kind (scaling policies, stack policies, cache policies).
Source: Service Authorization Reference, "access level"
<https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>;
IAM User Guide, "AWS services that work with IAM", column "Resource-based policies"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html>
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

_PUTS: Final = re.compile(r"(Put|Set|Add|Update|Modify|Create|Attach).*(Polic(y|ies)|Permissions?)", re.IGNORECASE)

_OTHER_POLICIES: Final = frozenset(
    {
        "apigateway",  # Policies of REST APIs and domain names are about execute-api.
        "application-autoscaling",
        "autoscaling",
        "batch",
        "cloudformation",
        "cloudwatch",
        "dlm",
        "ds",
        "ec2",
        "ecs",
        "elasticloadbalancing",
        "elasticmapreduce",
        "gamelift",
        "health",
        "iam",  # Only roles have one, which says who assumes them and no more.
        "iot",
        "license-manager",
        "rds",
        "route53",
        "securityhub",
        "storagegateway",
    }
)


@cache
def has_no_policies(service: str) -> bool:
    """By the service in an ARN."""
    from passrole.catalog.actions import AccessLevel, actions_of, get_action, is_known_service

    if service in _OTHER_POLICIES:
        return True
    if not is_known_service(service):
        return False
    for name in actions_of(service):
        action = get_action(name if ":" in name else f"{service}:{name}")
        if action is None or AccessLevel.PERMISSIONS_MANAGEMENT in action.access_levels:
            return False
        if _PUTS.fullmatch(action.name.partition(":")[2]):
            return False
    return True
