"""The statements of an account's identity-based policies, and which of them decided calls: the coverage of policies."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from passrole.account.decision_log.logged_call import LoggedCall
from passrole.account.policy_layers import attached_policy
from passrole.account.snapshot import GroupState, RoleState, Unreadable, UserState
from passrole.account.snapshot_of import snapshot_of
from passrole.account.store import AccountStore
from passrole.cli.text.tables import short_name
from passrole.engine.decision import StatementRef
from passrole.policy.model import PolicyType
from passrole.policy.printing import statement_to_value

_MOST_CHARACTERS = 60


def statements_in(store: AccountStore) -> dict[str, str]:
    """Every statement of the account's own identity-based policies: its key, and how it reads in a line."""
    return {key_of(ref): _line(ref) for ref in _refs(store)}


def determining_keys(calls: Iterable[LoggedCall]) -> set[str]:
    """The keys of the statements that allowed or denied them."""
    return {key_of(ref) for call in calls for each in call.decided for ref in each.decision.determining}


def key_of(ref: StatementRef) -> str:
    """The same statement in the same place of the same policy has the same key, in whichever account and test."""
    return json.dumps([ref.attached.name, ref.index, statement_to_value(ref.statement)])


def _refs(store: AccountStore) -> Iterator[StatementRef]:
    snapshot = snapshot_of(store)
    holders: list[tuple[str, UserState | RoleState | GroupState | Unreadable]] = [
        *((f"user/{name}", state) for name, state in snapshot.users.items()),
        *((f"role/{name}", state) for name, state in snapshot.roles.items()),
        *((f"group/{name}", state) for name, state in snapshot.groups.items()),
    ]
    documents: dict[str, str] = {}
    for owner, holder in holders:
        if isinstance(holder, Unreadable):
            continue
        if not isinstance(holder.inline_policies, Unreadable):
            documents |= {f"{owner} inline policy {name}": text for name, text in holder.inline_policies.items()}
        for arn in () if isinstance(holder.attached_policy_arns, Unreadable) else holder.attached_policy_arns:
            policy = snapshot.managed_policies.get(arn)
            # What AWS manages is not the tests' to narrow.
            if ":iam::aws:policy/" not in arn and policy is not None and not isinstance(policy, Unreadable):
                documents[arn] = policy.document
    for name, text in documents.items():
        attached = attached_policy(PolicyType.IDENTITY, name, text)
        for index in range(len(attached.policy.statements)):
            yield StatementRef(attached, index)


def _line(ref: StatementRef) -> str:
    statement = ref.statement
    actions = ", ".join(value.text for value in statement.actions.patterns)
    if len(actions) > _MOST_CHARACTERS:
        actions = f"{actions[:_MOST_CHARACTERS]}…"
    but = "all but " if statement.actions.negated else ""
    return f"{short_name(str(ref))}: {statement.effect.value} {but}{actions}"
