"""Documents of an account as layers of a policy stack: each known, or not known with the reason."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Final

from passrole.account.documents import parsed
from passrole.account.snapshot import AccountSnapshot, Supposed, Unreadable
from passrole.engine.identity import Identity
from passrole.engine.stack import AttachedPolicy, Known, Layer, Unknown
from passrole.policy.model import PolicyType
from passrole.policy.parse import PolicySyntaxError, policy_from_value

_NO_POLICIES: Final = (None, ())


class Unread(Exception):
    """A part of a layer is not known; what is raised is the reason."""


def policy_layer(type: PolicyType, documents: Mapping[str, str]) -> Layer:  # noqa: A002
    """A layer of documents by the names that a person calls them; unknown when one is not understood."""
    try:
        return Known(tuple(attached_policy(type, name, document) for name, document in documents.items()))
    except Unread as unread:
        return Unknown(str(unread))


def organization_layers(snapshot: AccountSnapshot) -> tuple[Layer, ...]:
    levels = snapshot.organization_policies
    if isinstance(levels, Unreadable):
        return (Unknown(f"the organization's policies could not be read: {why_unread(levels)}"),)
    if isinstance(levels, Supposed):
        return (supposed_scp(levels.assumption),)
    return tuple(
        policy_layer(
            PolicyType.SCP,
            {f"service control policy {place} of level {level}": text for place, text in enumerate(documents, 1)},
        )
        for level, documents in enumerate(levels, 1)
    )


def supposed_scp(assumption: str) -> Known:
    """A level of service control policies that allows everything, because nothing else is known."""
    full_access = policy_from_value(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    )
    return Known((AttachedPolicy(PolicyType.SCP, "supposed service control policy", full_access),), assumption)


def attached_policy(type: PolicyType, name: str, document: str) -> AttachedPolicy:  # noqa: A002
    try:
        return AttachedPolicy(type, name, parsed(document))
    except PolicySyntaxError as error:
        raise Unread(f"{name} is not understood: {error.diagnostics[0].message}") from error


def why_unread(unreadable: Unreadable) -> str:
    return f"the caller may not call {unreadable.action} ({unreadable.reason})"


def key_of_layer(layer: Layer) -> Hashable:
    """What makes two layers the same. Documents are parsed once, so that the same text is the same policy."""
    if isinstance(layer, Unknown):
        return layer.reason
    if not layer.policies and layer.assumption is None:
        return _NO_POLICIES
    return layer.assumption, tuple((one.type, one.name, Identity(one.policy)) for one in layer.policies)
