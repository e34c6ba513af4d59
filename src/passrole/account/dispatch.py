"""One call of the API inside its transaction: check, authorize, carry out."""

from __future__ import annotations

from collections.abc import Mapping

from passrole.account.authorization import authorize
from passrole.account.callers import Caller
from passrole.account.context import CallContext
from passrole.account.enforcement import Enforcement
from passrole.account.operation import Operation
from passrole.account.operations import OPERATIONS
from passrole.account.params import Result
from passrole.account.service_error import ServiceError, access_denied, invalid_client_token
from passrole.account.stack_cache import StackCache
from passrole.account.validation import check_parameters


def find_operation(service: str, name: str) -> Operation:
    """Raises NotImplemented for an operation of AWS's that this account does not have."""
    found = OPERATIONS.get((service, name))
    if found is None:
        raise ServiceError("NotImplemented", f"passrole does not implement {service}:{name} yet; nothing was changed")
    return found


def carry_out(
    ctx: CallContext,
    operation: Operation,
    params: Mapping[str, object],
    stacks: StackCache,
    enforcement: Enforcement = Enforcement.ENFORCE,
) -> Result:
    """Carry out one call. The transaction of `ctx` must be a writing one when the operation writes.

    `enforcement` is of what policies say, and of nothing else that a call is refused for.

    Raises ServiceError, after which the transaction must be rolled back.
    """
    check_parameters(operation.service, operation.name, params)
    refuse_by_credential(ctx.caller, operation)
    authorize(ctx, operation.asks(ctx, params), stacks, enforcement)
    return operation.handle(ctx, params)


def refuse_by_credential(caller: Caller, operation: Operation) -> None:
    """What temporary credentials cannot do, whatever the policies say.

    Sources: STS API Reference, GetSessionToken and GetFederationToken, "Permissions"
    <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html>,
    <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html>
    """
    if caller.session is None:
        return
    if operation.name in ("GetSessionToken", "GetFederationToken"):
        raise access_denied(f"Cannot call {operation.name} with session credentials")
    if caller.is_role_session or operation.name == "GetCallerIdentity":
        return
    if operation.service == "sts":
        # A federated user may not even assume a role. The text is made after those of the two above.
        if caller.is_federated or operation.name != "AssumeRole":
            raise access_denied(f"Cannot call {operation.name} with session credentials")
    elif caller.is_federated or caller.session.terms.mfa_at is None:
        raise invalid_client_token()
