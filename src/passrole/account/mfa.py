"""Multi-factor authentication of a request for temporary credentials: SerialNumber and TokenCode."""

from __future__ import annotations

from passrole.account.context import CallContext
from passrole.account.params import Params
from passrole.account.service_error import ServiceError, access_denied


def check_mfa(_ctx: CallContext, params: Params) -> bool:
    """Whether the request was made with a valid code. Raises AccessDenied for a code that is not valid."""
    if params.has("SerialNumber") or params.has("TokenCode"):
        raise no_such_mfa_device()
    return False


def use_mfa_code(_ctx: CallContext, _params: Params) -> None:
    """Note that the code was used: it cannot be used again."""


def no_such_mfa_device() -> ServiceError:
    """This account keeps no MFA devices yet, so none can be associated with anyone."""
    return access_denied(
        "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid "
        "and associated with this user."
    )
