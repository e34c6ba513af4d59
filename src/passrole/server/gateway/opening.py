"""A gateway as it was asked for: with moto in this process, or before another endpoint."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from typing import Final

from passrole.account.store import AccountStore
from passrole.server.gate import Gate, new_request_id
from passrole.server.gateway.backend import Backend
from passrole.server.gateway.backend_credentials import backend_credentials
from passrole.server.gateway.endpoint_backend import EndpointBackend
from passrole.server.gateway.enforcement import GatewayMode
from passrole.server.gateway.gateway import Gateway
from passrole.server.gateway.mirror import RoleMirror
from passrole.server.gateway.moto_backend import MotoBackend, is_installed, moto_missing

_WARM_UP_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class GatewayOptions:
    """`backend` is the URL of an endpoint; None for moto in this process."""

    mode: GatewayMode = field(default_factory=GatewayMode)
    backend: str | None = None
    warm_up: bool = True
    """Import moto in a thread, before it is needed. Not in a process that imports packages of its own meanwhile: two
    threads that import packages which import each other can both fail."""


def open_gateway(options: GatewayOptions, gate: Gate, store: AccountStore) -> Gateway:
    """The gateway that shares `gate`'s callers and their policies.

    Raises ConfigurationError when moto is needed and not installed, or is set to do otherwise than it is told.
    """
    if options.backend is None:
        if not is_installed():
            raise moto_missing()
        moto = MotoBackend()
        if options.warm_up:
            # What the first call need not wait for; neither the start nor calls to IAM share their time with it.
            warm_up = threading.Timer(_WARM_UP_SECONDS, moto.warm_up)
            warm_up.daemon = True
            warm_up.start()
        return _gateway(options, moto, RoleMirror(moto), gate, store)
    return _gateway(options, EndpointBackend(options.backend, backend_credentials(os.environ)), None, gate, store)


def _gateway(
    options: GatewayOptions, backend: Backend, mirror: RoleMirror | None, gate: Gate, store: AccountStore
) -> Gateway:
    return Gateway(
        store,
        backend,
        mode=options.mode,
        stacks=gate.stacks,
        last_used=gate.last_used,
        find_credential=gate.find_credential,
        request_ids=new_request_id,
        mirror=mirror,
    )
