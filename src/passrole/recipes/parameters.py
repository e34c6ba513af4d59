"""The values of a recipe's parameters: defaults filled in, types checked, every mistake reported together."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from passrole.catalog.partitions import partition
from passrole.errors import Span
from passrole.recipes.codes import MISSING, NO_EFFECT, UNKNOWN, VALUE
from passrole.recipes.derived_values import with_derived_values
from passrole.recipes.desired import Json
from passrole.recipes.model import Parameter, Recipe
from passrole.recipes.parameter_types import ParameterType, Place, ValueProblem, read_text
from passrole.recipes.placeholders import Template
from passrole.recipes.problems import ParameterError, Problems, did_you_mean, listed
from passrole.recipes.scope import ParameterValue, Scope


def built_in_values(place: Place, variant: str) -> dict[str, ParameterValue]:
    """The names that every recipe can use."""
    return {
        "account": place.account_id,
        "partition": place.partition,
        "region": place.region,
        "dns_suffix": partition(place.partition).dns_suffix,
        "variant": variant,
    }


def bind_parameters(
    recipe: Recipe,
    values: Mapping[str, Json],
    place: Place,
    variant: str,
    spans: Mapping[str, Span] | None = None,
) -> Scope:
    """The scope in which the recipe is rendered.

    A value is a string as typed on a command line (a list's elements parted by commas) or typed as TOML gives
    it. `spans` says where a value was written. Raises ParameterError with one finding for each bad parameter.
    """
    binding = _Binding(recipe, values, place, Problems(), spans or {}, dict(built_in_values(place, variant)))
    binding.refuse_unknown()
    for parameter in recipe.parameters.values():
        binding.bound[parameter.name] = binding.value_of(parameter)
    scope = with_derived_values(recipe, Scope(binding.bound))
    binding.check_needs(scope)
    if binding.problems.found:
        raise ParameterError(
            binding.problems.summary(f"with the parameters of `{recipe.name}`"),
            diagnostics=tuple(binding.problems.found),
            help=f"see every parameter: passrole show {recipe.name}",
        )
    return scope


@dataclass(slots=True)
class _Binding:
    recipe: Recipe
    values: Mapping[str, Json]
    place: Place
    problems: Problems
    spans: Mapping[str, Span]
    bound: dict[str, ParameterValue]

    def add(self, code: str, name: str, message: str, help_text: str | None = None) -> None:
        self.problems.add(code, message, span=self.spans.get(name), help=help_text)

    def refuse_unknown(self) -> None:
        for name in self.values:
            if name not in self.recipe.parameters:
                near = did_you_mean(name, self.recipe.parameters)
                known = listed(list(self.recipe.parameters), "and")
                fallback = f"its parameters are {known}" if known else "it has no parameters"
                self.add(UNKNOWN, name, f"`{self.recipe.name}` has no parameter `{name}`", near or fallback)

    def value_of(self, parameter: Parameter) -> ParameterValue:
        given = self.values.get(parameter.name)
        if given is None or given == "":
            return self.default_of(parameter)
        return self.read(parameter, given)

    def default_of(self, parameter: Parameter) -> ParameterValue:
        scope = Scope(self.bound)
        match parameter.default:
            case None:
                if parameter.type is ParameterType.BOOLEAN:
                    return False
                return () if parameter.is_list else None
            case Template() as template:
                # A default that names parameters which are not set is itself not set.
                if any(scope.get(name) is None for name in template.names):
                    return None
                return self.read(parameter, template.fill(scope))
            case tuple() as templates:
                return self.read(parameter, [template.fill(scope) for template in templates])
            case plain:
                return plain

    def read(self, parameter: Parameter, given: Json) -> ParameterValue:
        """The value in its type's normal form; None (and a finding) when it has none."""
        try:
            return self.read_list(parameter, given) if parameter.is_list else _read_one(parameter, given, self.place)
        except ValueProblem as problem:
            shown = ", ".join(map(str, given)) if isinstance(given, list) else str(given)
            message = f"`{parameter.name}` cannot be `{shown}`: {problem.reason}"
            self.add(VALUE, parameter.name, message, problem.help_text)
            return () if parameter.is_list else None

    def read_list(self, parameter: Parameter, given: Json) -> tuple[str, ...]:
        elements = given if isinstance(given, list) else [part.strip() for part in str(given).split(",")]
        read = (str(_read_one(parameter, element, self.place)) for element in elements if element != "")
        return tuple(dict.fromkeys(read))

    def check_needs(self, scope: Scope) -> None:
        for parameter in self.recipe.parameters.values():
            given = self.values.get(parameter.name) not in (None, "", [])
            # What is given as it would be anyway changes nothing, as when a set-up is rendered again from its values.
            chosen = given and self.bound[parameter.name] != self.default_of(parameter)
            if chosen and not parameter.applies_when.holds(scope):
                message = f"`{parameter.name}` would have no effect: it counts only where {parameter.applies_when}"
                self.add(
                    NO_EFFECT, parameter.name, message, f"leave `{parameter.name}` out, or change the other parameter"
                )
            needed_now = parameter.required_when is not None and parameter.required_when.holds(scope)
            if not given and (parameter.required or needed_now) and not scope.is_set(parameter.name):
                reason = "" if parameter.required else f": it is needed where {parameter.required_when}"
                example = parameter.example or f"<{parameter.type.value}>"
                self.add(
                    MISSING,
                    parameter.name,
                    f"`{parameter.name}` is missing{reason}",
                    f"add --set {parameter.name}={example}",
                )


def _read_one(parameter: Parameter, given: Json, place: Place) -> ParameterValue:
    if parameter.type is ParameterType.BOOLEAN:
        return _boolean(given)
    if parameter.type is ParameterType.NUMBER:
        return _number(given)
    if not isinstance(given, str):
        raise ValueProblem("a string is needed", f'write "{given}" in quotes' if isinstance(given, int) else None)
    _refuse_control_characters(given)
    value = read_text(parameter.type, given, place)
    if parameter.choices and value not in parameter.choices:
        near = did_you_mean(value, parameter.choices)
        raise ValueProblem(f"it is one of {listed(parameter.choices)}", near)
    if parameter.pattern is not None and not re.fullmatch(parameter.pattern, value):
        raise ValueProblem(
            f"it must be {_in_words(parameter.pattern)}",
            f"for example {parameter.example}" if parameter.example else None,
        )
    longest = parameter.max_length or (64 if parameter.type is ParameterType.IAM_NAME else None)
    if longest is not None and len(value) > longest:
        raise ValueProblem(f"it has {len(value)} characters, and at most {longest} are possible")
    return value or None


def _in_words(pattern: str) -> str:
    """`user/NAME or group/NAME` for `(user|group)/.+`; what is less plain is quoted."""
    kinds = re.fullmatch(r"\(([a-z-]+(?:\|[a-z-]+)*)\)/\.\+", pattern)
    return listed(tuple(f"{kind}/NAME" for kind in kinds[1].split("|"))) if kinds else f"of the form {pattern}"


def _boolean(given: Json) -> bool:
    if isinstance(given, bool):
        return given
    if isinstance(given, str) and given.lower() in ("true", "yes", "on", "false", "no", "off"):
        return given.lower() in ("true", "yes", "on")
    raise ValueProblem("it is either true or false")


def _number(given: Json) -> int:
    if isinstance(given, int) and not isinstance(given, bool):
        return given
    if isinstance(given, str) and re.fullmatch(r"-?[0-9]{1,18}", given):
        return int(given)
    raise ValueProblem("a whole number is needed")


def _refuse_control_characters(text: str) -> None:
    # A stray carriage return or tab from a file or a terminal would become part of an ARN without being seen.
    for character in text:
        if ord(character) < 32 or ord(character) == 127:
            raise ValueProblem(f"it holds a control character (U+{ord(character):04X})")
