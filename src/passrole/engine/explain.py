"""Why a decision came out as it did: the same matching once more, with every element looked at and put in words.

Nothing here decides: truths come from the modules that `evaluate` uses, so an explanation cannot contradict its
decision. It is made on demand only; the decision itself does not pay for it.
"""

from __future__ import annotations

from collections.abc import Iterator

from passrole.engine.compiled import CompiledStatement, compiled
from passrole.engine.conditions import PreparedCondition, PreparedValue, condition_truth
from passrole.engine.context import Context
from passrole.engine.decision import Outcome, StatementRef
from passrole.engine.denial import denial_of
from passrole.engine.dependencies import depends_on
from passrole.engine.evaluate import evaluate
from passrole.engine.explanation import (
    NOT_KNOWN,
    ElementExplanation,
    Explanation,
    LayerAnswer,
    LayerExplanation,
    Match,
    PolicyExplanation,
    StatementExplanation,
)
from passrole.engine.layers import resource_verdict_of
from passrole.engine.missing import missing_allows
from passrole.engine.request import PrincipalType, Request
from passrole.engine.resource_pattern import PreparedResource
from passrole.engine.special_actions import (
    asks_key_policy,
    asks_no_resource_policy,
    asks_trust_policy,
    has_no_identity,
    is_always_allowed,
)
from passrole.engine.stack import Layer, PolicyStack, Unknown
from passrole.engine.statements import Asked, action_truth, principal_truth, resource_truth, statement_truth
from passrole.engine.truth import Doubt, Truth, reasons_of, settle
from passrole.engine.variables import Template, fill_in
from passrole.engine.verdicts import rcps_apply, scps_apply
from passrole.errors import Span
from passrole.policy.model import Effect, PolicyType, Value


def explain(request: Request, stack: PolicyStack) -> Explanation:
    """Every layer in AWS's order, every policy, every statement and element of it, and what would allow."""
    asked = Asked.of(request, has_boundary=stack.boundary is not None)
    decision = evaluate(request, stack)
    layers = tuple(_layers(stack, asked))
    missing = missing_allows(request, stack, decision, layers)
    dependencies = depends_on(request, stack) if decision.outcome is Outcome.UNDECIDED else ()
    denial = denial_of(request, stack, layers) if decision.outcome is Outcome.EXPLICIT_DENY else None
    return Explanation(request, decision, layers, missing[0] if missing else None, missing[1:], denial, dependencies)


def _layers(stack: PolicyStack, asked: Asked) -> Iterator[LayerExplanation]:
    everything = "this action needs no permission, and no policy can deny it" if is_always_allowed(asked) else None
    no_rcp = everything or (None if rcps_apply(stack, asked) else "RCPs do not limit this caller or action")
    no_scp = everything or (None if scps_apply(asked) else "SCPs do not limit this caller")
    no_policy = everything or ("an alias has no policy" if asks_no_resource_policy(asked) else None)
    no_identity = everything or (
        f"{_a(asked.caller.type)} has none, so the resource-based policy decides alone"
        if has_no_identity(asked)
        else None
    )
    for type, levels, reason in ((PolicyType.RCP, stack.rcps, no_rcp), (PolicyType.SCP, stack.scps, no_scp)):  # noqa: A001
        for level, layer in enumerate(levels, 1):
            yield _layer(layer, type, asked, reason, level)
    resource_type = PolicyType.TRUST if asks_trust_policy(asked) else PolicyType.RESOURCE
    yield _layer(stack.endpoint, PolicyType.ENDPOINT, asked, everything)
    yield _layer(stack.resource, resource_type, asked, no_policy)
    yield _layer(stack.identity, PolicyType.IDENTITY, asked, no_identity)
    yield _layer(stack.boundary, PolicyType.BOUNDARY, asked, no_identity)
    yield _layer(stack.session, PolicyType.SESSION, asked, no_identity)


def _a(caller: PrincipalType) -> str:
    name = "anonymous caller" if caller is PrincipalType.ANONYMOUS else caller.value
    return f"{'an' if name[0] in 'aI' else 'a'} {name}"


def _layer(
    layer: Layer | None,
    type: PolicyType,  # noqa: A002
    asked: Asked,
    not_asked: str | None,
    level: int | None = None,
) -> LayerExplanation:
    if layer is None:
        return LayerExplanation(type, level, LayerAnswer.NONE)
    if not_asked is not None:
        return LayerExplanation(type, level, LayerAnswer.NOT_ASKED, notes=(not_asked,))
    if isinstance(layer, Unknown):
        return LayerExplanation(type, level, LayerAnswer.UNDECIDED, notes=(layer.reason,))
    policies = tuple(
        PolicyExplanation(
            attached,
            tuple(
                explain_statement(statement, StatementRef(attached, statement.index), asked)
                for statement in compiled(attached.policy).statements
            ),
        )
        for attached in layer.policies
    )
    statements = [statement for policy in policies for statement in policy.statements]
    notes: tuple[str, ...] = (f"supposed: {layer.assumption}",) if layer.assumption else ()
    if type in (PolicyType.RESOURCE, PolicyType.TRUST):
        verdict = resource_verdict_of(layer, type, asked)
        if verdict.to_account.truth is True and verdict.directly.truth is verdict.to_what_is_behind.truth is False:
            notes += ("it names the caller's account: an identity-based policy must allow the request as well",)
        elif verdict.anyhow().truth is False and not has_no_identity(asked):
            notes += _why_it_must_allow(asked)
    return LayerExplanation(type, level, _answer(statements), policies, notes)


def _why_it_must_allow(asked: Asked) -> tuple[str, ...]:
    """Where a resource-based policy that says nothing is enough to deny, whatever the caller's own policies allow."""
    owner = asked.request.resource_account
    if owner is not None and owner != asked.caller.account is not None:
        return (f"the resource is of account {owner}: its policy must allow the request, and the caller's own as well",)
    if asks_trust_policy(asked):
        return ("a role's trust policy must allow the request: no identity-based policy is enough without it",)
    if asks_key_policy(asked):
        return (
            "a key's policy, or a grant, must allow the request: identity-based policies count only where the key's "
            "policy allows the account",
        )
    return ()


def _answer(statements: list[StatementExplanation]) -> LayerAnswer:
    found = {(statement.effect, statement.match) for statement in statements}
    if (Effect.DENY, Match.YES) in found:
        return LayerAnswer.DENIES
    if (Effect.DENY, Match.UNDECIDED) in found:
        return LayerAnswer.UNDECIDED
    if (Effect.ALLOW, Match.YES) in found:
        return LayerAnswer.ALLOWS
    return LayerAnswer.UNDECIDED if (Effect.ALLOW, Match.UNDECIDED) in found else LayerAnswer.SILENT


def explain_statement(statement: CompiledStatement, ref: StatementRef, asked: Asked) -> StatementExplanation:
    return StatementExplanation(
        ref,
        statement.effect,
        _match(statement_truth(statement, asked, ref.attached.type)),
        tuple(_elements(statement, ref.attached.type, asked)),
    )


def _elements(statement: CompiledStatement, type: PolicyType, asked: Asked) -> Iterator[ElementExplanation]:  # noqa: A002
    model, effect = statement.statement, statement.effect
    truth = principal_truth(statement, asked, type)
    if model.principals is not None:
        wanted = tuple(entry.value.text for entry in model.principals.entries)
        span = _span_of(tuple(entry.value for entry in model.principals.entries), model.span)
        name = "NotPrincipal" if model.principals.negated else "Principal"
        yield _element(name, truth, effect, asked.caller.arn, wanted, span)
    elif truth is not True:
        yield _element("Principal", truth, effect, asked.caller.arn, (), model.span)
    actions = model.actions
    yield _element(
        "NotAction" if actions.negated else "Action",
        action_truth(statement, asked),
        effect,
        asked.request.action,
        tuple(value.text for value in actions.patterns),
        _span_of(actions.patterns, model.span),
    )
    truth = resource_truth(statement, asked, type)
    if model.resources is not None:
        yield _element(
            "NotResource" if model.resources.negated else "Resource",
            truth,
            effect,
            asked.resource,
            tuple(_filled(prepared, asked.context) for prepared in statement.resources or ()),
            _span_of(model.resources.patterns, model.span),
        )
    elif truth is not True:
        yield _element("Resource", truth, effect, asked.resource, (), model.span)
    for condition in statement.conditions:
        yield _condition(condition, effect, asked.context)


def _element(
    name: str, truth: Truth, effect: Effect, seen: str | None, wanted: tuple[str, ...], span: Span | None
) -> ElementExplanation:
    return ElementExplanation(name, _match(settle(truth, effect)), seen, wanted, span, reasons_of(truth))


def _condition(prepared: PreparedCondition, effect: Effect, context: Context) -> ElementExplanation:
    condition = prepared.condition
    value = context.get(prepared.key)
    seen: str | None
    if isinstance(value, tuple):
        seen = "[" + ", ".join(value) + "]"
    else:
        seen = NOT_KNOWN if isinstance(value, Doubt) else value
    name = f"Condition {condition.operator} {condition.key}"
    wanted = tuple(_filled(item, context) for item in prepared.values)
    return _element(name, condition_truth(prepared, context), effect, seen, wanted, condition.span)


def _filled(prepared: PreparedValue | PreparedResource, context: Context) -> str:
    """A value as this request sees it."""
    template = prepared.test if isinstance(prepared, PreparedValue) else prepared.matcher
    if not isinstance(template, Template):
        return prepared.value.text
    pattern = fill_in(template, context)
    if pattern is None:
        return f"{prepared.value.text} (a variable has no value in this request)"
    if isinstance(pattern, Doubt):
        return prepared.value.text
    return "".join(piece if isinstance(piece, str) else piece.value for piece in pattern)


def _match(truth: Truth) -> Match:
    if isinstance(truth, Doubt):
        return Match.UNDECIDED
    return Match.YES if truth else Match.NO


def _span_of(values: tuple[Value, ...], otherwise: Span | None) -> Span | None:
    """From the first value to the last."""
    first, last = (values[0].span, values[-1].span) if values else (None, None)
    if first is None or last is None:
        return otherwise
    return Span(first.source, first.line, first.column, last.end_line, last.end_column)
