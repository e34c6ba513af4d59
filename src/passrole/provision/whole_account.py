"""A whole account read at once: its users, groups, roles and policies, as far as the caller may see them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from passrole.account.authorization_details import snapshot_of_details
from passrole.account.json_place import JsonPlace, JsonPlaceError
from passrole.account.snapshot import AccountSnapshot
from passrole.provision import addresses
from passrole.provision.addressed import Addressed, Reading
from passrole.provision.addresses import Address
from passrole.provision.call import call_list, call_pages, strange_answer
from passrole.provision.clients import ClientFactory
from passrole.provision.errors import AccessDeniedError
from passrole.provision.identity import Identity
from passrole.provision.observe import observe
from passrole.provision.organization import organization_policies

_DETAILS = "GetAccountAuthorizationDetails"


@dataclass(frozen=True, slots=True)
class WholeAccount:
    """`gaps` says, for a person, what of the account is not in the snapshot at all."""

    snapshot: AccountSnapshot
    gaps: tuple[str, ...] = ()


def read_whole_account(clients: ClientFactory, identity: Identity) -> WholeAccount:
    """Everything that iam:GetAccountAuthorizationDetails shows; where it is denied, each user and role by itself.

    Then some may be unreadable, or not be listed. Raises what a call raises, except refusals of access.
    """
    iam = clients.client("iam")
    try:
        pages = list(call_pages(iam, _DETAILS, {}))
    except AccessDeniedError:
        whole = _one_by_one(clients, identity)
    else:
        places = (JsonPlace({**page, "IsTruncated": False}, f"answer of {_DETAILS}") for page in pages)
        try:
            whole = WholeAccount(snapshot_of_details(places, (identity.account_id, identity.partition)))
        except JsonPlaceError as error:
            raise strange_answer(iam, _DETAILS, error.message) from error
    organization = organization_policies(clients, identity.account_id)
    return replace(whole, snapshot=replace(whole.snapshot, organization_policies=organization))


def _one_by_one(clients: ClientFactory, identity: Identity) -> WholeAccount:
    wanted: list[Address] = []
    gaps: list[str] = []
    for operation, member, name, address_of in (
        ("ListUsers", "Users", "UserName", addresses.user),
        ("ListRoles", "Roles", "RoleName", addresses.role),
    ):
        try:
            listed = call_list(clients.client("iam"), operation, {}, member)
        except AccessDeniedError as error:
            gaps.append(f"{member.lower()} are not listed: you may not call {error.action}")
            continue
        wanted += [address_of(str(entry[name])) for entry in listed]
    seen = observe(clients, Addressed({address: Reading() for address in wanted}, related=True), identity).snapshot
    return WholeAccount(seen, tuple(gaps))
