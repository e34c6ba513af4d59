"""A question about an account put under its organization: what it tells of both accounts, and the resource's RCPs."""

from __future__ import annotations

from dataclasses import replace

from passrole.account.asking import Circumstances
from passrole.account.organization_tree import OrganizationTree
from passrole.engine.stack import PolicyStack


def under_organization(
    tree: OrganizationTree | None, account_id: str, owner: str, action: str, said: Circumstances, stack: PolicyStack
) -> tuple[Circumstances, PolicyStack]:
    """For a caller of `account_id` and a resource of `owner`. Service control policies are in the stack already.

    <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html>
    """
    if tree is None:
        return said, stack
    return (
        replace(said, organization=tree.for_request_between((account_id, owner))),
        replace(stack, rcps=tree.rcps_over(owner, action.partition(":")[0])),
    )
