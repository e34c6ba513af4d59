"""A question with its policies at hand, put to the engine and explained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from passrole.account.asking import Circumstances, request_of
from passrole.account.compiled_account import NOTHING_BESIDE, Beside, whole_stack
from passrole.account.snapshot import AccountSnapshot
from passrole.account.who import stack_for
from passrole.catalog.service_principals import is_service_principal_name
from passrole.cli.policy_files import FileLayers
from passrole.cli.question_options import RequestChoice
from passrole.cli.question_words import context_of
from passrole.engine.evaluate import evaluate
from passrole.engine.explain import explain
from passrole.engine.explanation import Explanation
from passrole.engine.request import ContextValue, Principal
from passrole.engine.stack import Known, Layer, PolicyStack, Unknown
from passrole.errors import UsageError
from passrole.policy.arn import account_in

SURROUNDINGS = frozenset(
    {
        "aws:*",
        "autoscaling:ResourceTag/*",
        "ec2:ResourceTag/*",
        "ecs:ResourceTag/*",
        "iam:ResourceTag/*",
        "s3:ExistingObjectTag/*",
        "secretsmanager:ResourceTag/*",
        "ssm:resourceTag/*",
    }
)
"""Of one request that a person describes these are not known unless said: where it comes from, when, how the caller
signed in, and the tags of the resource. The other keys of a service are parameters of the request: said, or absent."""


_OTHER_ACCOUNTS = ("000000000000", "999999999999")


@dataclass(frozen=True, slots=True)
class Said:
    """What the command line says of the request and its policies, checked."""

    context: Mapping[str, ContextValue]
    circumstances: Circumstances
    files: FileLayers


def nothing_else(context: Mapping[str, ContextValue]) -> Said:
    """A request that has these keys and no others."""
    return Said(context, Circumstances(unknown_keys=frozenset()), FileLayers())


def said_of(asked: RequestChoice, files: FileLayers, unknown_keys: frozenset[str]) -> Said:
    """Raises UsageError."""
    for key in asked.without:
        if key != "*" and ":" not in key:
            raise UsageError(f"`{key}` is no condition key", help="write it as --without aws:SourceIp")
    for service in asked.called_via:
        if not is_service_principal_name(service):
            raise UsageError(f"`{service}` is no service principal", help="it is like athena.amazonaws.com")
    context = context_of(asked.context_settings)
    given = {key.lower() for key in context}
    for key in asked.without:
        if key.lower() in given:
            raise UsageError(f"`{key}` is given by --context and taken away by --without", help="give one of them")
    circumstances = Circumstances(
        unknown_keys=unknown_keys,
        absent_keys=frozenset(asked.without),
        called_via=asked.called_via,
        resource_account=asked.resource_account,
    )
    return Said(context, circumstances, files)


def answer(
    snapshot: AccountSnapshot,
    principal: Principal,
    action: str,
    resource: str,
    layer: Layer,
    said: Said,
    beside: Beside = NOTHING_BESIDE,
    *,
    only_files: bool = False,
) -> Explanation:
    """The answer for a principal with the policies of the snapshot, of the resource (`layer`) and of the files."""
    if isinstance(layer, Known) and layer.assumption and principal.account not in (None, snapshot.account_id):
        # A policy that is only supposed lets nobody in from another account, and a real one may.
        layer = Unknown(f"whether the policy of `{resource}` allows account {principal.account} is not known")
    request = request_of(snapshot, principal, action, resource, said.context, said.circumstances)
    if not only_files:
        layer = not_supposed_of_others(layer, resource, request.resource_account, snapshot)
    stack = whole_stack(stack_for(snapshot, principal, resource_layer=layer), beside)
    if only_files and said.files.identity and isinstance(stack.identity, Unknown):
        # Whose policies they are, as of a federated session, nobody asks: the files are all there is.
        stack = replace(stack, identity=Known())
    stack = said.files.over(stack)
    return _with_owner_supposed(explain(request, stack), stack, said.circumstances.resource_account)


def not_supposed_of_others(layer: Layer, resource: str, owner: str | None, snapshot: AccountSnapshot) -> Layer:
    """A resource's own policies, not known where they would only be supposed and the resource is another account's.

    That no policy denies, and that a key has the default policy, is supposed of the account's own resources.
    """
    is_theirs = owner not in (None, snapshot.account_id)
    if is_theirs and isinstance(layer, Known) and layer.assumption:
        return Unknown(f"the policy of `{resource}` is in account {owner}")
    return layer


def _with_owner_supposed(explanation: Explanation, stack: PolicyStack, told: str | None) -> Explanation:
    """The answer, naming the account that the resource was taken to be of where that decides and nobody told."""
    request, decision = explanation.request, explanation.decision
    owner, caller = request.resource_account, request.principal.account
    told = told or account_in(request.resource)
    if (
        told
        or request.resource == "*"
        or owner is None
        or caller is None
        or any("of the account" in each for each in decision.assumptions)
    ):
        return explanation
    other = next(account for account in _OTHER_ACCOUNTS if account != owner)
    if evaluate(replace(request, resource_account=other), stack).outcome is decision.outcome:
        return explanation
    supposed = f"the resource is of account {owner}, which its ARN does not tell: --resource-account says otherwise"
    return replace(explanation, decision=replace(decision, assumptions=(*decision.assumptions, supposed)))
