"""Services that list tags by a resource's ARN, as most do: the operation is found in the model of the service."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

from passrole.activity.bind.operations import Operation, operations_of, plain
from passrole.activity.bind.state import Answer, Encryption, Known, NoSuchThing
from passrole.activity.bind.tags import tags_in
from passrole.policy.arn import Arn
from passrole.server.gateway.readings import Answered
from passrole.server.gateway.state.kms import customer_key
from passrole.server.gateway.state.of_service import OfService, member_of, texts_of

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

    def _customer_key(self, answer: Answered, *path: str) -> Answer[Encryption]:
        """From the member of an answer that names a key; nothing is named where the service's own key is used."""
        if not isinstance(answer, Known):
            return answer
        named = member_of(answer.value, *path)
        return customer_key(self.place, str(named), self.place.account) if named else Known(Encryption("AES256"))

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

    def encryption(self, resource: Arn) -> Answer[Encryption]:
        name = resource.resource.split(":")[1]
        return self._customer_key(self.read("GetFunctionConfiguration", resource, FunctionName=name), "KMSKeyArn")

    def tagged_arn(self, resource: Arn) -> str:
        """Tags are the function's, not a version's or an alias's."""
        return ":".join(str(resource).split(":")[:7])


class SnsState(TaggedByArn):
    service = "sns"

    def encryption(self, resource: Arn) -> Answer[Encryption]:
        answer = self.read("GetTopicAttributes", resource, TopicArn=str(resource))
        return self._customer_key(answer, "Attributes", "KmsMasterKeyId")


class LogsState(TaggedByArn):
    service = "logs"

    def encryption(self, resource: Arn) -> Answer[Encryption]:
        name = resource.resource.removeprefix("log-group:").partition(":")[0]
        answer = self.read("DescribeLogGroups", resource, logGroupNamePrefix=name)
        if not isinstance(answer, Known):
            return answer
        listed = answer.value.get("logGroups")
        groups = [each for each in (listed if isinstance(listed, list) else []) if each.get("logGroupName") == name]
        return self._customer_key(Known(groups[0]), "kmsKeyId") if groups else NoSuchThing()

    def stands_for(self, resource: Arn) -> Answer[str]:
        """The log group of a query. Queries are listed by group, so that each group is looked through."""
        kind, _, query = resource.resource.partition(":")
        if kind != "log-group":
            return super().stands_for(resource)
        groups = self._all(resource, "DescribeLogGroups", "logGroups")
        if not isinstance(groups, Known):
            return groups
        for name in texts_of(groups.value, "logGroupName"):
            queries = self._all(resource, "DescribeQueries", "queries", logGroupName=name)
            if not isinstance(queries, Known):
                return queries
            if query in texts_of(queries.value, "queryId"):
                start = f"arn:{resource.partition}:logs:{resource.region}:{resource.account}"
                return Known(f"{start}:log-group:{name}")
        return NoSuchThing()

    def _all(self, resource: Arn, operation: str, member: str, **parameters: str) -> Answer[tuple[object, ...]]:
        return self.place.readings.all_of(
            "logs", operation, member, region=resource.region, account=resource.account, **parameters
        )

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


class EcsState(TaggedByArn):
    service = "ecs"

    def stands_for(self, resource: Arn) -> Answer[str]:
        """The latest revision of a task definition that is named without one."""
        kind, _, name = resource.resource.partition("/")
        if kind != "task-definition":
            return super().stands_for(resource)
        answer = self.read("DescribeTaskDefinition", resource, taskDefinition=name)
        found = member_of(answer.value, "taskDefinition", "taskDefinitionArn") if isinstance(answer, Known) else None
        return Known(str(found)) if found else (NoSuchThing() if isinstance(answer, Known) else answer)


class DynamoDbState(TaggedByArn):
    service = "dynamodb"

    def encryption(self, resource: Arn) -> Answer[Encryption]:
        answer = self.read("DescribeTable", resource, TableName=resource.resource.split("/")[1])
        return self._customer_key(answer, "Table", "SSEDescription", "KMSMasterKeyArn")

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
