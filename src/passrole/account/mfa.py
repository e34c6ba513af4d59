"""Multi-factor authentication of a request for temporary credentials: SerialNumber and TokenCode.

The texts are AWS's, from public reports.
Source: IAM User Guide, "Secure API access with MFA"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html>
"""

from __future__ import annotations

from passrole.account.context import CallContext
from passrole.account.mfa_store import MfaDevice, find_device, set_last_step
from passrole.account.params import Params
from passrole.account.service_error import access_denied
from passrole.account.totp import step_at, step_of_code


def check_mfa(ctx: CallContext, params: Params) -> bool:
    """Whether the request was made with a valid code of the caller's. Raises AccessDenied for one that is not."""
    return _checked(ctx, params) is not None


def use_mfa_code(ctx: CallContext, params: Params) -> None:
    """Note that the code was used: none works twice."""
    checked = _checked(ctx, params)
    if checked is not None:
        device, step = checked
        set_last_step(ctx, device, step)


def _checked(ctx: CallContext, params: Params) -> tuple[MfaDevice, int] | None:
    serial_number, code = params.optional_text("SerialNumber"), params.optional_text("TokenCode")
    if serial_number is None and code is None:
        return None
    if serial_number is None or code is None:
        raise access_denied(
            "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."
        )
    device = find_device(ctx, serial_number)
    caller = ctx.caller
    if device is None or caller.entity is None or caller.is_role_session or device.user_id != caller.entity.id:
        raise access_denied(
            "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is "
            "valid and associated with this user."
        )
    step = step_of_code(device.seed, code, step_at(ctx.now) + device.drift)
    if step is None or (device.last_step is not None and step <= device.last_step):
        raise access_denied("MultiFactorAuthentication failed with invalid MFA one time pass code. ")
    return device, step
