"""Which organization policies stand over the account, as far as the account itself can know."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from passrole.account.organization_tree import OrganizationTree
from passrole.account.snapshot import Unreadable
from passrole.provision.absent_service import service_is_absent
from passrole.provision.clients import ClientFactory


@runtime_checkable
class KnowsItsOrganization(Protocol):
    """A factory whose account's organization needs no asking: the embedded account's."""

    def organization(self) -> OrganizationTree | None: ...


def known_organization(clients: ClientFactory) -> OrganizationTree | None:
    """The organization over an embedded account; None where there is none, and where nobody can know it."""
    return clients.organization() if isinstance(clients, KnowsItsOrganization) else None


_ACTION = "organizations:DescribeOrganization"


def organization_policies(clients: ClientFactory, account_id: str) -> tuple[tuple[str, ...], ...] | Unreadable:
    """The SCP levels over `account_id`: none for an account in no organization and for a management account.

    An endpoint without AWS Organizations has none either. Of an embedded account they are known.
    A member account may not read its SCPs, so for it the answer is Unreadable and what rests on them is undecided.
    Source: AWS Organizations User Guide, "SCP effects on permissions"
    <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html>
    """
    from botocore.exceptions import BotoCoreError, ClientError

    if isinstance(clients, KnowsItsOrganization):
        tree = clients.organization()
        return () if tree is None else tree.scp_documents(account_id)
    try:
        answer = clients.client("organizations").describe_organization()  # type: ignore[attr-defined]  # made at run time
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code == "AWSOrganizationsNotInUseException" or service_is_absent(clients, error):
            return ()
        return Unreadable(_ACTION, f"whether service control policies apply is not known: {code} answered")
    except BotoCoreError as error:
        return Unreadable(_ACTION, f"whether service control policies apply is not known: {error}")
    if answer["Organization"].get("MasterAccountId") == account_id:
        return ()
    return Unreadable(
        "organizations:ListPolicies", "service control policies may apply; a member account cannot read them"
    )
