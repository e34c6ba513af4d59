"""One call on its way through the gateway."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from passrole.account.context import CallContext
from passrole.server.gateway.authorize import CallVerdict
from passrole.server.gateway.batches import LeftOut
from passrole.server.gateway.caller_of import Authenticated
from passrole.server.gateway.recognise import Recognised
from passrole.server.message import HttpRequest, HttpResponse


@dataclass(slots=True)
class GatewayCall:
    """How far a call has come; what is None it has not reached."""

    request: HttpRequest
    request_id: str
    recognised: Recognised
    region: str
    authenticated: Authenticated | None = None
    context: CallContext | None = None
    parameters: Mapping[str, object] = field(default_factory=dict)
    verdict: CallVerdict | None = None
    left_out: tuple[LeftOut, ...] = ()
    answer: HttpResponse | None = None
