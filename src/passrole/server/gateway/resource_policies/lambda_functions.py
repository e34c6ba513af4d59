"""Policies of Lambda: of a function, of one of its versions or aliases, and of a version of a layer.

Source: <https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html>
"""

from __future__ import annotations

from passrole.engine.stack import Known as KnownLayer
from passrole.engine.stack import Layer
from passrole.policy.arn import Arn
from passrole.server.gateway.resource_policies.resource_side import document_layer, text_member
from passrole.server.gateway.state.of_service import Place


def lambda_layer(place: Place, resource: Arn) -> Layer:
    kind, *names = resource.resource.split(":")
    if "*" in resource.resource or not names:
        return KnownLayer()
    if kind == "function":
        qualifier = {"Qualifier": names[1]} if len(names) > 1 else {}
        answer = place.read("lambda", "GetPolicy", resource, FunctionName=names[0], **qualifier)
        return document_layer(f"policy of function {':'.join(names)}", text_member(answer, "Policy"))
    if kind == "layer" and len(names) > 1 and names[1].isdigit():
        version = int(names[1])
        answer = place.read("lambda", "GetLayerVersionPolicy", resource, LayerName=names[0], VersionNumber=version)
        return document_layer(f"policy of layer {':'.join(names)}", text_member(answer, "Policy"))
    return KnownLayer()
