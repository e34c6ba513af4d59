"""The `Principal` and `NotPrincipal` elements.

Source: IAM User Guide, "AWS JSON policy elements: Principal"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>
"""

from __future__ import annotations

from passrole.policy.arn import ACCOUNT_ID
from passrole.policy.json_nodes import JsonMember, JsonObject, JsonString
from passrole.policy.model import PrincipalElement, PrincipalEntry, PrincipalKind, Value
from passrole.policy.reading import Reading, close_name, kind_of

PRINCIPAL_PAGE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html"

_KINDS = {kind.value: kind for kind in PrincipalKind if kind is not PrincipalKind.EVERYONE}


def read_principals(reading: Reading, member: JsonMember) -> PrincipalElement:
    """`"*"`, or a map of kinds to names; every value one entry, in the order of the text."""
    name, node = member.key.value, member.value
    negated = name == "NotPrincipal"
    if isinstance(node, JsonString):
        if node.value != "*":
            _no_kind(reading, node, name)
        everyone = PrincipalEntry(PrincipalKind.EVERYONE, Value(node.value, reading.span(node)))
        return PrincipalElement(negated, (everyone,))
    if not isinstance(node, JsonObject):
        reading.add(
            "P0120",
            f'`{name}` is {kind_of(node)}, neither "*" nor an object',
            node,
            help=f'write "{name}": {{ "AWS": [ "ARN", "ARN" ] }}',
            see=PRINCIPAL_PAGE,
        )
        return PrincipalElement(negated, ())
    if not node.members:
        reading.empty_list(node, name, None)
    entries: list[PrincipalEntry] = []
    for entry in node.members:
        kind = _KINDS.get(entry.key.value)
        if kind is None:
            _unknown_kind(reading, entry.key)
            continue
        for value in reading.texts_of(entry.value, entry.key.value):
            entries.append(PrincipalEntry(kind, value))
    return PrincipalElement(negated, tuple(entries))


def _no_kind(reading: Reading, node: JsonString, name: str) -> None:
    reading.add(
        "P0132",
        f"the principal `{node.value}` has no kind",
        node,
        cause='only "*" may stand without one of the kinds AWS, Service, Federated, CanonicalUser',
        help=f'write "{name}": {{ "{_probable_kind(node.value)}": "{node.value}" }}',
        see=PRINCIPAL_PAGE,
        aws_message=None,
    )


def _probable_kind(text: str) -> str:
    if text.startswith("arn:") or ACCOUNT_ID.fullmatch(text):
        return "AWS"
    return "Service" if ".amazonaws.com" in text else "AWS"


def _unknown_kind(reading: Reading, key: JsonString) -> None:
    close = close_name(key.value, _KINDS)
    if key.value == "*":
        advice = 'write "Principal": "*"'
    else:
        advice = f"write `{close}`" if close else "use one of these kinds"
    reading.add(
        "P0131",
        f"`{key.value}` is not a kind of principal",
        key,
        cause="the kinds are AWS, Service, Federated and CanonicalUser, in exactly this spelling",
        help=advice,
        see=PRINCIPAL_PAGE,
        aws_message=None,
    )
