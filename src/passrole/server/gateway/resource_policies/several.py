"""Services where what covers a resource is not asked by its own ARN: DynamoDB's indexes, log groups, parameters.

Sources: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/access-control-resource-based.html> (the
policy of a table covers its indexes), <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutResourcePolicy.html>
(policies are the account's in a Region, or a log group's), <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetResourcePolicies.html>.
"""

from __future__ import annotations

from collections.abc import Mapping

from passrole.activity.bind.state import Known, NotKnown
from passrole.engine.stack import Known as KnownLayer
from passrole.engine.stack import Layer, Unknown
from passrole.policy.arn import Arn
from passrole.server.gateway.readings import Answered, Lacking
from passrole.server.gateway.resource_policies.resource_side import document_layer, joined, text_member
from passrole.server.gateway.state.of_service import Place, member_of


def dynamodb_layer(place: Place, resource: Arn) -> Layer:
    parts = resource.resource.split("/")
    if parts[0] != "table" or "*" in resource.resource:
        return KnownLayer()
    is_stream = len(parts) > 3 and parts[2] == "stream"
    named = Arn(*_head(resource), "/".join(parts[:4] if is_stream else parts[:2]))
    answer = place.read("dynamodb", "GetResourcePolicy", resource, ResourceArn=str(named))
    return document_layer(f"policy of {named.resource}", text_member(answer, "Policy"))


def logs_layer(place: Place, resource: Arn) -> Layer:
    if resource.resource.startswith("destination:"):
        name = resource.resource.partition(":")[2]
        answer = place.read("logs", "DescribeDestinations", resource, DestinationNamePrefix=name)
        return _listed(answer, "destinations", "accessPolicy", "destinationName", only=name)
    account = place.read("logs", "DescribeResourcePolicies", resource)
    layers = [_listed(account, "resourcePolicies", "policyDocument", "policyName")]
    group = str(resource).partition(":log-stream:")[0]
    if resource.resource.startswith("log-group:") and not group.endswith(("*", ":log-group:")):
        own = place.read("logs", "DescribeResourcePolicies", resource, resourceArn=group, policyScope="RESOURCE")
        layers.append(_listed(own, "resourcePolicies", "policyDocument", "policyName"))
    return joined(*layers)


def ssm_layer(place: Place, resource: Arn) -> Layer:
    if not resource.resource.startswith(("parameter/", "opsitemgroup/")) or not resource.account:
        return KnownLayer()
    answer = place.read("ssm", "GetResourcePolicies", resource, ResourceArn=str(resource))
    return _listed(answer, "Policies", "Policy", "PolicyId")


def xray_layer(place: Place, resource: Arn) -> Layer:
    """The account's policies in a Region <https://docs.aws.amazon.com/xray/latest/api/API_PutResourcePolicy.html>."""
    listed = place.readings.all_of(
        "xray",
        "ListResourcePolicies",
        "ResourcePolicies",
        region=resource.region or place.region,
        account=resource.account or place.account,
    )
    answer: Answered = Known({"ResourcePolicies": list(listed.value)}) if isinstance(listed, Known) else listed
    return _listed(answer, "ResourcePolicies", "PolicyDocument", "PolicyName")


def ses_layer(place: Place, resource: Arn) -> Layer:
    """The policies of an identity, which are listed by their names first."""
    kind, _, identity = resource.resource.partition("/")
    if kind != "identity":
        return KnownLayer()
    names = place.read("ses", "ListIdentityPolicies", resource, Identity=identity)
    listed = names.value.get("PolicyNames") if isinstance(names, Known) else None
    if isinstance(names, Known) and not listed:
        return KnownLayer()
    if not isinstance(names, Known):
        return document_layer(f"policies of {resource.resource}", names)
    answer = place.read("ses", "GetIdentityPolicies", resource, Identity=identity, PolicyNames=listed)
    if not isinstance(answer, Known):
        return document_layer(f"policies of {resource.resource}", answer)
    found = answer.value.get("Policies")
    documents = found if isinstance(found, Mapping) else {}
    return joined(*(document_layer(f"policy {name}", Known(str(text))) for name, text in documents.items()))


def _listed(answer: Answered, member: str, document: str, name: str, *, only: str | None = None) -> Layer:
    if isinstance(answer, Lacking):
        return KnownLayer()
    if isinstance(answer, NotKnown):
        return Unknown(f"resource-based policies could not be read: {answer.reason}")
    listed = answer.value.get(member) if isinstance(answer, Known) else None
    layers = [
        document_layer(f"resource policy {member_of(each, name)}", Known(str(member_of(each, document) or "")))
        for each in (listed if isinstance(listed, list) else [])
        if only is None or member_of(each, name) == only
    ]
    return joined(*layers)


def _head(resource: Arn) -> tuple[str, str, str, str]:
    return resource.partition, resource.service, resource.region, resource.account
