"""What `passrole serve` says at its start of what happens to calls that policies deny."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from passrole.account.enforcement import Enforcement

if TYPE_CHECKING:
    from passrole.server.gateway.enforcement import GatewayMode

OFF: Final = "enforcement is OFF"
"""How the line begins that a terminal shows in red."""
_ON: Final = "enforcement is ON: every call is authenticated and authorized"
_SOFT: Final = (
    "warning: enforcement is SOFT: every call is authenticated, decided and logged, and carried out also when it would "
    "be denied"
)
_NONE: Final = (
    f"{OFF}: calls are authenticated, and not authorized: every known caller may do everything, also to users, roles "
    "and policies"
)


def told(own: Enforcement, gateway: GatewayMode | None = None) -> tuple[str, ...]:
    """`own` is of IAM and STS; `gateway` of all other services, where they are answered."""
    if gateway is not None and gateway.enforcement is not own:
        return (f"IAM and STS: {_line(own)}", f"other services: {_line(gateway.enforcement)}", *_of_unmapped(gateway))
    return (_line(own), *(() if gateway is None else _of_unmapped(gateway)))


def _line(enforcement: Enforcement) -> str:
    match enforcement:
        case Enforcement.ENFORCE:
            return _ON
        case Enforcement.SOFT:
            return _SOFT
        case Enforcement.OFF:
            return _NONE
        case _:
            assert_never(enforcement)


def _of_unmapped(gateway: GatewayMode) -> tuple[str, ...]:
    from passrole.server.gateway.enforcement import Unmapped

    if gateway.unmapped is not Unmapped.ALLOW or gateway.enforcement is not Enforcement.ENFORCE:
        return ()
    return (
        "warning: UNMAPPED calls are allowed: what passrole cannot tell the permissions of is carried out for "
        "every known caller, and the log of decisions marks it",
    )
