"""A gateway as it was asked for: with moto in this process, or before another endpoint."""

from __future__ import annotations

from dataclasses import dataclass, field

from passrole.account.store import AccountStore
from passrole.server.gate import Gate, new_request_id
from passrole.server.gateway.enforcement import GatewayMode
from passrole.server.gateway.gateway import Gateway
from passrole.server.gateway.mirror import RoleMirror
from passrole.server.gateway.moto_backend import MotoBackend, is_installed, moto_missing


@dataclass(frozen=True, slots=True)
class GatewayOptions:
    mode: GatewayMode = field(default_factory=GatewayMode)


def open_gateway(options: GatewayOptions, gate: Gate, store: AccountStore) -> Gateway:
    """The gateway that shares `gate`'s callers and their policies.

    Raises ConfigurationError when moto is needed and not installed, or is set to do otherwise than it is told.
    """
    if not is_installed():
        raise moto_missing()
    backend = MotoBackend()
    return Gateway(
        store,
        backend,
        mode=options.mode,
        stacks=gate.stacks,
        last_used=gate.last_used,
        find_credential=gate.find_credential,
        request_ids=new_request_id,
        mirror=RoleMirror(backend),
    )
