"""Every principal of an account with its compiled stack: made once for a snapshot, for any number of questions."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from passrole.account.asking import PrincipalTags, Question, tags_of
from passrole.account.policy_layers import key_of_layer
from passrole.account.snapshot import AccountSnapshot, Unreadable
from passrole.account.who import find_principal, stack_for
from passrole.engine.decision import Decision
from passrole.engine.fast.compiled_stack import CompiledStack, compile_stack
from passrole.engine.fast.fellows import Member
from passrole.engine.fast.roll import Roll
from passrole.engine.identity import Identity
from passrole.engine.request import Principal, PrincipalType, Request
from passrole.engine.stack import KeyGrant, Layer, PolicyStack, Unknown

KEPT_ACCOUNTS = 2
KEPT_RESOURCES = 8
"""Resources with policies of their own for which an account's stacks are kept."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside a resource's own policies: see `PolicyStack` for the meaning of each."""

    rcps: tuple[Layer, ...] = ()
    endpoint: Layer | None = None
    grants: tuple[KeyGrant, ...] | Unknown = ()
    aws_managed_key: bool = False
    restrict_public_buckets: bool | Unknown = False


NOTHING_BESIDE = Beside()


@dataclass(frozen=True, slots=True)
class Asker:
    principal: Principal
    tags: PrincipalTags
    stack: CompiledStack


class AccountRoll:
    """All who may be asked about one resource."""

    def __init__(self, askers: tuple[Asker, ...]) -> None:
        self.askers = askers
        self._roll = Roll(
            tuple(
                Member(asker.principal, asker.stack, (asker.tags.complete, frozenset(asker.tags.keys.items())))
                for asker in askers
            )
        )

    def decide(self, question: Question) -> list[Decision]:
        """For each of `askers`, in their order."""
        askers = self.askers

        def request_of(place: int) -> Request:
            asker = askers[place]
            return question.asked_by(asker.principal, asker.tags)

        return self._roll.decide(request_of)


class CompiledAccount:
    """INVARIANT: a snapshot is a value. Who changes the mappings that it was made of asks about another account."""

    def __init__(self, snapshot: AccountSnapshot) -> None:
        self._principals = [
            (principal, tags_of(snapshot, principal), stack_for(snapshot, principal))
            for principal in principals_of(snapshot)
        ]
        self._rolls: dict[Hashable, AccountRoll] = {}

    def roll(self, resource_layer: Layer, beside: Beside) -> AccountRoll:
        """Every principal of the account, with its stack for a resource that has these policies."""
        key = key_of_layer(resource_layer), Identity(beside)
        found = self._rolls.get(key)
        if found is None:
            askers = tuple(
                Asker(principal, tags, compile_stack(whole_stack(replace(stack, resource=resource_layer), beside)))
                for principal, tags, stack in self._principals
            )
            if len(self._rolls) >= KEPT_RESOURCES:
                del self._rolls[next(iter(self._rolls))]
            found = self._rolls[key] = AccountRoll(askers)
        return found


def compiled_account(snapshot: AccountSnapshot) -> CompiledAccount:
    """The account of a snapshot that was asked about before is the same, as long as it is among the last few."""
    return _compiled_account(Identity(snapshot))


@lru_cache(maxsize=KEPT_ACCOUNTS)
def _compiled_account(snapshot: Identity[AccountSnapshot]) -> CompiledAccount:
    return CompiledAccount(snapshot.value)


def principals_of(snapshot: AccountSnapshot) -> Iterator[Principal]:
    """The root user, then every user and role of the account by name."""
    start = f"arn:{snapshot.partition}:iam::{snapshot.account_id}:"
    yield Principal(PrincipalType.ROOT_USER, f"{start}root", snapshot.account_id)
    for kind, states in (("user", snapshot.users), ("role", snapshot.roles)):
        for name, state in sorted(states.items()):
            # Of an entity that could not be read the path is not known; its name is enough to say that it is there.
            arn = f"{start}{kind}/{name}" if isinstance(state, Unreadable) else state.arn
            yield find_principal(snapshot, arn)


def whole_stack(stack: PolicyStack, beside: Beside) -> PolicyStack:
    """A stack of policies with what stands beside the resource's."""
    return replace(
        stack,
        rcps=beside.rcps,
        endpoint=beside.endpoint,
        grants=beside.grants,
        aws_managed_key=beside.aws_managed_key,
        restrict_public_buckets=beside.restrict_public_buckets,
    )
