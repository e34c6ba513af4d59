"""The resource's side of a question: which service's policies are asked, in whose account."""

from __future__ import annotations

from passrole.activity.bind.model import ApiCall, Asked
from passrole.engine.stack import Unknown
from passrole.policy.arn import Arn, ArnError
from passrole.server.gateway.resource_policies.kms import key_side
from passrole.server.gateway.resource_policies.lambda_functions import lambda_layer
from passrole.server.gateway.resource_policies.resource_side import NOTHING, ResourceSide
from passrole.server.gateway.resource_policies.s3 import bucket_side
from passrole.server.gateway.resource_policies.several import (
    dynamodb_layer,
    logs_layer,
    ses_layer,
    ssm_layer,
    xray_layer,
)
from passrole.server.gateway.resource_policies.sqs import queue_side
from passrole.server.gateway.resource_policies.table import table_layer, unread
from passrole.server.gateway.resource_policies.without import has_no_policies
from passrole.server.gateway.state.of_service import Place


def resource_side(place: Place, call: ApiCall, asked: Asked, owner: str, *, outsider: bool = True) -> ResourceSide:
    """What the resource of a question says itself; `owner` is the account that has it, an `outsider` of another."""
    if asked.resource == "*":
        return NOTHING
    try:
        arn = Arn.parse(asked.resource)
    except ArnError:
        return ResourceSide(Unknown(f"`{asked.resource}` is not an ARN, and its policies could not be read"))
    match arn.service:
        case "s3":
            return bucket_side(place, call, asked, arn, owner, outsider=outsider)
        case "kms":
            return key_side(place, arn)
        case "sqs":
            return queue_side(place, arn)
        case "lambda":
            return ResourceSide(lambda_layer(place, arn))
        case "dynamodb":
            return ResourceSide(dynamodb_layer(place, arn))
        case "logs":
            return ResourceSide(logs_layer(place, arn))
        case "ses":
            return ResourceSide(ses_layer(place, arn))
        case "ssm":
            return ResourceSide(ssm_layer(place, arn))
        case "xray":
            return ResourceSide(xray_layer(place, arn))
    layer = table_layer(place, arn)
    if layer is not None:
        return ResourceSide(layer)
    return NOTHING if has_no_policies(arn.service) else ResourceSide(unread(arn))
