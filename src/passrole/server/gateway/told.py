"""What `passrole serve` says at its start of calls to other services than IAM and STS."""

from __future__ import annotations

from typing import Final, assert_never

from passrole.server.gateway.backend import Backend
from passrole.server.gateway.enforcement import Enforcement, GatewayMode, Unmapped

OFF: Final = "enforcement is OFF"
"""How the line begins that a terminal shows in red."""


def told(backend: Backend, mode: GatewayMode) -> tuple[str, ...]:
    lasting = "keeps its state" if backend.lasts else "forgets when the server stops; users, roles and policies last"
    lines = [f"calls that are allowed are carried out by {backend.name}, which {lasting}"]
    match mode.enforcement:
        case Enforcement.ENFORCE:
            lines.append("enforcement is ON: every call is authenticated and authorized")
        case Enforcement.SOFT:
            lines.append(
                "warning: enforcement is SOFT: calls to other services than IAM and STS are decided and logged, and "
                "carried out also when they would be denied"
            )
        case Enforcement.OFF:
            lines.append(
                f"{OFF}: calls to other services than IAM and STS are authenticated, and not authorized: every known "
                "caller may do everything there"
            )
        case _:
            assert_never(mode.enforcement)
    if mode.unmapped is Unmapped.ALLOW and mode.enforcement is Enforcement.ENFORCE:
        lines.append(
            "warning: UNMAPPED calls are allowed: what passrole cannot tell the permissions of is carried out for "
            "every known caller, and the log of decisions marks it"
        )
    return tuple(lines)
