"""Which policies AWS consults for a principal: one function from an account snapshot to a policy stack.

The server's authorization, `verify` and `can` all ask here, so they cannot disagree.
Source: IAM User Guide, "Policy evaluation logic"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from passrole.account.policy_layers import Unread, attached_policy, organization_layers, policy_layer, why_unread
from passrole.account.snapshot import (
    AccountSnapshot,
    GroupState,
    ManagedPolicyState,
    RoleState,
    Unreadable,
    UserState,
)
from passrole.engine.principals import ROLE_SESSIONS, principal_from_arn, role_name_of
from passrole.engine.request import Principal, PrincipalType
from passrole.engine.stack import AttachedPolicy, Known, Layer, PolicyStack, Unknown
from passrole.errors import UsageError
from passrole.policy.model import PolicyType

State = TypeVar("State", UserState, RoleState)


class UnknownPrincipalError(UsageError):
    """The account has no such user or role."""


def find_principal(snapshot: AccountSnapshot, name: str) -> Principal:
    """The principal that a person means by `user/NAME`, `role/NAME`, an ARN, or a service principal's name.

    A role stands for a session of it. Users and roles of this account get their unique ids from the snapshot.
    Raises UnknownPrincipalError for one that the account does not have, PrincipalError for what cannot be one.
    """
    kind, slash, rest = name.partition("/")
    if slash and kind in ("user", "role"):
        arn = f"arn:{snapshot.partition}:iam::{snapshot.account_id}:{name}"
        # Names are unique whatever the path, so a person may leave the path out.
        state = _of_kind(snapshot, kind, rest.rpartition("/")[2], arn if "/" in rest else None)
        return _with_unique_id(principal_from_arn(arn if isinstance(state, Unreadable) else state.arn), state)
    principal = principal_from_arn(name)
    if principal.account != snapshot.account_id:
        return principal
    found = _state_of(snapshot, principal)
    return principal if found is None else _with_unique_id(principal, found)


def stack_for(
    snapshot: AccountSnapshot,
    principal: str | Principal,
    *,
    resource_layer: Layer = Known(),  # noqa: B008 (frozen)
    session_layer: Layer | None = None,
    endpoint_layer: Layer | None = None,
) -> PolicyStack:
    """Gather every policy that AWS consults before `principal` acts.

    Group policies count as the user's identity-based policies; a group is never a principal. What the snapshot could
    not read, or holds in a form that is not understood, becomes an unknown layer with the reason.
    Raises UnknownPrincipalError when the principal is of this account and the account has no such user or role.
    """
    if isinstance(principal, str):
        principal = find_principal(snapshot, principal)
    identity, boundary = _identity_and_boundary(snapshot, principal)
    return PolicyStack(
        identity=identity,
        resource=resource_layer,
        boundary=boundary,
        session=session_layer,
        scps=_scps(snapshot, principal),
        endpoint=endpoint_layer,
    )


def entity_of(snapshot: AccountSnapshot, principal: Principal) -> UserState | RoleState | None:
    """The user, or the role of a session, where the snapshot shows it; None for everyone else."""
    if principal.account != snapshot.account_id:
        return None
    if principal.type is PrincipalType.USER:
        state: UserState | RoleState | Unreadable | None = snapshot.users.get(principal.arn.rpartition("/")[2])
    else:
        state = snapshot.roles.get(role_name_of(principal) or "") if principal.type in ROLE_SESSIONS else None
    return None if isinstance(state, Unreadable) else state


def _scps(snapshot: AccountSnapshot, principal: Principal) -> tuple[Layer, ...]:
    """SCPs are those of the caller's account, which may be another."""
    if principal.account in (None, snapshot.account_id):
        return organization_layers(snapshot)
    return (Unknown(f"the service control policies over account {principal.account} are not known here"),)


def _identity_and_boundary(snapshot: AccountSnapshot, principal: Principal) -> tuple[Layer, Layer | None]:
    if principal.type in (PrincipalType.SERVICE, PrincipalType.ANONYMOUS, PrincipalType.ROOT_USER):
        return Known(), None
    if principal.account != snapshot.account_id:
        return Unknown(f"the policies of `{principal.arn}` are in account {principal.account or '(not known)'}"), None
    state = _state_of(snapshot, principal)
    if state is None:
        return Unknown(f"the policies behind `{principal.arn}` are not kept here"), None
    if isinstance(state, Unreadable):
        reason = f"the policies of `{principal.arn}` could not be read: {why_unread(state)}"
        return Unknown(reason), Unknown(reason)
    return _identity(snapshot, state), _boundary(snapshot, state.boundary_arn)


def _identity(snapshot: AccountSnapshot, state: UserState | RoleState) -> Layer:
    word = "user" if isinstance(state, UserState) else "role"
    try:
        policies = _policies_of(snapshot, f"{word}/{state.name}", state.inline_policies, state.attached_policy_arns)
        if isinstance(state, UserState):
            for name in _read(state.group_names, f"the groups of user/{state.name}"):
                group = snapshot.groups.get(name)
                if group is None or isinstance(group, Unreadable):
                    why = "it is not in the snapshot" if group is None else why_unread(group)
                    raise Unread(f"the policies of group/{name} could not be read: {why}")
                policies += _group_policies(snapshot, group)
    except Unread as unread:
        return Unknown(str(unread))
    return Known(policies)


def _group_policies(snapshot: AccountSnapshot, group: GroupState) -> tuple[AttachedPolicy, ...]:
    return _policies_of(snapshot, f"group/{group.name}", group.inline_policies, group.attached_policy_arns)


def _policies_of(
    snapshot: AccountSnapshot,
    owner: str,
    inline: Mapping[str, str] | Unreadable,
    attached_arns: tuple[str, ...] | Unreadable,
) -> tuple[AttachedPolicy, ...]:
    documents = {
        f"{owner} inline policy {name}": document
        for name, document in _read(inline, f"the inline policies of {owner}").items()
    }
    for arn in _read(attached_arns, f"the managed policies attached to {owner}"):
        documents[arn] = _managed_document(snapshot, arn)
    return tuple(attached_policy(PolicyType.IDENTITY, name, document) for name, document in documents.items())


def _boundary(snapshot: AccountSnapshot, arn: str | None) -> Layer | None:
    if arn is None:
        return None
    try:
        return policy_layer(PolicyType.BOUNDARY, {arn: _managed_document(snapshot, arn)})
    except Unread as unread:
        return Unknown(str(unread))


def _managed_document(snapshot: AccountSnapshot, arn: str) -> str:
    policy: ManagedPolicyState | Unreadable | None = snapshot.managed_policies.get(arn)
    if isinstance(policy, ManagedPolicyState):
        return policy.document
    why = "it is not in the snapshot" if policy is None else why_unread(policy)
    raise Unread(f"the managed policy {arn} could not be read: {why}")


Read = TypeVar("Read")


def _read(value: Read | Unreadable, what: str) -> Read:
    if isinstance(value, Unreadable):
        raise Unread(f"{what} could not be read: {why_unread(value)}")
    return value


def _state_of(snapshot: AccountSnapshot, principal: Principal) -> UserState | RoleState | Unreadable | None:
    """None for a principal without policies of its own. Raises UnknownPrincipalError."""
    if principal.type is PrincipalType.USER:
        return _of_name(snapshot.users, principal.arn.rpartition("/")[2], principal.arn)
    role_name = role_name_of(principal)
    if principal.type in ROLE_SESSIONS and role_name is not None:
        return _of_name(snapshot.roles, role_name, principal.role_arn)
    return None


def _of_kind(snapshot: AccountSnapshot, kind: str, name: str, arn: str | None) -> UserState | RoleState | Unreadable:
    return _of_name(snapshot.users, name, arn) if kind == "user" else _of_name(snapshot.roles, name, arn)


def _of_name(states: Mapping[str, State | Unreadable], name: str, arn: str | None) -> State | Unreadable:
    """By name; where an ARN is given, one with another path is somebody else. Raises UnknownPrincipalError."""
    found = states.get(name)
    if found is None or (arn is not None and not isinstance(found, Unreadable) and found.arn != arn):
        raise _unknown(arn or name, states, name)
    return found


def _with_unique_id(principal: Principal, state: UserState | RoleState | Unreadable) -> Principal:
    if isinstance(state, Unreadable):
        return principal
    if isinstance(state, UserState):
        return replace(principal, unique_id=state.user_id)
    # The path tells a service-linked role, which a session's ARN leaves out; its name tells nothing.
    linked = principal.type is PrincipalType.ROLE_SESSION and state.path.startswith("/aws-service-role/")
    kind = PrincipalType.SERVICE_LINKED_ROLE_SESSION if linked else principal.type
    return replace(principal, type=kind, role_arn=state.arn, unique_id=state.role_id)


def _unknown(wanted: str, names: Iterable[str], name: str) -> UnknownPrincipalError:
    close = difflib.get_close_matches(name, list(names), n=1)
    return UnknownPrincipalError(
        f"the account has no principal `{wanted}`",
        help=f"name one that exists: {close[0]}" if close else "list them with: aws iam list-roles; aws iam list-users",
    )
