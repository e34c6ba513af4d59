"""AWS Lambda: a function by name, by part of its ARN or by its ARN, with or without a version or alias.

Invoking is lambda:InvokeFunction; a function's role is passed to Lambda; its layers are read by whoever adds them.
Sources: <https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html>,
<https://docs.aws.amazon.com/lambda/latest/dg/permissions-user-function.html>,
<https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html>.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.kms_keys import ask_kms_through, key_arn
from passrole.activity.bind.model import Asked, CannotBindError, Why
from passrole.activity.bind.named import at, given, whole
from passrole.activity.bind.parameter_paths import texts_at
from passrole.activity.bind.rows import Builder, Row, Table, anywhere, on, reference
from passrole.activity.bind.services.lambda_code import code_from_s3
from passrole.activity.bind.state import Known
from passrole.engine.request import ContextValue

_PAGE: Final = reference("awslambda")
_LAYERS: Final = "https://docs.aws.amazon.com/lambda/latest/dg/permissions-user-function.html"
_INVOKE: Final = "https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html"

PASSES: Final = {"Role": "lambda", "CapacityProviderOperatorRoleArn": "lambda"}
ASSOCIATES: Final = {"CreateFunction": ":function:", "UpdateFunctionConfiguration": ":function:"}

_NAME: Final = re.compile(
    r"(?:arn:(?P<partition>[^:]+):lambda:(?P<region>[^:]+):)?"
    r"(?:(?P<account>[0-9]{12}):)?(?:function:)?(?P<name>[A-Za-z0-9_-]+)(?::(?P<qualifier>[$A-Za-z0-9_-]+))?"
)


def function(inquiry: Inquiry) -> str:
    """The function's ARN, with its qualifier if the call has one; raises CannotBindError."""
    return _function(inquiry, inquiry.need("FunctionName"), inquiry.text("Qualifier"))


def _function(inquiry: Inquiry, named: str, qualifier: str | None = None) -> str:
    match = _NAME.fullmatch(named)
    if match is None:
        raise CannotBindError(Why.RESOURCE_NOT_NAMED, f"`{named}` is not the name or ARN of a function")
    region = match["region"] or inquiry.call.region
    account = match["account"] or inquiry.call.account
    chosen = qualifier or match["qualifier"]
    arn = f"arn:{inquiry.call.partition}:lambda:{region}:{account}:function:{match['name']}"
    return f"{arn}:{chosen}" if chosen else arn


def _keys(inquiry: Inquiry) -> dict[str, ContextValue | None]:
    keys: dict[str, ContextValue | None] = {
        "lambda:CodeSigningConfigArn": inquiry.text("CodeSigningConfigArn"),
        "lambda:Principal": inquiry.text("Principal"),
        "lambda:FunctionUrlAuthType": inquiry.text("FunctionUrlAuthType") or inquiry.text("AuthType"),
        "lambda:Layer": inquiry.texts("Layers") or None,
    }
    network = inquiry.mapping("VpcConfig")
    for key, member in (("lambda:SubnetIds", "SubnetIds"), ("lambda:SecurityGroupIds", "SecurityGroupIds")):
        ids = network.get(member)
        keys[key] = tuple(str(each) for each in ids) if isinstance(ids, (list, tuple)) and ids else None
    keys.update(_networks(inquiry, network.get("SubnetIds")))
    return keys


def _networks(inquiry: Inquiry, subnets: object) -> dict[str, ContextValue | None]:
    """lambda:VpcIds: the networks of the subnets, which the stored state tells; nothing where it does not."""
    found: dict[str, None] = {}
    for each in subnets if isinstance(subnets, (list, tuple)) else ():
        answer = inquiry.state.attribute(inquiry.arn("ec2", f"subnet/{each}"), "ec2:Vpc")
        if not isinstance(answer, Known):
            return {}
        found[str(answer.value).rpartition("/")[2]] = None
    return {"lambda:VpcIds": tuple(found) or None}


def _on_function(action: str) -> Builder:
    def build(inquiry: Inquiry) -> Iterator[Asked]:
        yield inquiry.ask(f"lambda:{action}", function(inquiry), None, _keys(inquiry))

    return build


def _invoke(inquiry: Inquiry) -> Iterator[Asked]:
    keys: dict[str, ContextValue | None] = {"lambda:EventSourceToken": None, "lambda:InvokedViaFunctionUrl": None}
    yield inquiry.ask("lambda:InvokeFunction", function(inquiry), "function", keys)


def _with_layers(action: str, *, new: bool) -> Builder:
    def build(inquiry: Inquiry) -> Iterator[Asked]:
        yield inquiry.ask(f"lambda:{action}", function(inquiry), "function", _keys(inquiry), new=new)
        if new and inquiry.call.parameters.get("Tags"):
            yield inquiry.ask("lambda:TagResource", function(inquiry), "function", new=True)
        for layer in inquiry.texts("Layers"):
            yield inquiry.ask("lambda:GetLayerVersion", whole(inquiry, layer, "lambda", "layer:"), "layerVersion")
        for provider in texts_at(inquiry.call.parameters, _PROVIDER) if new else ():
            arn = whole(inquiry, provider, "lambda", "capacity-provider:")
            yield inquiry.ask("lambda:PassCapacityProvider", arn, "capacityProvider")
        if inquiry.text("KMSKeyArn"):
            yield from _choose_key(inquiry, inquiry.need("KMSKeyArn"))
        yield from code_from_s3(inquiry, inquiry.mapping("Code"))

    return build


def _update_code(inquiry: Inquiry) -> Iterator[Asked]:
    yield from _on_function("UpdateFunctionCode")(inquiry)
    yield from code_from_s3(inquiry, inquiry.call.parameters)


def _publish_layer(inquiry: Inquiry) -> Iterator[Asked]:
    yield from on("lambda:PublishLayerVersion", at("lambda", "layer:{LayerName}"), "layer")(inquiry)
    yield from code_from_s3(inquiry, inquiry.mapping("Content"))


_PROVIDER: Final = "CapacityProviderConfig.LambdaManagedInstancesCapacityProviderConfig.CapacityProviderArn"


def _choose_key(inquiry: Inquiry, named: str) -> Iterator[Asked]:
    """Lambda encrypts a function's environment by a key of the customer with the permissions of whoever chooses it."""
    key = key_arn(inquiry, named)
    grant = {"kms:GrantIsForAWSResource": "true", "kms:EncryptionAlgorithm": None}
    yield ask_kms_through(inquiry, "lambda", "kms:CreateGrant", key, {}, False, grant)
    yield ask_kms_through(inquiry, "lambda", "kms:Encrypt", key, {}, False)


def _layer_version(inquiry: Inquiry) -> str:
    layer, version = inquiry.need("LayerName"), inquiry.need("VersionNumber")
    named = whole(inquiry, layer, "lambda", "layer:") if layer.startswith("arn:") else None
    return f"{named or inquiry.arn('lambda', f'layer:{layer}')}:{version}"


def _create_mapping(inquiry: Inquiry) -> Iterator[Asked]:
    """A mapping is named when it is made; the function is a condition key."""
    keys: dict[str, ContextValue | None] = {"lambda:FunctionArn": function(inquiry)}
    yield inquiry.ask("lambda:CreateEventSourceMapping", "*", None, keys)
    if inquiry.call.parameters.get("Tags"):
        mapping = inquiry.arn("lambda", "event-source-mapping:*")
        yield inquiry.ask("lambda:TagResource", mapping, "eventSourceMapping", new=True)


def _sign_code(inquiry: Inquiry) -> Iterator[Asked]:
    """The function, and the configuration that it is to have."""
    arn = function(inquiry)
    yield inquiry.ask("lambda:PutFunctionCodeSigningConfig", arn, "function", _keys(inquiry))
    config = given("CodeSigningConfigArn", "lambda")(inquiry)
    yield inquiry.ask("lambda:PutFunctionCodeSigningConfig", config, "code signing config", _keys(inquiry))


def _on_mapping(action: str) -> Builder:
    def build(inquiry: Inquiry) -> Iterator[Asked]:
        arn = inquiry.arn("lambda", f"event-source-mapping:{inquiry.need('UUID')}")
        named = inquiry.text("FunctionName")
        keys: dict[str, ContextValue | None] = {"lambda:FunctionArn": _function(inquiry, named)} if named else {}
        yield inquiry.ask(f"lambda:{action}", arn, "eventSourceMapping", keys)

    return build


_ON_FUNCTION: Final = """
AddPermission CreateAlias CreateFunctionUrlConfig DeleteAlias DeleteFunction DeleteFunctionCodeSigningConfig
DeleteFunctionConcurrency DeleteFunctionEventInvokeConfig DeleteFunctionUrlConfig DeleteProvisionedConcurrencyConfig
GetAlias GetFunction GetFunctionCodeSigningConfig GetFunctionConcurrency GetFunctionConfiguration
GetFunctionEventInvokeConfig GetFunctionRecursionConfig GetFunctionUrlConfig GetPolicy GetProvisionedConcurrencyConfig
GetRuntimeManagementConfig ListAliases ListFunctionEventInvokeConfigs ListFunctionUrlConfigs
ListProvisionedConcurrencyConfigs ListVersionsByFunction PublishVersion
PutFunctionConcurrency PutFunctionEventInvokeConfig PutFunctionRecursionConfig PutProvisionedConcurrencyConfig
PutRuntimeManagementConfig RemovePermission UpdateAlias UpdateFunctionEventInvokeConfig UpdateFunctionUrlConfig
"""
_ON_LAYER: Final = (
    "AddLayerVersionPermission DeleteLayerVersion GetLayerVersion GetLayerVersionPolicy RemoveLayerVersionPermission"
)

TABLE: Table = {
    **{name: Row(_on_function(name), _PAGE) for name in _ON_FUNCTION.split()},
    **{name: Row(on(f"lambda:{name}", _layer_version, "layerVersion"), _PAGE) for name in _ON_LAYER.split()},
    **{
        name: Row(_on_mapping(name), _PAGE)
        for name in ("DeleteEventSourceMapping", "GetEventSourceMapping", "UpdateEventSourceMapping")
    },
    **{
        name: Row(on(f"lambda:{name}", given("Resource", "lambda")), _PAGE)
        for name in ("ListTags", "TagResource", "UntagResource")
    },
    **{
        name: Row(anywhere(f"lambda:{name}"), _PAGE)
        for name in ("GetAccountSettings", "ListFunctions", "ListEventSourceMappings", "ListLayers")
    },
    "CreateEventSourceMapping": Row(_create_mapping, _PAGE),
    "PutFunctionCodeSigningConfig": Row(_sign_code, _PAGE),
    "CreateFunction": Row(_with_layers("CreateFunction", new=True), _LAYERS),
    "UpdateFunctionConfiguration": Row(_with_layers("UpdateFunctionConfiguration", new=False), _LAYERS),
    "GetLayerVersionByArn": Row(on("lambda:GetLayerVersion", given("Arn", "lambda"), "layerVersion"), _PAGE),
    "Invoke": Row(_invoke, _INVOKE),
    "InvokeAsync": Row(on("lambda:InvokeAsync", function, "function"), _PAGE),
    "InvokeWithResponseStream": Row(_invoke, _INVOKE),
    "PublishLayerVersion": Row(_publish_layer, _PAGE),
    "UpdateFunctionCode": Row(_update_code, _PAGE),
}
