"""The types of bindings: a call, what it asks of IAM, and the refusal of a call that cannot be bound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from types import MappingProxyType
from typing import TypeAlias

from passrole.engine.request import ContextValue, Organization, Principal, Request

NO_KEYS: Mapping[str, ContextValue] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One call, decoded: `service` and `operation` as botocore names them, parameters by its member names.

    `account` is the caller's, where resources that name no account of their own are taken to be.
    """

    service: str
    operation: str
    region: str
    account: str
    parameters: Mapping[str, object] = field(default_factory=dict)
    partition: str = "aws"


@dataclass(frozen=True, slots=True)
class Asked:
    """One question to IAM, without who asks.

    `unknown` holds, by key, why the value of a condition key that AWS documents for this action is not known; a name
    that ends in `/*` or `:*` stands for every key that begins so and is not in `context`. A documented key is in
    `context`, in `unknown`, or the call was found not to have it: none is left out by oversight.
    """

    action: str
    resource: str
    context: Mapping[str, ContextValue] = field(default_factory=dict)
    unknown: Mapping[str, str] = field(default_factory=dict)
    resource_account: str | None = None
    called_via: tuple[str, ...] = ()

    def knowing(self, context: Mapping[str, ContextValue]) -> Asked:
        """With keys that the asker adds, those of the connection say (aws:SourceIp, s3:TlsVersion).

        A value that the call itself gave stays.
        """
        given = {key.lower() for key in self.context}
        added = {key: value for key, value in context.items() if key.lower() not in given}
        names = {key.lower() for key in added}
        return replace(
            self,
            context={**self.context, **added},
            unknown={key: why for key, why in self.unknown.items() if key.lower() not in names},
        )

    def asked_by(self, principal: Principal, organization: Organization | None = None) -> Request:
        """The question as the engine takes it."""
        return Request(
            principal,
            self.action,
            self.resource,
            self.resource_account,
            self.context,
            frozenset(self.unknown),
            frozenset(),
            self.called_via,
            organization,
        )


class Basis(Enum):
    """What a binding rests on."""

    TABLE = "table"
    """A row of ours, written from AWS's pages for this operation."""
    SAME_NAME = "same name"
    """The action of the same name, on the resource that the parameters name."""


class Why(Enum):
    """Why a call cannot be bound."""

    NO_SUCH_OPERATION = "no such operation"
    NO_IAM_SERVICE = "no service prefix"
    """AWS publishes no actions for the service."""
    NO_ACTION = "no action of that name"
    RESOURCE_NOT_NAMED = "resource not named"
    """The parameters do not say on which resource the action works."""
    NOT_KNOWN = "not known"
    """What the call asks depends on stored state that could not be read."""
    ANOTHER_WAY = "authorized in another way"
    """The call is signed by none or by other means than IAM's policies."""


@dataclass(frozen=True, slots=True)
class Bound:
    """All of `asks` must be allowed, in order; none means that IAM's policies have no say in the operation."""

    asks: tuple[Asked, ...]
    basis: Basis
    source: str
    """The page of AWS that the binding follows."""


@dataclass(frozen=True, slots=True)
class Refused:
    """`reason` is one sentence for the caller, in lower case and without a full stop."""

    why: Why
    reason: str


Binding: TypeAlias = Bound | Refused


class CannotBindError(Exception):
    """Raised inside builders; `bind` turns it into its `Refused`."""

    def __init__(self, why: Why, reason: str) -> None:
        super().__init__(reason)
        self.refused = Refused(why, reason)
