"""Services that list tags by a resource's ARN, as most do: the operation is found in the model of the service."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

from passrole.activity.bind.operations import Operation, operations_of, plain
from passrole.activity.bind.state import Answer, Known, NoSuchThing
from passrole.activity.bind.tags import tags_in
from passrole.policy.arn import Arn
from passrole.server.gateway.state.of_service import OfService, texts_of

_OPERATIONS: Final = ("ListTagsForResource", "ListTagsOfResource", "ListTags", "GetTags")
_MEMBERS: Final = frozenset({"resourcearn", "arn", "resource"})


class TaggedByArn(OfService):
    """A service without a reader of its own; the one that the call is of, where the ARN's prefix is its."""

    def tags(self, resource: Arn) -> Answer[Mapping[str, str]]:
        service = self._service(resource)
        found = tagging_operation(service)
        if found is None:
            return super().tags(resource)
        operation, member = found
        answer = self.place.read(service, operation, resource, **{member: self.tagged_arn(resource)})
        if not isinstance(answer, Known):
            return answer
        tags: dict[str, str] = {}
        for name, value in answer.value.items():
            if "tag" in name.lower():
                tags.update(tags_in(value))
        return Known(tags)

    def tagged_arn(self, resource: Arn) -> str:
        """The ARN by which the service knows the tagged resource."""
        return str(resource)

    def _service(self, resource: Arn) -> str:
        if self.service:
            return self.service
        called = self.place.service
        prefixes = {operation.prefix for operation in operations_of(called).values()}
        return called if resource.service in prefixes else resource.service


class LambdaState(TaggedByArn):
    service = "lambda"

    def tagged_arn(self, resource: Arn) -> str:
        """Tags are the function's, not a version's or an alias's."""
        return ":".join(str(resource).split(":")[:7])


class LogsState(TaggedByArn):
    service = "logs"

    def tagged_arn(self, resource: Arn) -> str:
        return str(resource).partition(":log-stream:")[0].removesuffix(":*")


class RedshiftState(OfService):
    service = "redshift"

    def tags(self, resource: Arn) -> Answer[Mapping[str, str]]:
        answer = self.read("DescribeTags", resource, ResourceName=str(resource))
        if not isinstance(answer, Known):
            return answer
        listed = answer.value.get("TaggedResources")
        return Known(tags_in([each["Tag"] for each in listed] if isinstance(listed, list) else []))


class DynamoDbState(TaggedByArn):
    service = "dynamodb"

    def attribute(self, resource: Arn, name: str) -> Answer[str | tuple[str, ...]]:
        """`PartitionKey` is the name of the attribute that dynamodb:LeadingKeys is about."""
        if name != "PartitionKey":
            return super().attribute(resource, name)
        answer = self.read("DescribeTable", resource, TableName=resource.resource.split("/")[1])
        if not isinstance(answer, Known):
            return answer
        table = answer.value.get("Table")
        schema = table.get("KeySchema") if isinstance(table, Mapping) else None
        keys = [each for each in (schema if isinstance(schema, list) else []) if each.get("KeyType") == "HASH"]
        names = texts_of(keys, "AttributeName")
        return Known(names[0]) if names else NoSuchThing()


@cache
def tagging_operation(service: str) -> tuple[str, str] | None:
    """The operation, and the parameter that takes the ARN, where that is all it needs."""
    operations: Mapping[str, Operation] = operations_of(service)
    for name in _OPERATIONS:
        operation = operations.get(name)
        if operation is None:
            continue
        for member in operation.members:
            if plain(member) in _MEMBERS and operation.required <= {member}:
                return name, member
    return None
