"""Systems Manager: keys of secure parameters, tags by type of resource, and the type of a document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from passrole.activity.bind.state import Answer, Encryption, Known, NoSuchThing, NotKnown
from passrole.policy.arn import Arn
from passrole.server.gateway.state.kms import key_named
from passrole.server.gateway.state.of_service import OfService, member_of, tags_under

_TYPES: Final = {
    "document": "Document",
    "maintenancewindow": "MaintenanceWindow",
    "managed-instance": "ManagedInstance",
    "opsitem": "OpsItem",
    "opsmetadata": "OpsMetadata",
    "parameter": "Parameter",
    "patchbaseline": "PatchBaseline",
}
"""What ListTagsForResource calls the types of resources, by their part of the ARN."""


class SsmState(OfService):
    service = "ssm"

    def owner(self, resource: Arn) -> Answer[str]:
        """AWS's own documents are in no account that is known."""
        return Known(resource.account) if resource.account else NoSuchThing()

    def tags(self, resource: Arn) -> Answer[Mapping[str, str]]:
        kind, _, name = resource.resource.partition("/")
        if kind not in _TYPES or not resource.account:
            return super().tags(resource)
        if kind != "parameter":
            return self._tags(resource, kind, name)
        found = [self._tags(resource, kind, each) for each in _names(name)]
        return next((each for each in found if not isinstance(each, NoSuchThing)), NoSuchThing())

    def encryption(self, resource: Arn) -> Answer[Encryption]:
        found: list[Mapping[str, object]] = []
        for name in _names(resource.resource.partition("/")[2]):
            filters = [{"Key": "Name", "Option": "Equals", "Values": [name]}]
            answer = self.read("DescribeParameters", resource, ParameterFilters=filters)
            if isinstance(answer, NotKnown):
                return answer
            listed = answer.value.get("Parameters") if isinstance(answer, Known) else None
            found += listed if isinstance(listed, list) else []
        if len(found) > 1:
            return NotKnown(f"two parameters have the ARN `{resource}`")
        if not found:
            return NoSuchThing()
        if found[0].get("Type") != "SecureString":
            return Known(Encryption("none"))
        named = str(found[0].get("KeyId") or "alias/aws/ssm")
        key = key_named(self.place, named, resource.account)
        if isinstance(key, Known):
            return Known(Encryption("aws:kms", key.value))
        return NotKnown(f"the KMS key `{named}` is not there") if isinstance(key, NoSuchThing) else key

    def stands_for(self, resource: Arn) -> Answer[str]:
        """The image whose id a parameter holds, as RunInstances reads it."""
        kind, _, name = resource.resource.partition("/")
        if kind != "parameter":
            return super().stands_for(resource)
        for each in _names(name):
            answer = self.read("GetParameter", resource, Name=each)
            if isinstance(answer, NotKnown):
                return answer
            value = member_of(answer.value, "Parameter", "Value") if isinstance(answer, Known) else None
            if isinstance(value, str) and value.startswith("ami-"):
                return Known(f"arn:{resource.partition}:ec2:{resource.region}::image/{value}")
        return NoSuchThing()

    def attribute(self, resource: Arn, name: str) -> Answer[str | tuple[str, ...]]:
        kind, _, named = resource.resource.partition("/")
        if kind != "document" or name != "ssm:DocumentType":
            return super().attribute(resource, name)
        answer = self.read("DescribeDocument", resource, Name=named)
        if not isinstance(answer, Known):
            return answer
        found = member_of(answer.value, "Document", "DocumentType")
        return Known(str(found)) if found else NoSuchThing()

    def _tags(self, resource: Arn, kind: str, name: str) -> Answer[Mapping[str, str]]:
        answer = self.read("ListTagsForResource", resource, ResourceType=_TYPES[kind], ResourceId=name)
        return tags_under(answer, "TagList")


def _names(name: str) -> tuple[str, ...]:
    """The names that a parameter of this ARN can have: one of a hierarchy begins with the slash that an ARN omits."""
    return (f"/{name}",) if "/" in name else (name, f"/{name}")
