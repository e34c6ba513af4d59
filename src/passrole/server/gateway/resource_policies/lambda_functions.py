"""Policies of Lambda: of a function, of one of its versions or aliases, and of a version of a layer.

A backend may keep what AddPermission was given as it was given, which is no policy; it is read as what Lambda makes of
it. Whatever else is not understood leaves the policy unknown.
Sources: <https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html>,
<https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html>
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from passrole.activity.bind.state import Answer, Known
from passrole.engine.stack import Known as KnownLayer
from passrole.engine.stack import Layer
from passrole.policy.arn import ACCOUNT_ID, Arn
from passrole.server.gateway.resource_policies.resource_side import document_layer, text_member
from passrole.server.gateway.state.of_service import Place

_GIVEN: Final = {
    "FunctionUrlAuthType": ("StringEquals", "lambda:FunctionUrlAuthType"),
    "InvokedViaFunctionUrl": ("Bool", "lambda:InvokedViaFunctionUrl"),
}
"""Parameters of AddPermission that Lambda writes as conditions."""


def lambda_layer(place: Place, resource: Arn) -> Layer:
    kind, *names = resource.resource.split(":")
    if "*" in resource.resource or not names:
        return KnownLayer()
    if kind == "function":
        qualifier = {"Qualifier": names[1]} if len(names) > 1 else {}
        answer = place.read("lambda", "GetPolicy", resource, FunctionName=names[0], **qualifier)
        return document_layer(
            f"policy of function {':'.join(names)}", _written_out(resource, text_member(answer, "Policy"))
        )
    if kind == "layer" and len(names) > 1 and names[1].isdigit():
        version = int(names[1])
        answer = place.read("lambda", "GetLayerVersionPolicy", resource, LayerName=names[0], VersionNumber=version)
        return document_layer(
            f"policy of layer {':'.join(names)}", _written_out(resource, text_member(answer, "Policy"))
        )
    return KnownLayer()


def _written_out(resource: Arn, document: Answer[str | None]) -> Answer[str | None]:
    if not isinstance(document, Known) or document.value is None:
        return document
    try:
        policy = json.loads(document.value)
    except ValueError:
        return document
    statements = policy.get("Statement") if isinstance(policy, dict) else None
    if not isinstance(statements, list):
        return document
    policy["Statement"] = [_statement(resource, each) if isinstance(each, Mapping) else each for each in statements]
    return Known(json.dumps(policy))


def _statement(resource: Arn, given: Mapping[str, object]) -> dict[str, object]:
    statement = dict(given)
    principal = statement.get("Principal")
    if isinstance(principal, str) and ACCOUNT_ID.fullmatch(principal):
        statement["Principal"] = {"AWS": f"arn:{resource.partition}:iam::{principal}:root"}
    elif isinstance(principal, str) and principal.startswith("arn:"):
        statement["Principal"] = {"AWS": principal}
    for member, (operator, key) in _GIVEN.items():
        if member in statement:
            value = statement.pop(member)
            conditions = statement.get("Condition")
            merged = dict(conditions) if isinstance(conditions, Mapping) else {}
            held = merged.get(operator)
            merged[operator] = {**(held if isinstance(held, Mapping) else {}), key: str(value)}
            statement["Condition"] = merged
    return statement
