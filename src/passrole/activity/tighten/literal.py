"""A text of a request written so that a policy means just this text: no character of it is a wildcard or a variable.

Source: IAM User Guide, "IAM policy elements: Variables and tags", special characters
<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-specialchars>
"""

from __future__ import annotations

_SPECIAL = {"*": "${*}", "?": "${?}", "$": "${$}"}


def literal_resource(resource: str) -> str:
    """For a Resource element of the current version; `*` alone is how a request names no resource, and stays."""
    if resource == "*":
        return resource
    return "".join(_SPECIAL.get(character, character) for character in resource)


def literal_value(text: str) -> str:
    """For an operator without wildcards: only what begins a variable is written otherwise."""
    return text.replace("$", _SPECIAL["$"]) if "${" in text else text
