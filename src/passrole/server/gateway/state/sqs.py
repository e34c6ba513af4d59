"""SQS: a queue's tags, and its key of KMS where it has one."""

from __future__ import annotations

from collections.abc import Mapping

from passrole.activity.bind.state import Answer, Encryption, Known, NoSuchThing, NotKnown
from passrole.policy.arn import Arn
from passrole.server.gateway.readings import Answered
from passrole.server.gateway.state.kms import key_named
from passrole.server.gateway.state.of_service import OfService, Place, member_of, tags_under


class SqsState(OfService):
    service = "sqs"

    def tags(self, resource: Arn) -> Answer[Mapping[str, str]]:
        url = queue_url(self.place, resource)
        if not isinstance(url, Known):
            return url
        return tags_under(self.read("ListQueueTags", resource, QueueUrl=url.value), "Tags")

    def encryption(self, resource: Arn) -> Answer[Encryption]:
        answer = queue_attributes(self.place, resource)
        if not isinstance(answer, Known):
            return answer
        named = member_of(answer.value, "Attributes", "KmsMasterKeyId")
        if not named:
            return Known(Encryption("AES256"))
        key = key_named(self.place, str(named), resource.account)
        if isinstance(key, Known):
            return Known(Encryption("aws:kms", key.value))
        return NotKnown(f"the KMS key `{named}` is not there") if isinstance(key, NoSuchThing) else key


def queue_url(place: Place, queue: Arn) -> Answer[str]:
    answer = place.read("sqs", "GetQueueUrl", queue, QueueName=queue.resource)
    return Known(str(answer.value["QueueUrl"])) if isinstance(answer, Known) else answer


def queue_attributes(place: Place, queue: Arn) -> Answered:
    url = queue_url(place, queue)
    if not isinstance(url, Known):
        return url
    return place.read("sqs", "GetQueueAttributes", queue, QueueUrl=url.value, AttributeNames=["All"])
