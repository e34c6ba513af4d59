"""An operation of IAM or STS as one unit: what it asks of authorization, and what it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from passrole.account.context import CallContext
from passrole.account.params import Params, Result
from passrole.engine.request import ContextValue
from passrole.engine.stack import Known, Layer


@dataclass(frozen=True, slots=True)
class Ask:
    """One question to authorization; all questions of a call must be allowed.

    `action` is `iam:GetRole`, `resource` the concrete ARN (or `*`). `shown_resource` is how AWS names it in its
    denial where that is not the ARN: `role vmimport`. `resource_layer` holds the resource's own policies: the trust
    policy when a role is assumed. `resource_account` is the account of the resource where it is not the caller's.
    """

    action: str
    resource: str
    context: Mapping[str, ContextValue] = field(default_factory=dict)
    shown_resource: str | None = None
    resource_layer: Layer = field(default_factory=Known)
    resource_account: str | None = None


Asker = Callable[[CallContext, Params, str], tuple[Ask, ...]]
"""From a call, its parameters and the operation's own IAM action to the questions that must be allowed."""
Handler = Callable[[CallContext, Params], Result]
"""Carries a call out, inside its transaction. Raises ServiceError."""


@dataclass(frozen=True, slots=True)
class Operation:
    """`writes` says whether the handler needs a writing transaction. `asks` is called before the handler.

    `takes_long`: a call may take seconds; nobody is to wait for it, and it makes use of `CallContext.pause`.
    """

    service: str
    name: str
    writes: bool
    asker: Asker
    handler: Handler
    takes_long: bool = False

    @property
    def action(self) -> str:
        """The IAM action of the same name: true for all operations of IAM and STS that are here."""
        return f"{self.service}:{self.name}"

    def asks(self, ctx: CallContext, params: Mapping[str, object]) -> tuple[Ask, ...]:
        """Raises ServiceError where IAM cannot even tell whom a call is about."""
        return self.asker(ctx, Params(params), self.action)

    def handle(self, ctx: CallContext, params: Mapping[str, object]) -> Result:
        """Raises ServiceError, after which the transaction must be rolled back."""
        return self.handler(ctx, Params(params))


OPERATIONS: dict[tuple[str, str], Operation] = {}
"""Every operation by service (`iam`, `sts`) and name; filled when `passrole.account.operations` is imported."""


def operation(
    service: str, name: str, *, writes: bool, asks: Asker, takes_long: bool = False
) -> Callable[[Handler], Handler]:
    """Make the decorated handler the operation of this name."""

    def register(handler: Handler) -> Handler:
        assert (service, name) not in OPERATIONS, name
        OPERATIONS[service, name] = Operation(service, name, writes, asks, handler, takes_long)
        return handler

    return register
