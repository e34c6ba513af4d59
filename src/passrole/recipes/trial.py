"""Trying a recipe out with example values: every document that it can make is one that IAM's grammar accepts.

This is how the loader finds a policy that does not parse, or a value that is used where it may not be set, before
anyone plans with the recipe.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from passrole.errors import Diagnostic, PassroleError, Severity
from passrole.policy.grammar import check_grammar
from passrole.policy.parse import PolicySyntaxError, policy_from_value
from passrole.recipes.codes import TRIAL, VALUE
from passrole.recipes.desired import DesiredState, Json, RenderedPolicy
from passrole.recipes.model import VARIANTS, Parameter, Recipe
from passrole.recipes.parameter_types import ParameterType
from passrole.recipes.problems import ParameterError, RecipeError
from passrole.recipes.render import render

_ACCOUNT, _PARTITION, _REGION = "111122223333", "aws", "us-east-1"

_EXAMPLES: dict[ParameterType, str] = {
    ParameterType.STRING: "example",
    ParameterType.S3_BUCKET: "example-bucket",
    ParameterType.S3_PREFIX: "example/prefix",
    ParameterType.KMS_KEY_ARN: f"arn:aws:kms:{_REGION}:{_ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    ParameterType.ACCOUNT_ID: "444455556666",
    ParameterType.IAM_NAME: "example",
    ParameterType.IAM_PATH: "/example/",
    ParameterType.PRINCIPAL: "user/example",
    ParameterType.ARN: f"arn:aws:sns:{_REGION}:{_ACCOUNT}:example",
    ParameterType.REGION: _REGION,
    ParameterType.LOG_GROUP: "/example/log-group",
    ParameterType.NUMBER: "1",
    ParameterType.BOOLEAN: "true",
}


def check_by_rendering(recipe: Recipe) -> None:
    """Raises RecipeError with what is wrong with any of the trials' results."""
    found: dict[str, Diagnostic] = {}
    for values in trial_values(recipe):
        for variant in VARIANTS:
            for finding in _findings(recipe, values, variant):
                found.setdefault(finding.message, finding)
    if found:
        raise RecipeError(
            f"recipe `{recipe.file}` makes what IAM refuses, or cannot be rendered, with example values",
            diagnostics=tuple(found.values()),
            help="give parameters an `example` that fits, and statements a `when`",
        )


def trial_values(recipe: Recipe) -> Iterator[Mapping[str, Json]]:
    """The smallest set of values, the largest, the demo's, and from the smallest and the largest each single step."""
    needed = {p.name: example_value(p) for p in recipe.parameters.values() if p.required}
    everything = {p.name: example_value(p) for p in recipe.parameters.values()}
    yield from (needed, everything, recipe.demo)
    for parameter in recipe.parameters.values():
        for value in _alternatives(parameter):
            yield {**needed, parameter.name: value}
            yield {**everything, parameter.name: value}
        if not parameter.required:
            yield {name: value for name, value in everything.items() if name != parameter.name}


def example_value(parameter: Parameter) -> Json:
    """A value that the parameter takes: its example, or one for its type."""
    if parameter.choices:
        value = parameter.example or parameter.choices[-1]
    else:
        value = parameter.example or _EXAMPLES[parameter.type]
    return value


def _alternatives(parameter: Parameter) -> tuple[Json, ...]:
    if parameter.type is ParameterType.BOOLEAN:
        return (True, False)
    return parameter.choices or (example_value(parameter),)


def _findings(recipe: Recipe, values: Mapping[str, Json], variant: str) -> Iterator[Diagnostic]:
    try:
        state = render(recipe, values, account_id=_ACCOUNT, partition=_PARTITION, region=_REGION, variant=variant)
    except ParameterError as error:
        # Values that do not go together are the recipe's own rules at work; a value that is refused by itself is not.
        yield from (finding for finding in error.diagnostics if finding.code == VALUE)
    except PassroleError as error:
        yield Diagnostic(
            TRIAL, f"{error.message} (tried with {_shown(values)})", span=recipe.span_of(), help=error.help
        )
    else:
        yield from _policy_findings(recipe, state)


def _policy_findings(recipe: Recipe, state: DesiredState) -> Iterator[Diagnostic]:
    places = {policy_id: index for index, policy_id in enumerate(recipe.policies)}
    for policy in state.policies:
        span = recipe.span_of("policies", places[policy.id.partition("[")[0]])
        for message, help_text in refusals(policy):
            yield Diagnostic(TRIAL, f"policy `{policy.id}`: {message}", span=span, help=help_text)


def refusals(policy: RenderedPolicy) -> Iterator[tuple[str, str | None]]:
    """Why IAM would refuse a document: each reason, and what to do."""
    try:
        parsed = policy_from_value(policy.to_value(), policy.id)
    except PolicySyntaxError as error:
        findings = error.diagnostics
    else:
        findings = check_grammar(parsed, policy.type)
    yield from ((one.message, one.help) for one in findings if one.severity is Severity.ERROR)


def _shown(values: Mapping[str, Json]) -> str:
    return ", ".join(f"{name}={value}" for name, value in values.items()) or "no parameters"
