"""Resource elements made ready: patterns for an index where they are fixed, a test where the request fills them in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from passrole.engine.compare.arn import PARTS
from passrole.engine.fast.pattern_index import PatternIndex, beginning_of, literal_prefix
from passrole.engine.fast.seen import Implied, SeenContext, Shape
from passrole.engine.glob import glob_of, read_pattern
from passrole.engine.global_keys import MULTIVALUED
from passrole.engine.request import ContextValue
from passrole.engine.resource_pattern import PreparedResource, ResourceMatcher, prepare_resource, resource_matcher
from passrole.engine.truth import Doubt, Truth, all_of, any_of, negation
from passrole.engine.variables import Template, Variable, fill_in
from passrole.policy.model import ResourceElement

ResourceTest = Callable[[str, Shape, Mapping[str, ContextValue], Implied], bool | None]
"""True or false when that is what the element comes to, None when there is any doubt."""

KEPT_FILLINGS = 32
"""Matchers that a pattern keeps, one for each list of values that its variables had."""


@dataclass(frozen=True, slots=True)
class FixedPattern:
    """A pattern without policy variables; `matches` is None where its text says all: exact, or `text*`."""

    text: str
    matches: Callable[[str], Truth] | None

    def add_to(self, index: PatternIndex, bits: int) -> None:
        if self.matches is not None:
            index.add_pattern(self.text, self.matches, bits)
        elif self.text.endswith("*"):
            index.add_prefix(beginning_of(self.text), bits)
        else:
            index.add_exact(self.text, bits)


@dataclass(frozen=True, slots=True)
class FastResources:
    """One of the two ways to ask a Resource element; an element that every resource matches has neither."""

    fixed: tuple[FixedPattern, ...] = ()
    """For an index; one match is enough."""
    test: ResourceTest | None = None
    """The whole element, where it is negated or one of its patterns has a policy variable."""
    keys: frozenset[str] = frozenset()
    """The condition keys that its variables name, in lower case."""
    opaque: bool = False
    """Whether a pattern is not understood, whatever is asked: for `evaluate` to say what follows."""


EVERY_RESOURCE = FastResources()


def prepare_resources(element: ResourceElement | None, *, variables: bool) -> FastResources:
    """`variables` says whether the document's version has policy variables.

    An element that is not there, or lists nothing, is asked about whatever the resource: what it means does not
    depend on the request.
    """
    if element is None or not element.patterns:
        return EVERY_RESOURCE
    texts = [value.text for value in element.patterns]
    has_variables = variables and any("${" in text for text in texts)
    if not element.negated and not has_variables:
        return EVERY_RESOURCE if "*" in texts else FastResources(tuple(_fixed(text) for text in dict.fromkeys(texts)))
    prepared = tuple(prepare_resource(value, variables=variables) for value in element.patterns)
    if any(isinstance(one.matcher, Doubt) for one in prepared):
        return FastResources(opaque=True)
    keys = frozenset(key for one in prepared for key in _keys_of(one))
    return FastResources(test=_element_test(prepared, negated=element.negated), keys=keys)


def _fixed(text: str) -> FixedPattern:
    if "?" not in text and text.find("*") in (-1, len(text) - 1):
        return FixedPattern(text, None)
    if not _is_clear(text):
        return FixedPattern(text, _made_when_asked(lambda: resource_matcher(read_pattern(text)).truth))
    before, _, after = text.partition("*")
    # The index has seen to it that the resource begins with what stands before the star.
    start, shortest = len(before), len(before) + len(after)
    if "?" not in text and "*" not in after:
        return FixedPattern(text, lambda resource: resource.endswith(after) and len(resource) >= shortest)
    if "?" not in text and after.find("*") == len(after) - 1:
        middle = after[:-1]
        return FixedPattern(text, lambda resource: resource.find(middle, start) >= 0)
    return FixedPattern(text, _made_when_asked(lambda: glob_of(text).matches))


def _is_clear(text: str) -> bool:
    """Whether a `ResourceMatcher` of this text has no segments to look at: no wildcard stands inside of one."""
    if text.count(":", 0, len(literal_prefix(text))) >= PARTS - 1:
        return True
    return all("?" not in segment and "*" not in segment[:-1] for segment in text.split(":", PARTS - 1)[: PARTS - 1])


def _made_when_asked(make: Callable[[], Callable[[str], Truth]]) -> Callable[[str], Truth]:
    """Of the thousands of patterns in AWS's own policies few are ever looked at."""
    made: Callable[[str], Truth] | None = None

    def matches(resource: str) -> Truth:
        nonlocal made
        if made is None:
            made = make()
        return made(resource)

    return matches


def _keys_of(resource: PreparedResource) -> tuple[str, ...]:
    if not isinstance(resource.matcher, Template):
        return ()
    return tuple(dict.fromkeys(part.key for part in resource.matcher.parts if isinstance(part, Variable)))


def _element_test(resources: tuple[PreparedResource, ...], *, negated: bool) -> ResourceTest:
    tests = tuple(_pattern_test(resource) for resource in resources)

    def test(resource: str, shape: Shape, context: Mapping[str, ContextValue], implied: Implied) -> bool | None:
        truths = (one(resource, shape, context, implied) for one in tests)
        truth = all_of(negation(truth) for truth in truths) if negated else any_of(truths)
        return None if isinstance(truth, Doubt) else truth

    return test


def _pattern_test(prepared: PreparedResource) -> Callable[[str, Shape, Mapping[str, ContextValue], Implied], Truth]:
    matcher = prepared.matcher
    assert not isinstance(matcher, Doubt), "an element with such a pattern is opaque"
    if isinstance(matcher, ResourceMatcher):
        truth = matcher.truth
        return lambda resource, _shape, _context, _implied: truth(resource)
    return _template_test(matcher, literal_prefix(prepared.value.text.partition("${")[0]), _keys_of(prepared))


def _template_test(
    template: Template, prefix: str, keys: tuple[str, ...]
) -> Callable[[str, Shape, Mapping[str, ContextValue], Implied], Truth]:
    kept: dict[tuple[str | None, ...], ResourceMatcher | None] = {}

    def test(resource: str, shape: Shape, context: Mapping[str, ContextValue], implied: Implied) -> Truth:
        values: list[str | None] = []
        for key in keys:
            name = shape.get(key)
            value = implied.get(key) if name is None else context[name]
            if (value is not None or name is not None) and (value.__class__ is not str or key in MULTIVALUED):
                # Several values, or none that is known: in doubt whatever the resource is.
                return _UNSURE
            values.append(value)
        if not resource.startswith(prefix):
            return False
        filled = tuple(values)
        if filled in kept:
            matcher = kept[filled]
        else:
            pattern = fill_in(template, SeenContext(shape, context, implied))
            if isinstance(pattern, Doubt):
                return pattern
            matcher = None if pattern is None else resource_matcher(pattern)
            if len(kept) < KEPT_FILLINGS:
                kept[filled] = matcher
        # "a resource that includes a policy variable with no value will not match any resource".
        return False if matcher is None else matcher.truth(resource)

    return test


_UNSURE = Doubt(("for `evaluate` to say",))
