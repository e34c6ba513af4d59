"""A question about an account: what must be read for it, the stack it makes, and the explained answer."""

from __future__ import annotations

from dataclasses import replace

from passrole.account.authorization import organization_for
from passrole.account.policy_layers import policy_layer
from passrole.account.snapshot import AccountSnapshot, RoleState, Unreadable
from passrole.account.who import UnknownPrincipalError, find_principal
from passrole.cli.asked import Said, answer
from passrole.cli.question_words import check_action, check_resource, principal_of
from passrole.cli.target import OpenAccount
from passrole.engine.explanation import Explanation
from passrole.engine.request import Principal, PrincipalType
from passrole.engine.stack import Layer, Unknown
from passrole.errors import UsageError
from passrole.policy.arn import Arn, account_in
from passrole.policy.model import PolicyType
from passrole.provision import addresses
from passrole.provision.addressed import Addressed, Reading
from passrole.provision.addresses import Address
from passrole.provision.beside_policies import beside_of
from passrole.provision.observe import observe
from passrole.provision.organization import known_organization, organization_policies
from passrole.provision.resource_policies import resource_layers


def explain_question(account: OpenAccount, who: str, action: str, resource: str, said: Said) -> Explanation:
    """Read what the question needs from the account, and answer it.

    Raises UsageError for a principal, an action or a resource that cannot be meant, PassroleError for what the
    account answers.
    """
    account_id, partition = account.identity.account_id, account.identity.partition
    prefix = f"arn:{partition}:iam::{account_id}:"
    check_action(action)
    assumed = prefix + resource if resource.startswith("role/") else resource
    check_resource(assumed)
    named = principal_of(who, prefix)
    wanted = [address for address in (_entity_of(named), _role_of(assumed, prefix)) if address]
    seen = observe(
        account.clients, Addressed({address: Reading() for address in wanted}, related=True), account.identity
    )
    snapshot = replace(seen.snapshot, organization_policies=organization_policies(account.clients, account_id))
    _refuse_other_case(snapshot)
    try:
        principal = find_principal(snapshot, who)
    except UnknownPrincipalError as error:
        raise UsageError(f"account {account_id} has no `{who}`", help=error.help) from error
    if resource.startswith("role/"):
        assumed = _with_its_path(assumed, snapshot)
    layer = resource_layer_of(account, snapshot, action, assumed)
    beside = beside_of(account.clients, account_id, action, assumed, layer)
    tree = known_organization(account.clients)
    if tree is not None:
        owner = said.circumstances.resource_account or account_in(assumed) or account_id
        beside = replace(beside, rcps=tree.rcps_over(owner, action.partition(":")[0]))
        organization = organization_for(tree, account_id, owner)
        said = replace(said, circumstances=replace(said.circumstances, organization=organization))
    return answer(snapshot, principal, action, assumed, layer, said, beside)


def resource_layer_of(account: OpenAccount, snapshot: AccountSnapshot, action: str, resource: str) -> Layer:
    """The policies of the question's resource: of a role to be assumed its trust policy. Raises UsageError."""
    if action.lower().startswith("sts:assumerole"):
        return _trust_layer(resource, snapshot)
    identity = account.identity
    return resource_layers(account.clients, identity.account_id, identity.partition)(action, resource)


def _refuse_other_case(snapshot: AccountSnapshot) -> None:
    """IAM finds a name in any case; which of the spellings was meant must not be guessed silently."""
    for kind, states in (("user", snapshot.users), ("role", snapshot.roles)):
        for name, state in states.items():
            if not isinstance(state, Unreadable) and (spelt := state.arn.rpartition("/")[2]) != name:
                raise UsageError(f"`{kind}/{name}` is spelt `{kind}/{spelt}`", help=f"ask for {kind}/{spelt}")


def _entity_of(principal: Principal) -> Address | None:
    name = principal.arn.rsplit("/", 1)[-1]
    match principal.type:
        case PrincipalType.USER:
            return addresses.user(name)
        case PrincipalType.ROLE_SESSION | PrincipalType.SERVICE_LINKED_ROLE_SESSION:
            return addresses.role(principal.arn.split("/")[1] if ":assumed-role/" in principal.arn else name)
        case _:
            return None


def _role_of(resource: str, prefix: str) -> Address | None:
    """The address of the role that an ARN of the account names; a role of another account is not looked for here."""
    return addresses.role(resource.rsplit("/", 1)[-1]) if resource.startswith(prefix) and ":role/" in resource else None


def _with_its_path(role_arn: str, snapshot: AccountSnapshot) -> str:
    """`role/NAME` means the role of that name at whatever path, as for principals; a path that is given is kept."""
    role = snapshot.roles.get(role_arn.rpartition(":role/")[2])
    return role.arn if isinstance(role, RoleState) else role_arn


def _trust_layer(role_arn: str, snapshot: AccountSnapshot) -> Layer:
    arn = Arn.parse(role_arn)
    if arn.service != "iam" or not arn.resource.startswith("role/"):
        raise UsageError(
            f"`{role_arn}` is no role, and only a role can be assumed",
            help="name one: role/NAME, or its ARN, such as arn:aws:iam::111122223333:role/NAME",
        )
    if (arn.partition, arn.account) != (snapshot.partition, snapshot.account_id):
        return Unknown(f"the trust policy of `{role_arn}` is in account {arn.account} ({arn.partition})")
    name = role_arn.rsplit("/", 1)[-1]
    role = snapshot.roles.get(name)
    if isinstance(role, Unreadable):
        return Unknown(role.reason)
    if role is None:
        raise UsageError(
            f"there is no `role/{name}` in account {snapshot.account_id}",
            help="see which there are: aws iam list-roles",
        )
    if role.arn != role_arn:
        raise UsageError(f"there is no `{role_arn}`", help=f"the role of that name is {role.arn}")
    return policy_layer(PolicyType.TRUST, {f"role/{name} trust policy": role.trust_policy})
