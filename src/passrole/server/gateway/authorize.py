"""Whether a caller may call any AWS service but IAM and STS: all that the call asks of IAM, answered in order.

A call is bound to its questions (`activity.bind`), each is answered by the engine from the caller's policies and the
resource's own (`question`), and the first that is not answered with yes refuses the call. What cannot be bound, and
what cannot be decided, is refused with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from passrole.account.accounts import list_accounts
from passrole.account.context import CallContext
from passrole.account.decided import Decided
from passrole.account.stack_cache import StackCache
from passrole.activity.bind.bind import bind
from passrole.activity.bind.model import ApiCall, Bound, Refused, Why
from passrole.engine.request import ContextValue
from passrole.server.gateway.backend import Backend
from passrole.server.gateway.backend_state import BackendState
from passrole.server.gateway.denials import denial, refusal
from passrole.server.gateway.on_behalf import done_on_behalf
from passrole.server.gateway.question import Questioner
from passrole.server.gateway.readings import KeptReadings, Readings
from passrole.server.gateway.state.of_service import Place


@dataclass(frozen=True, slots=True)
class CallVerdict:
    """`decided` are the questions that were asked, in order; of a refused call the last one is what it failed on, where
    not all were asked. `message` is what the caller is told; None for an allowed call. `refused` is there when the call
    could not be bound, and nothing was asked.
    """

    allowed: bool
    decided: tuple[Decided, ...] = ()
    message: str | None = None
    refused: Refused | None = None

    @property
    def resource_accounts(self) -> tuple[str, ...]:
        """The accounts whose resources the call is about, the one of the first question first."""
        accounts = (each.request.resource_account for each in self.decided)
        return tuple(dict.fromkeys(account for account in accounts if account is not None))


def authorize_call(
    ctx: CallContext,
    call: ApiCall,
    backend: Backend,
    stacks: StackCache,
    *,
    connection_keys: Mapping[str, ContextValue],
    kept: KeptReadings | None = None,
    ask_all: bool = False,
    forwarded_keys: Mapping[str, ContextValue] | None = None,
) -> CallVerdict:
    """Decide a call of `ctx.caller`, in the transaction of `ctx`; the questions also end in `ctx.decided`.

    `connection_keys` are what only the receiver of the request knows beyond `ctx.request_context`: for S3 also
    s3:authType, s3:signatureversion, s3:signatureAge, s3:TlsVersion and s3:x-amz-content-sha256, which stay unknown
    without it. `kept` are readings of the same backend that earlier calls have left. With `ask_all` the questions after
    a denial are asked too: for a call that is let through all the same, to learn all that it lacks. `forwarded_keys`
    are what the questions hold that a service asks for a caller that is a service itself; None where that is not known.
    """
    place = place_of(ctx, call, (kept or KeptReadings(backend)).for_call())
    state = BackendState(place)
    binding = done_on_behalf(call) or bind(call, state)
    if isinstance(binding, Refused):
        return CallVerdict(False, message=refusal(call, binding), refused=binding)
    elsewhere = _elsewhere(call, binding)
    if elsewhere is not None:
        return CallVerdict(False, message=refusal(call, elsewhere), refused=elsewhere)
    questioner = Questioner(ctx, call, state, stacks, connection_keys, forwarded_keys)
    answers: list[Decided] = []
    message: str | None = None
    for asked in binding.asks:
        answer = questioner.decide(asked)
        answers.append(answer)
        ctx.decided.append(answer)
        if not answer.decision.allowed:
            message = message or denial(answer, asked.unknown)
            if not ask_all:
                break
    return CallVerdict(message is None, tuple(answers), message)


def _elsewhere(call: ApiCall, bound: Bound) -> Refused | None:
    """A resource of the call's own service in another Region: a backend might find one of that name in this Region.

    S3's ARNs have no Region, and what one service asks of another for its caller may be anywhere.
    """
    own = {asked.action.partition(":")[0] for asked in bound.asks[:1]}
    for asked in bound.asks:
        region = asked.resource.split(":", 4)[3] if asked.resource.count(":") > 3 else ""
        if asked.action.partition(":")[0] in own and not asked.called_via and region not in ("", "*", call.region):
            reason = f"`{asked.resource}` is in another Region than {call.region}, which was called"
            return Refused(Why.RESOURCE_NOT_NAMED, reason)
    return None


def place_of(ctx: CallContext, call: ApiCall, readings: Readings) -> Place:
    others = (each.account_id for each in list_accounts(ctx.connection))
    return Place(readings, call.service, call.region, ctx, tuple(dict.fromkeys((ctx.account_id, *others))))
