"""A queue's access policy.

Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-using-identity-based-policies.html>
"""

from __future__ import annotations

from passrole.policy.arn import Arn
from passrole.server.gateway.resource_policies.resource_side import NOTHING, ResourceSide, document_layer, text_member
from passrole.server.gateway.state.of_service import Place
from passrole.server.gateway.state.sqs import queue_attributes


def queue_side(place: Place, queue: Arn) -> ResourceSide:
    if not queue.resource or "*" in queue.resource:
        return NOTHING
    attributes = queue_attributes(place, queue)
    return ResourceSide(
        document_layer(f"policy of queue {queue.resource}", text_member(attributes, "Attributes", "Policy"))
    )
