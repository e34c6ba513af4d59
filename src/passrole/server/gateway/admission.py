"""What a decoded call must pass before a backend sees it: permissions, and what services refuse besides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from passrole.account.context import CallContext
from passrole.account.enforcement import Enforcement
from passrole.account.service_error import access_denied
from passrole.account.stack_cache import StackCache
from passrole.activity.bind.model import ApiCall
from passrole.engine.request import ContextValue
from passrole.server.gateway.authorize import CallVerdict, authorize_call, place_of
from passrole.server.gateway.backend import Backend
from passrole.server.gateway.batches import DecidedBatch, LeftOut, decided_batch
from passrole.server.gateway.checked_destinations import check_destinations
from passrole.server.gateway.delivery_judge import DeliveryJudge
from passrole.server.gateway.disabled_acls import check_acls
from passrole.server.gateway.enforcement import GatewayMode, Unmapped
from passrole.server.gateway.readings import KeptReadings
from passrole.server.gateway.written_policies import check_written_policy


@dataclass(frozen=True, slots=True)
class Admitted:
    """`call` is what may be carried out, which may be less than was called; None where that is nothing.

    `verdict` is None where nothing is enforced.
    """

    call: ApiCall | None
    verdict: CallVerdict | None = None
    left_out: tuple[LeftOut, ...] = ()


class Admission:
    """Safe to use from several threads."""

    def __init__(
        self, backend: Backend, stacks: StackCache, kept: KeptReadings, judge: DeliveryJudge, mode: GatewayMode
    ) -> None:
        self._backend = backend
        self._stacks = stacks
        self._kept = kept
        self._judge = judge
        self._mode = mode

    def decide(self, ctx: CallContext, call: ApiCall, connection_keys: Mapping[str, ContextValue]) -> Admitted:
        """What the caller's and the resource's policies say, whatever follows from it."""
        if self._mode.enforcement is Enforcement.OFF:
            return Admitted(call)
        authorize = partial(
            authorize_call,
            ctx,
            backend=self._backend,
            stacks=self._stacks,
            connection_keys=connection_keys,
            kept=self._kept,
            ask_all=self._mode.enforcement is Enforcement.SOFT,
        )
        verdict = authorize(call)
        if self._mode.enforcement is Enforcement.SOFT:
            return Admitted(call, verdict)
        batch: DecidedBatch = decided_batch(call, verdict, authorize)
        if batch.left_out:
            ctx.decided[:] = batch.verdict.decided
        return Admitted(batch.call, batch.verdict, batch.left_out)

    def check(self, ctx: CallContext, call: ApiCall, verdict: CallVerdict | None) -> None:
        """Raises ServiceError for a call that is denied, or that its service does not take as it is."""
        if verdict is not None:
            self._check_verdict(verdict)
            place = place_of(ctx, call, self._kept.for_call())
            check_acls(place, call)
            if self._mode.enforcement is Enforcement.ENFORCE:
                check_destinations(place, call, self._judge.refusal_of)
        check_written_policy(ctx, call, verdict)

    def _check_verdict(self, verdict: CallVerdict) -> None:
        if verdict.allowed or self._mode.enforcement is Enforcement.SOFT:
            return
        if verdict.refused is not None and self._mode.unmapped is Unmapped.ALLOW:
            return
        raise access_denied(verdict.message or "Access Denied")


def account_of(ctx: CallContext, verdict: CallVerdict | None, service: str) -> str:
    """The account whose state the backend is to use: the resource's, when all that was asked is about one."""
    asked = () if verdict is None else verdict.decided
    prefix = asked[0].request.action.partition(":")[0] if asked else ""
    owners = {
        each.request.resource_account
        for each in asked
        if each.request.resource_account is not None and each.request.action.startswith(f"{prefix}:")
    }
    if len(owners) != 1 or service == "s3":
        # Buckets are found by name, in whatever account they are.
        return ctx.account_id
    return owners.pop()
