"""How an account drifted from what AWS publishes, by meaning: its own policies, and the managed ones that it uses.

A policy of one's own is held against the current version of the AWS managed policy that it came from; a managed
policy in use against the version that was current on a day, or that the catalogue has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from passrole.account.snapshot import (
    AccountSnapshot,
    GroupState,
    ManagedPolicyState,
    RoleState,
    Unreadable,
    UserState,
)
from passrole.catalog.managed_policies import AwsManagedPolicy, AwsPolicyVersion, get_managed_policy
from passrole.engine.stack import AttachedPolicy
from passrole.policy.model import Policy, PolicyType, Statement
from passrole.policy.parse import PolicySyntaxError, parse_policy
from passrole.prover.beside import WholeComparison, compare_wholly
from passrole.prover.compare import Relation, compare, policy_side
from passrole.prover.gap import missing_statements
from passrole.prover.prove import Limits
from passrole.provision.closing import closed_policy
from passrole.provision.origins import origin_of
from passrole.provision.policy_history import PolicyHistory, PolicyVersion, catalogue_history

Holder = UserState | GroupState | RoleState

NO_HISTORIES: Mapping[str, PolicyHistory] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Descended:
    """A policy of the account's own beside the managed one that it came from."""

    place: str
    """`policy/NAME`, or `role/NAME/inline-policy/NAME`."""
    holders: tuple[str, ...]
    origin: AwsManagedPolicy
    because: str
    equals_version: str | None
    """The newest version that means the same."""
    comparison: WholeComparison
    """Of the own policy to the managed one's current version."""
    gap: tuple[Statement, ...]
    """The managed policy's statements that allow what the own one does not, and its Denies beside them."""
    closed: Policy | None
    """The own policy with these statements; None where there are none, or no one document can say both."""
    still_falls_short: str | None = None
    """What the managed policy allows and `closed` does not, or may not, as the own one's Denies stay; else None."""


@dataclass(frozen=True, slots=True)
class Moved:
    """An AWS managed policy in use that says something else than it did."""

    policy: AwsManagedPolicy
    before: str
    after: str
    holders: tuple[str, ...]
    comparison: WholeComparison


def descended(snapshot: AccountSnapshot, limits: Limits) -> Iterator[Descended]:
    """Those of the account's own policies that came from AWS's, as far as names and actions tell."""
    for place, name, holders, document in _own_policies(snapshot):
        origin = origin_of(name, document, snapshot.partition)
        own = _parsed(document, place)
        if origin is None or own is None:
            continue
        attached = AttachedPolicy(PolicyType.IDENTITY, place, own)
        current = attached_version(origin.policy, origin.policy.default_version)
        comparison = compare_wholly(current, attached, actions=limits.actions, steps=limits.steps)
        gap = () if comparison.equivalent else missing_statements(attached, current, limits.steps)
        equal = equal_version(attached, origin.policy, limits.steps)
        closed = closed_policy(own, gap, current.policy) if gap else None
        short = _shortfall(closed, current, limits) if closed else None
        yield Descended(place, holders, origin.policy, origin.because, equal, comparison, gap, closed, short)


def used_managed_policies(snapshot: AccountSnapshot) -> Iterator[AwsManagedPolicy]:
    for arn, state in sorted(snapshot.managed_policies.items()):
        published = get_managed_policy(arn, snapshot.partition)
        if published is not None and not isinstance(state, Unreadable) and _holders(snapshot, arn):
            yield published


def moved(
    snapshot: AccountSnapshot,
    since: datetime | None,
    limits: Limits,
    histories: Mapping[str, PolicyHistory] = NO_HISTORIES,
) -> Iterator[Moved]:
    """The managed policies in use that differ from what they said at `since`, else from what the catalogue has.

    Without `since` only an account at AWS can differ: there a policy can be newer than the catalogue, or older.
    `histories` are those that the account lists, by ARN; the catalogue has those of the others.
    """
    for arn, state in sorted(snapshot.managed_policies.items()):
        published = get_managed_policy(arn, snapshot.partition)
        holders = _holders(snapshot, arn)
        if published is None or isinstance(state, Unreadable) or not holders:
            continue
        here = _parsed(state.document, f"{published.name} {state.default_version_id}")
        history = histories.get(arn) or catalogue_history(published)
        before: PolicyVersion | AwsPolicyVersion | None = (
            published.default_version if since is None else history.at(since)
        )
        if before is None or here is None or before.version_id == state.default_version_id:
            continue
        text = history.document(before) if isinstance(before, PolicyVersion) else before.document
        name = f"{published.name} {before.version_id}"
        old = AttachedPolicy(PolicyType.IDENTITY, name, parse_policy(text, name))
        new = AttachedPolicy(PolicyType.IDENTITY, f"{published.name} {state.default_version_id}", here)
        comparison = compare_wholly(old, new, actions=limits.actions, steps=limits.steps)
        yield Moved(published, before.version_id, state.default_version_id, holders, comparison)


def _shortfall(closed: Policy, current: AttachedPolicy, limits: Limits) -> str | None:
    sides = (policy_side(closed), policy_side(current.policy, current.type, current.name))
    found = compare(*sides, actions=limits.actions, witnesses=1, steps=limits.steps)
    if found.gained:
        request = found.gained[0].request
        return f"{request.action} on {request.resource} is denied by a statement of its own"
    return found.undecided_because[0] if found.relation is Relation.UNDECIDED else None


def not_known_at(
    snapshot: AccountSnapshot, since: datetime, histories: Mapping[str, PolicyHistory] = NO_HISTORIES
) -> Iterator[str]:
    """For a person: the managed policies in use of which nobody knows what they said at `since`."""
    for published in used_managed_policies(snapshot):
        history = histories.get(published.arn) or catalogue_history(published)
        if history.at(since) is None and not history.is_known_from_its_beginning:
            dated = [each for each in history.versions if each.create_date is not None]
            known = "no version of it has a date"
            if dated and dated[0].create_date is not None:
                known = f"the oldest version with a date is {dated[0].version_id} of {dated[0].create_date.date()}"
            yield f"what {published.name} said on {since.date()} is not known: {known}"


def not_understood(snapshot: AccountSnapshot) -> Iterator[str]:
    """For a person: what `descended` and `moved` pass over, as it could not be read or is no policy."""
    for place, name, _, document in _own_policies(snapshot):
        if _parsed(document, place) is None and origin_of(name, document, snapshot.partition) is not None:
            yield f"{place} is not a policy that passrole understands"
    for arn, state in sorted(snapshot.managed_policies.items()):
        if isinstance(state, Unreadable):
            yield f"{arn} could not be read: {state.reason}"
        elif _parsed(state.document, arn) is None and get_managed_policy(arn, snapshot.partition) is not None:
            yield f"{arn} is not a policy that passrole understands"
    kinds: tuple[tuple[str, Mapping[str, Holder | Unreadable]], ...] = (
        ("user", snapshot.users),
        ("group", snapshot.groups),
        ("role", snapshot.roles),
    )
    for kind, states in kinds:
        for name, entity in sorted(states.items()):
            parts = (
                (entity,) if isinstance(entity, Unreadable) else (entity.inline_policies, entity.attached_policy_arns)
            )
            for part in parts:
                if isinstance(part, Unreadable):
                    yield f"{kind}/{name} could not be read: {part.reason}"
                    break


def attached_version(policy: AwsManagedPolicy, version: AwsPolicyVersion) -> AttachedPolicy:
    name = f"{policy.name} {version.version_id}"
    return AttachedPolicy(PolicyType.IDENTITY, name, parse_policy(version.document, name))


def equal_version(own: AttachedPolicy, published: AwsManagedPolicy, steps: int) -> str | None:
    """The newest version of the managed policy that means the same."""
    side = policy_side(own.policy, own.type, own.name)
    for version in reversed(published.versions):
        other = attached_version(published, version)
        found = compare(side, policy_side(other.policy, other.type, other.name), witnesses=1, steps=steps)
        if found.relation is Relation.EQUIVALENT:
            return version.version_id
    return None


def _own_policies(snapshot: AccountSnapshot) -> Iterator[tuple[str, str, tuple[str, ...], str]]:
    """Where each stands, its name, who has it, and its document."""
    for arn, state in sorted(snapshot.managed_policies.items()):
        if isinstance(state, ManagedPolicyState) and arn.split(":")[4] == snapshot.account_id:
            yield f"policy/{state.name}", state.name, _holders(snapshot, arn), state.document
    for holder, entity in _entities(snapshot):
        if not isinstance(entity.inline_policies, Unreadable):
            for name, document in sorted(entity.inline_policies.items()):
                yield f"{holder}/inline-policy/{name}", name, (holder,), document


def _entities(snapshot: AccountSnapshot) -> Iterator[tuple[str, Holder]]:
    kinds: tuple[tuple[str, Mapping[str, Holder | Unreadable]], ...] = (
        ("user", snapshot.users),
        ("group", snapshot.groups),
        ("role", snapshot.roles),
    )
    for kind, states in kinds:
        for name, state in sorted(states.items()):
            if not isinstance(state, Unreadable):
                yield f"{kind}/{name}", state


def _holders(snapshot: AccountSnapshot, arn: str) -> tuple[str, ...]:
    """Who has a managed policy."""
    return tuple(
        holder
        for holder, entity in _entities(snapshot)
        if not isinstance(entity.attached_policy_arns, Unreadable) and arn in entity.attached_policy_arns
    )


def _parsed(document: str, source: str) -> Policy | None:
    """None for a document that passrole does not understand."""
    try:
        return parse_policy(document, source)
    except PolicySyntaxError:
        return None
