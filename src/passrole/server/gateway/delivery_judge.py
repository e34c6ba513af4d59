"""Whether a delivery may be made: the service is a caller like others, and each of its calls is bound and decided.

What is denied goes to the log of decisions, with the service as its caller, so that `passrole decisions` shows why a
message did not come. Of the connection only aws:SecureTransport is known.
Sources: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html> (aws:SourceArn,
aws:SourceAccount, aws:SourceOrgID: "only if the call to your resource is made directly by an AWS service principal"),
<https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html> (they are in SNS's requests to KMS, and not in
EventBridge's).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from passrole.account.as_service import decide_assumption
from passrole.account.callers import Caller, Session, SessionTerms, session_caller
from passrole.account.context import CallContext
from passrole.account.decision_log.recorded_call import RecordedCall
from passrole.account.enforcement import Enforcement
from passrole.account.role_store import find_role_by_arn
from passrole.account.stack_cache import StackCache
from passrole.account.store import AccountStore
from passrole.account.tag_store import tags_of
from passrole.activity.bind.model import ApiCall
from passrole.engine.request import ContextValue, Principal, PrincipalType
from passrole.server.gateway.authorize import CallVerdict, authorize_call
from passrole.server.gateway.backend import Backend
from passrole.server.gateway.deliveries import Delivery, Step
from passrole.server.gateway.enforcement import GatewayMode, Unmapped
from passrole.server.gateway.operation_names import only_reads
from passrole.server.gateway.readings import KeptReadings

_SOURCE_AT_KMS: Final = frozenset({"sns.amazonaws.com"})
"""Services whose source is known to KMS too, when the destination asks for its key."""
_NO_SOURCE_AT_KMS: Final = frozenset({"events.amazonaws.com"})
_SESSION_SECONDS: Final = 3600


class DeliveryJudge:
    """Safe to use from several threads; it opens a transaction of its own for each delivery."""

    def __init__(
        self, store: AccountStore, backend: Backend, stacks: StackCache, kept: KeptReadings, mode: GatewayMode
    ) -> None:
        self._store = store
        self._backend = backend
        self._stacks = stacks
        self._kept = kept
        self._mode = mode

    def may_be_made(self, delivery: Delivery) -> bool:
        """Whether it is to be made; where enforcement is soft a denied one is made too, and in the log all the same."""
        return self.refusal_of(delivery) is None or self._mode.enforcement is Enforcement.SOFT

    def refusal_of(self, delivery: Delivery) -> str | None:
        """Why AWS would not make it; None for one that it makes."""
        with self._store.reading() as connection:
            ctx = self._store.context(connection, _service(delivery), region=delivery.region)
            ctx = replace(ctx, account_id=delivery.account)
            keys = self._keys_of_source(ctx, delivery)
            if delivery.role is not None:
                refused = self._assumed(ctx, delivery, keys)
                if isinstance(refused, str):
                    return refused
                ctx, keys = refused, {}
            for step in delivery.steps:
                message = self._refusal_of_step(ctx, delivery, step, keys)
                if message is not None:
                    return message
        return None

    def _refusal_of_step(
        self, ctx: CallContext, delivery: Delivery, step: Step, keys: Mapping[str, ContextValue]
    ) -> str | None:
        ctx = replace(ctx, decided=[])
        call = ApiCall(
            step.service, step.operation, delivery.region, ctx.account_id, step.parameters, self._store.partition
        )
        verdict = authorize_call(
            ctx,
            call,
            self._backend,
            self._stacks,
            connection_keys={"aws:SecureTransport": "true", **keys},
            kept=self._kept,
            forwarded_keys=_at_kms(delivery, keys),
        )
        if verdict.allowed or (verdict.refused is not None and self._mode.unmapped is Unmapped.ALLOW):
            return None
        self._record(ctx, step, verdict)
        return verdict.message or "Access Denied"

    def _keys_of_source(self, ctx: CallContext, delivery: Delivery) -> dict[str, ContextValue]:
        keys: dict[str, ContextValue] = {
            "aws:SourceArn": delivery.source,
            "aws:SourceAccount": delivery.source_account,
        }
        tree = self._stacks.organization_of(ctx)
        if tree is not None and delivery.source_account in tree.targets:
            keys["aws:SourceOrgID"] = tree.id
            keys["aws:SourceOrgPaths"] = (tree.path_to(delivery.source_account),)
        return keys

    def _assumed(self, ctx: CallContext, delivery: Delivery, keys: Mapping[str, ContextValue]) -> CallContext | str:
        """The context of the role's session; the reason where the service is not let in."""
        role = find_role_by_arn(ctx.connection, delivery.role or "")
        if role is None:
            return f"there is no role {delivery.role}"
        decided = decide_assumption(ctx, ctx.caller.principal, role, keys)
        if not decided.decision.allowed:
            return f"{delivery.by} cannot assume {role.entity.arn}"
        session = Session(ctx.now, ctx.now + _SESSION_SECONDS, delivery.by.partition(".")[0], SessionTerms())
        caller = session_caller(role.entity, tags_of(ctx.connection, role.entity.id), session)
        return replace(ctx, caller=caller, account_id=role.entity.account_id)

    def _record(self, ctx: CallContext, step: Step, verdict: CallVerdict) -> None:
        self._store.decisions.record(
            RecordedCall(
                event_id=str(uuid.uuid4()),
                request_id=str(uuid.uuid4()),
                now=self._store.clock(),
                service=step.service,
                operation=step.operation,
                writes=not only_reads(step.operation),
                region=ctx.region,
                caller=ctx.caller,
                access_key_id="",
                parameters={},
                output=None,
                error=("AccessDenied", verdict.message or "Access Denied"),
                decided=tuple(ctx.decided),
                source_ip=_invoked_by(ctx.caller),
                user_agent=_invoked_by(ctx.caller),
                account_id=ctx.account_id,
                enforcement=self._mode.enforcement.value,
                unmapped=None if verdict.refused is None else verdict.refused.reason,
            )
        )


def _service(delivery: Delivery) -> Caller:
    return Caller(Principal(PrincipalType.SERVICE, delivery.by), delivery.by)


def _invoked_by(caller: Caller) -> str:
    return caller.user_id if caller.entity is None else f"{caller.user_id.rpartition(':')[2]}.amazonaws.com"


def _at_kms(delivery: Delivery, keys: Mapping[str, ContextValue]) -> Mapping[str, ContextValue] | None:
    """What a key's policy learns of the source; None where AWS does not say."""
    if delivery.by in _SOURCE_AT_KMS:
        return keys
    return {} if delivery.role is not None or delivery.by in _NO_SOURCE_AT_KMS else None
