"""The types of a policy document, as AWS's grammar names its elements.

Spans never take part in equality: two documents are equal when they say the same words in the same order.
Source: IAM User Guide, "Grammar of the IAM JSON policy language"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from passrole.errors import Span


class PolicyType(Enum):
    """Where a policy stands in AWS's evaluation; the values are the words passrole prints."""

    IDENTITY = "identity-based policy"
    RESOURCE = "resource-based policy"
    TRUST = "trust policy"
    BOUNDARY = "permissions boundary"
    SESSION = "session policy"
    SCP = "service control policy"
    RCP = "resource control policy"
    ENDPOINT = "VPC endpoint policy"

    # Members are looked up often, and Enum's own hash is slow.
    __hash__ = object.__hash__


class Effect(Enum):
    ALLOW = "Allow"
    DENY = "Deny"

    # Members are looked up often, and Enum's own hash is slow.
    __hash__ = object.__hash__


class Quantifier(Enum):
    FOR_ALL_VALUES = "ForAllValues"
    FOR_ANY_VALUE = "ForAnyValue"


class PrincipalKind(Enum):
    AWS = "AWS"
    SERVICE = "Service"
    FEDERATED = "Federated"
    CANONICAL_USER = "CanonicalUser"
    EVERYONE = "*"
    """`"Principal": "*"`, written without a kind; its one value is `*`."""


@dataclass(frozen=True, slots=True)
class Value:
    """One string of a document. A JSON number or boolean keeps its JSON text (`true`, `300`, `1.50`)."""

    text: str
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ActionElement:
    """`Action` or, negated, `NotAction`."""

    negated: bool
    patterns: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class ResourceElement:
    """`Resource` or, negated, `NotResource`."""

    negated: bool
    patterns: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class PrincipalEntry:
    kind: PrincipalKind
    value: Value


@dataclass(frozen=True, slots=True)
class PrincipalElement:
    """`Principal` or, negated, `NotPrincipal`."""

    negated: bool
    entries: tuple[PrincipalEntry, ...]


@dataclass(frozen=True, slots=True)
class ConditionOperator:
    """A parsed operator such as `ForAnyValue:StringLikeIfExists`; `base` is a name of `operators.OPERATORS`."""

    base: str
    if_exists: bool = False
    quantifier: Quantifier | None = None

    def __str__(self) -> str:
        prefix = f"{self.quantifier.value}:" if self.quantifier else ""
        return f"{prefix}{self.base}{'IfExists' if self.if_exists else ''}"


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator applied to one condition key, with the values the document lists for it."""

    operator: ConditionOperator
    key: str
    values: tuple[Value, ...]
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Statement:
    effect: Effect
    actions: ActionElement
    resources: ResourceElement | None
    """None where the document has none: a trust policy, whose resource is the role."""
    principals: PrincipalElement | None = None
    conditions: tuple[Condition, ...] = ()
    sid: str | None = None
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Policy:
    statements: tuple[Statement, ...]
    version: str | None = None
    """As written; a document without one has the meaning of 2008-10-17 (no policy variables)."""
    id: str | None = None
    source: str = field(default="<policy>", compare=False)
    span: Span | None = field(default=None, compare=False, repr=False)

    @property
    def has_policy_variables(self) -> bool:
        """Whether `${…}` is a variable here; before version 2012-10-17 it is literal text."""
        return self.version == "2012-10-17"
