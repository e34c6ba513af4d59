"""Services whose resources have no policies of their own.

A service has none to read where AWS publishes no action whose name says that it puts one. Of those that remain the
table below takes out the ones whose policies are of another kind (scaling, stacks, permissions of their own).
Sources: the actions of each service in the Service Authorization Reference,
<https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>
and IAM User Guide, "AWS services that work with IAM", column "Resource-based policies"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html>
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

_PUTS: Final = re.compile(r"(Put|Set|Add|Update|Modify|Create|Attach).*(Polic(y|ies)|Permissions?)", re.IGNORECASE)

_OTHER_POLICIES: Final = frozenset(
    {
        "aoss",  # Data access policies of OpenSearch Serverless name no IAM actions.
        "apigateway",  # Policies of REST APIs and domain names are about execute-api.
        "application-autoscaling",
        "appmesh",  # Shared by AWS RAM, which writes the policy itself; so the next of this kind.
        "appstream",
        "appsync",  # AWS RAM
        "autoscaling",
        "batch",
        "clouddirectory",
        "cloudformation",
        "cloudwatch",
        "dlm",
        "ds",
        "ec2",
        "ecs",
        "elasticloadbalancing",
        "elasticmapreduce",
        "fms",
        "fsx",  # AWS RAM
        "gamelift",
        "grafana",
        "health",
        "iam",  # Only roles have one, which says who assumes them and no more.
        "iot",
        "iotsitewise",
        "ivs",
        "lakeformation",
        "license-manager",
        "mediaconvert",
        "quicksight",
        "ram",
        "rds",
        "resiliencehub",
        "resource-groups",
        "route53",
        "securityhub",
        "servicecatalog",  # AWS RAM
        "servicediscovery",  # AWS RAM
        "sso",
        "storagegateway",
        "verifiedpermissions",
        "workspaces",
    }
)
"""Where what the actions put are permissions of another kind, or where no operation of the API puts them."""


@cache
def has_no_policies(service: str) -> bool:
    """By the service in an ARN."""
    from passrole.catalog.actions import actions_of, get_action, is_known_service

    if service in _OTHER_POLICIES:
        return True
    if not is_known_service(service):
        return False
    for name in actions_of(service):
        action = get_action(name if ":" in name else f"{service}:{name}")
        if action is None or _PUTS.fullmatch(action.name.partition(":")[2]):
            return False
    return True
