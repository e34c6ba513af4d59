"""GetContextKeysForCustomPolicy, GetContextKeysForPrincipalPolicy."""

from __future__ import annotations

from passrole.account.asks import account_wide
from passrole.account.context import CallContext
from passrole.account.context_keys import context_keys_of
from passrole.account.operation import operation
from passrole.account.operations.simulation import asks_about_source
from passrole.account.params import Params, Result
from passrole.account.simulation.request import given_policies, source_entity
from passrole.account.simulation.source_policy import SourcePolicy, SourceType, layer_of, policies_of
from passrole.engine.stack import Known
from passrole.policy.model import PolicyType


@operation("iam", "GetContextKeysForCustomPolicy", writes=False, asks=account_wide)
def get_context_keys_for_custom_policy(ctx: CallContext, params: Params) -> Result:
    return _keys(_given(ctx, params))


@operation("iam", "GetContextKeysForPrincipalPolicy", writes=False, asks=asks_about_source)
def get_context_keys_for_principal_policy(ctx: CallContext, params: Params) -> Result:
    """Not those of the permissions boundary: the page speaks of identity-based policies only."""
    entity = source_entity(ctx, params.text("PolicySourceArn"))
    return _keys([*policies_of(ctx, entity), *_given(ctx, params)])


def _given(ctx: CallContext, params: Params) -> list[SourcePolicy]:
    return given_policies(ctx, params, "PolicyInputList", PolicyType.IDENTITY, SourceType.IAM)


def _keys(sources: list[SourcePolicy]) -> Result:
    layer = layer_of(sources, PolicyType.IDENTITY)
    policies = [attached.policy for attached in layer.policies] if isinstance(layer, Known) else []
    return {"ContextKeyNames": list(context_keys_of(policies))}
