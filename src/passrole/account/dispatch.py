"""One call of the API from its parameters to its answer, in one transaction: check, authorize, carry out."""

from __future__ import annotations

from collections.abc import Mapping

from passrole.account.authorization import StackCache, authorize
from passrole.account.callers import Caller
from passrole.account.operation import Operation
from passrole.account.operations import OPERATIONS
from passrole.account.params import Result
from passrole.account.service_error import ServiceError, access_denied, invalid_client_token
from passrole.account.store import AccountStore
from passrole.account.validation import check_parameters
from passrole.engine.request import ContextValue


def find_operation(service: str, name: str) -> Operation:
    """Raises NotImplemented for an operation of AWS's that this account does not have."""
    found = OPERATIONS.get((service, name))
    if found is None:
        raise ServiceError("NotImplemented", f"passrole does not implement {service}:{name} yet; nothing was changed")
    return found


def call(
    store: AccountStore,
    caller: Caller,
    operation: Operation,
    params: Mapping[str, object],
    *,
    stacks: StackCache,
    region: str = "us-east-1",
    request_context: Mapping[str, ContextValue] | None = None,
) -> Result:
    """Carry out one call. Raises ServiceError, and then nothing has changed."""
    check_parameters(operation.service, operation.name, params)
    refuse_by_credential(caller, operation)
    with store.writing() if operation.writes else store.reading() as connection:
        ctx = store.context(connection, caller, region=region, request_context=request_context)
        authorize(ctx, operation.asks(ctx, params), stacks)
        return operation.handle(ctx, params)


def refuse_by_credential(caller: Caller, operation: Operation) -> None:
    """What the credentials of GetSessionToken cannot do, whatever the policies say.

    Source: STS API Reference, GetSessionToken, "Permissions"
    <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html>
    """
    if caller.session is None:
        return
    if operation.name == "GetSessionToken":
        raise access_denied("Cannot call GetSessionToken with session credentials")
    if caller.session.name is None and operation.name not in ("AssumeRole", "GetCallerIdentity"):
        raise invalid_client_token()
