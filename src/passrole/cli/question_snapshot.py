"""A question about a snapshot that no live account stands behind: a file of authorization details, or policy files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from passrole.account.authorization_details_file import read_authorization_details
from passrole.account.compiled_account import NOTHING_BESIDE, Beside
from passrole.account.policy_layers import policy_layer
from passrole.account.snapshot import AccountSnapshot, RoleState, UserState
from passrole.account.who import UnknownPrincipalError, find_principal
from passrole.cli.asked import Said, answer
from passrole.cli.question_words import check_action, check_resource, principal_of
from passrole.cli.text_file import name_of, text_of
from passrole.engine.explanation import Explanation
from passrole.engine.principals import ROLE_SESSIONS, role_name_of
from passrole.engine.request import Principal, PrincipalType
from passrole.engine.special_actions import ASSUME_ROLE, ASSUME_ROLE_WITH_IDENTITY
from passrole.engine.stack import Known, Layer, Unknown
from passrole.errors import UsageError
from passrole.policy.model import PolicyType
from passrole.provision.resource_policies import WITHOUT_RESOURCE_POLICIES, default_key_policy

NOT_IN_DETAILS = "authorization details tell of none"
NO_FILE = "no file of one was given"
NOT_READ = "what-can does not read them"
_ANY_ACCOUNT = "111122223333"


def snapshot_in(file: Path) -> AccountSnapshot:
    """The account of a file of authorization details. Raises UsageError."""
    text = text_of(file)
    try:
        return read_authorization_details(text, name_of(file))
    except UsageError as error:
        if error.help is not None:
            raise
        raise UsageError(
            error.message,
            causes=error.causes,
            help="make the file with: aws iam get-account-authorization-details > FILE",
        ) from error


ReadResource = Callable[[str, str], tuple[Layer, Beside]]
"""The policies of an action's resource, and what stands beside them."""


def explain_in_snapshot(
    snapshot: AccountSnapshot,
    who: str,
    action: str,
    resource: str,
    said: Said,
    why_none: str,
    read: ReadResource | None = None,
) -> Explanation:
    """Answer from the snapshot and the files alone; `why_none` says why other resources have no policy here.

    With `read` they do: it is asked for the policies of every resource but roles.
    Raises UsageError for what cannot be meant.
    """
    check_action(action)
    resource = resource_in(snapshot, resource)
    principal_of(who, f"arn:{snapshot.partition}:iam::{snapshot.account_id}:")
    try:
        principal = find_principal(snapshot, who)
    except UnknownPrincipalError as error:
        raise UsageError(f"account {snapshot.account_id} has no `{who}`", help=error.help) from error
    if read is None or action.lower() == ASSUME_ROLE or action.lower() in ASSUME_ROLE_WITH_IDENTITY:
        layer, beside = layer_in(snapshot, action, resource, why_none), NOTHING_BESIDE
    else:
        layer, beside = read(action, resource)
    return answer(snapshot, principal, action, resource, layer, said, beside, only_files=why_none is NO_FILE)


def resource_in(snapshot: AccountSnapshot, resource: str) -> str:
    """The ARN that a person means, also by `role/NAME` alone, whatever the role's path. Raises UsageError."""
    if resource.startswith("role/"):
        state = snapshot.roles.get(resource.rpartition("/")[2])
        plain = f"arn:{snapshot.partition}:iam::{snapshot.account_id}:{resource}"
        resource = state.arn if isinstance(state, RoleState) and resource.count("/") == 1 else plain
    check_resource(resource)
    return resource


def layer_in(snapshot: AccountSnapshot, action: str, resource: str, why_none: str) -> Layer:
    """What a snapshot tells of the resource's own policy: the trust policies of its roles; others are supposed."""
    if action.lower() == ASSUME_ROLE or action.lower() in ASSUME_ROLE_WITH_IDENTITY:
        name = resource.rpartition("/")[2]
        role = snapshot.roles.get(name)
        if isinstance(role, RoleState) and role.arn == resource:
            return policy_layer(PolicyType.TRUST, {f"role/{name} trust policy": role.trust_policy})
        give = "; give it with --trust-policy FILE" if why_none is NO_FILE else ""
        return Unknown(f"the trust policy of `{resource}` is not at hand{give}")
    service = action.partition(":")[0].lower()
    if service in WITHOUT_RESOURCE_POLICIES or resource == "*":
        return Known()
    if service == "kms":
        owner = resource.split(":", 5)[4] if resource.count(":") >= 5 else snapshot.account_id
        return Known(
            (default_key_policy(owner, snapshot.partition),),
            f"the key has the default key policy, which leaves the decision to its account: {why_none}",
        )
    return Known(assumption=f"no bucket policy or other resource-based policy denies: {why_none}")


def snapshot_for_files(who: str, account_id: str | None) -> AccountSnapshot:
    """An account with nobody but the principal, whose policies the files are. Raises UsageError, PrincipalError."""
    principal = principal_of(who, f"arn:aws:iam::{account_id or _ANY_ACCOUNT}:")
    if account_id is not None and principal.account not in (None, account_id):
        raise UsageError(
            f"`{who}` is of account {principal.account}, not of {account_id}",
            help="an ARN names its account itself; whose the resource is tells --resource-account",
        )
    account_id = principal.account or account_id or _ANY_ACCOUNT
    partition = principal.arn.split(":")[1] if principal.arn.startswith("arn:") else "aws"
    if principal.type is PrincipalType.USER:
        path, _, name = principal.arn.partition(":user")[2].rpartition("/")
        return AccountSnapshot(account_id, partition, users={name: UserState(name, f"{path}/", principal.arn)})
    role = _role_of(principal, partition)
    return AccountSnapshot(account_id, partition, roles={} if role is None else {role.name: role})


def _role_of(principal: Principal, partition: str) -> RoleState | None:
    """The role behind a session. Its ARN does not tell the role's path; here there is only this role."""
    name = role_name_of(principal)
    if principal.type not in ROLE_SESSIONS or not name or principal.identity_provider is not None:
        return None
    arn = principal.role_arn or f"arn:{partition}:iam::{principal.account}:role/{name}"
    return RoleState(name, f"{arn.partition(':role')[2].rpartition('/')[0]}/", arn, trust_policy="")
