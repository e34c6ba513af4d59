"""A question about an account put as the engine takes it: the principal's tags and what else the account tells of it.

What nobody says of a request is not known: an answer that rests on such a key is undecided and says on which
(`engine.dependencies`). The defaults here leave every key open that is neither given nor follows from the account.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from passrole.account.snapshot import AccountSnapshot, UserState
from passrole.account.who import entity_of
from passrole.engine.request import ContextValue, Organization, Principal, PrincipalType, Request
from passrole.policy.arn import account_field, account_in

EVERY_OTHER_KEY = frozenset({"*"})
NO_CONTEXT: Mapping[str, ContextValue] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is said of a request beside who, what, on which resource and in which context: see `Request`."""

    unknown_keys: frozenset[str] = EVERY_OTHER_KEY
    absent_keys: frozenset[str] = frozenset()
    called_via: tuple[str, ...] = ()
    resource_account: str | None = None
    organization: Organization | None = None


PLAIN = Circumstances()


def request_of(
    snapshot: AccountSnapshot,
    principal: Principal,
    action: str,
    resource: str,
    context: Mapping[str, ContextValue] = NO_CONTEXT,
    circumstances: Circumstances = PLAIN,
) -> Request:
    """The request, with the principal's tags as aws:PrincipalTag where the account shows them.

    A session may have tags of its own, so of a role's session other tags are not known; a user has no others. The
    resource is taken to be in the account that its ARN names, or else in the snapshot's.
    """
    question = question_of(snapshot, action, resource, context, circumstances)
    return question.asked_by(principal, tags_of(snapshot, principal))


@dataclass(frozen=True, slots=True)
class PrincipalTags:
    """As condition keys; `complete` says that there can be no others."""

    keys: Mapping[str, str]
    complete: bool
    names: frozenset[str] = frozenset()
    """Of `keys`, in lower case."""


@dataclass(frozen=True, slots=True)
class Question:
    """A request without its principal: what is the same whoever asks."""

    action: str
    resource: str
    resource_account: str | None
    context: Mapping[str, ContextValue]
    circumstances: Circumstances
    absent_without_tags: frozenset[str]
    """The absent keys of a principal whose tags are all known."""
    given: frozenset[str]
    """The keys of `context` in lower case."""

    def context_of(self, tags: PrincipalTags) -> Mapping[str, ContextValue]:
        """What is given goes before the principal's tags."""
        if not tags.keys:
            return self.context
        if self.given.isdisjoint(tags.names):
            return {**tags.keys, **self.context}
        return {**{key: value for key, value in tags.keys.items() if key.lower() not in self.given}, **self.context}

    def asked_by(self, principal: Principal, tags: PrincipalTags) -> Request:
        circumstances = self.circumstances
        return Request(
            principal,
            self.action,
            self.resource,
            self.resource_account,
            self.context_of(tags),
            circumstances.unknown_keys,
            self.absent_without_tags if tags.complete else circumstances.absent_keys,
            circumstances.called_via,
            circumstances.organization,
        )


def question_of(
    snapshot: AccountSnapshot,
    action: str,
    resource: str,
    context: Mapping[str, ContextValue] = NO_CONTEXT,
    circumstances: Circumstances = PLAIN,
) -> Question:
    return Question(
        action,
        resource,
        circumstances.resource_account or owner_of(resource, snapshot.account_id),
        context,
        circumstances,
        _without_other_tags(circumstances.absent_keys),
        frozenset(key.lower() for key in context),
    )


@lru_cache(maxsize=64)
def _without_other_tags(absent_keys: frozenset[str]) -> frozenset[str]:
    """One object for many questions, so that compiled stacks see at once that it is the same."""
    return absent_keys | {"aws:PrincipalTag/*"}


def owner_of(resource: str, account_id: str) -> str | None:
    """Who owns a resource: the account itself, if its ARN tells none; None for what is AWS's own.

    "A service-managed account outside of your AWS Organizations owns Managed IAM Policies", and which one it is that
    aws:ResourceAccount holds is not told. No policy of theirs is asked: those of the caller decide alone.
    <https://docs.aws.amazon.com/IAM/latest/UserGuide/resource_examples_iam_policies_resource_account.html>
    """
    return account_in(resource) if account_field(resource) else account_id


def tags_of(snapshot: AccountSnapshot, principal: Principal) -> PrincipalTags:
    """The principal's tags, as far as the account shows them."""
    if principal.type is PrincipalType.ROOT_USER:
        return PrincipalTags({}, True)
    state = entity_of(snapshot, principal)
    if state is None or not isinstance(state.tags, Mapping):
        return PrincipalTags({}, False)
    keys = {f"aws:PrincipalTag/{key}": value for key, value in state.tags.items()}
    return PrincipalTags(keys, isinstance(state, UserState), frozenset(key.lower() for key in keys))
