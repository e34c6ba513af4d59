"""What the resource's side of a question consists of, and the reading of documents into its layer.

A policy that cannot be read, or is not understood, may hold a Deny: it is an unknown layer, never an empty one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from passrole.account.policy_layers import policy_layer
from passrole.activity.bind.state import Answer, Known, NotKnown
from passrole.engine.stack import AttachedPolicy, KeyGrant, Layer, Unknown
from passrole.engine.stack import Known as KnownLayer
from passrole.policy.model import PolicyType
from passrole.policy.parse import policy_from_value
from passrole.server.gateway.readings import Lacking


@dataclass(frozen=True, slots=True)
class ResourceSide:
    """As `engine.stack.PolicyStack` has them; the defaults are those of a resource without policies.

    `grants_more` reads what can only allow, and is asked where nothing else has decided: S3's access control lists.
    """

    layer: Layer = KnownLayer()  # noqa: RUF009 (frozen)
    grants: tuple[KeyGrant, ...] | Unknown = ()
    aws_managed_key: bool = False
    restrict_public_buckets: bool | Unknown = False
    grants_more: Callable[[], Layer] | None = None

    @property
    def is_layer_alone(self) -> bool:
        return self.grants == () and not self.aws_managed_key and self.restrict_public_buckets is False


NOTHING = ResourceSide()
_EMPTY: Final = ("{}", "null")
"""How some backends show that there is none (moto's streams of Kinesis); neither could hold a statement."""


def document_layer(name: str, document: Answer[str | None]) -> Layer:
    """The layer of one policy; none for a resource without one, that is not there, or of a backend without policies."""
    if isinstance(document, Lacking):
        return KnownLayer()
    if isinstance(document, NotKnown):
        return Unknown(f"{name} could not be read: {document.reason}")
    if not isinstance(document, Known) or not document.value or document.value.strip() in _EMPTY:
        return KnownLayer()
    return policy_layer(PolicyType.RESOURCE, {name: document.value})


def joined(*layers: Layer) -> Layer:
    """One layer of several; not known where one of them is not."""
    policies: list[AttachedPolicy] = []
    for layer in layers:
        if isinstance(layer, Unknown):
            return layer
        policies += layer.policies
    return KnownLayer(tuple(policies))


def made_policy(name: str, *statements: Mapping[str, object]) -> AttachedPolicy:
    """What a setting beside policies comes to, as a policy, so that the log can tell it and decide it again."""
    document = policy_from_value({"Version": "2012-10-17", "Statement": [dict(each) for each in statements]})
    return AttachedPolicy(PolicyType.RESOURCE, name, document)


def text_member(answer: Answer[Mapping[str, object]], *path: str) -> Answer[str | None]:
    """A text deep in an answer; None where it has none."""
    if not isinstance(answer, Known):
        return answer
    value: object = answer.value
    for member in path:
        value = value.get(member) if isinstance(value, Mapping) else None
    return Known(value if isinstance(value, str) and value else None)
