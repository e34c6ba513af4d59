"""The Resource element's patterns: ARNs with wildcards and, after the fifth colon, policy variables.

"You can use multiple * or ? characters in each segment. If the * wildcard is the last character of a resource ARN
segment, it can expand to match beyond the colon boundaries." What a wildcard inside one of the first five segments
does at a colon is not said, and S3's page says that it stops there.
Source: IAM User Guide, "IAM JSON policy elements: Resource"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html>
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from passrole.engine.compare.arn import PARTS, split_pattern
from passrole.engine.context import Context
from passrole.engine.glob import Glob, Pattern, Wild
from passrole.engine.truth import Doubt, Truth, not_understood
from passrole.engine.variables import Template, Variable, fill_in, read_template
from passrole.policy.model import Value


@dataclass(frozen=True, slots=True)
class ResourceMatcher:
    """A pattern without variables, made ready."""

    whole: Glob
    segments: tuple[Glob, ...] | None
    """None where AWS's pages are clear: no wildcard stands inside one of the first five segments."""

    def truth(self, resource: str) -> Truth:
        if not self.whole.matches(resource):
            return False
        if self.segments is None:
            return True
        parts = resource.split(":", PARTS - 1)
        if len(parts) == len(self.segments) and all(
            glob.matches(part) for glob, part in zip(self.segments, parts, strict=True)
        ):
            return True
        return not_understood(f"whether a wildcard inside an ARN's segment reaches beyond the colon in `{resource}`")


def resource_matcher(pattern: Pattern) -> ResourceMatcher:
    segments = None if is_clear(pattern) else tuple(Glob(segment) for segment in split_pattern(pattern))
    return ResourceMatcher(Glob(pattern), segments)


def is_clear(pattern: Pattern) -> bool:
    """Whether AWS's pages say what it matches; if not, a match for sure is one in which wildcards stop at colons."""
    segments = split_pattern(pattern)[: PARTS - 1]
    return all(Wild.ONE not in segment and Wild.ANY not in segment[:-1] for segment in segments)


@dataclass(frozen=True, slots=True)
class PreparedResource:
    """A value of a Resource element, read once."""

    value: Value
    matcher: ResourceMatcher | Template | Doubt

    def truth(self, resource: str, context: Context) -> Truth:
        matcher = self.matcher
        if isinstance(matcher, Template):
            pattern = fill_in(matcher, context)
            if pattern is None:
                # "a resource that includes a policy variable with no value will not match any resource".
                return False
            if isinstance(pattern, Doubt):
                return pattern
            matcher = resource_matcher(pattern)
        return matcher if isinstance(matcher, Doubt) else matcher.truth(resource)


def prepare_resource(value: Value, *, variables: bool) -> PreparedResource:
    return PreparedResource(value, _matcher_of(value.text, variables))


@lru_cache(maxsize=16384)
def _matcher_of(text: str, variables: bool) -> ResourceMatcher | Template | Doubt:
    """Most ARNs stand in many statements, and in all versions of a policy."""
    template = read_template(text, wildcards=True, variables=variables)
    if isinstance(template, Doubt):
        return template
    if template.pattern is not None:
        return resource_matcher(template.pattern)
    colons = 0
    for part in template.parts:
        if isinstance(part, Variable):
            if colons < PARTS - 1:
                # "You can't use a variable to replace parts of the ARN before the fifth colon."
                return not_understood(f"`{part.text}` stands before the fifth colon")
            break
        colons += part.count(":") if isinstance(part, str) else 0
    return template
