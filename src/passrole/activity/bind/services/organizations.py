"""AWS Organizations: what ids name (`ou-…`, `p-…`, an account's number) is told by the organization's tree.

The ARN of each has the management account and the organization's id, which the call does not tell.
Source: <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_permissions_overview.html>
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.model import Asked, CannotBindError, Why
from passrole.activity.bind.rows import Builder, Row, Table
from passrole.engine.request import ContextValue

_PAGE: Final = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsorganizations.html"

_TYPES: Final = {
    "ou-": "ou",
    "r-": "root",
    "p-": "policy",
    "h-": "handshake",
    "o-": "organization",
    "rp-": "resourcepolicy",
}
_KINDS: Final = {"ou": "organizationalunit", "root": "root", "policy": "policy", "account": "account"}


def arn_of_id(inquiry: Inquiry, given: str) -> tuple[str, str]:
    """The ARN behind an id and its type; asked of the state as `arn:…:organizations::ACCOUNT:ou/ou-ab12-11111111`."""
    word = "account" if given.isdigit() else next((w for start, w in _TYPES.items() if given.startswith(start)), None)
    if word is None:
        raise CannotBindError(Why.RESOURCE_NOT_NAMED, f"`{given}` is not an id of Organizations")
    arn = inquiry.behind(inquiry.arn("organizations", f"{word}/{given}", region=False), "the ARN")
    if arn is None:
        raise CannotBindError(Why.RESOURCE_NOT_NAMED, f"the organization has no `{given}`")
    return arn, _KINDS.get(word, word)


def _on(action: str, *members: str) -> Builder:
    """One question for each id."""

    def build(inquiry: Inquiry) -> Iterator[Asked]:
        kind_of_policy = inquiry.text("PolicyType") or inquiry.text("Filter")
        keys: dict[str, ContextValue | None] = {"organizations:ServicePrincipal": inquiry.text("ServicePrincipal")}
        if kind_of_policy:
            keys["organizations:PolicyType"] = kind_of_policy
        for member in members:
            arn, kind = arn_of_id(inquiry, inquiry.need(member))
            yield inquiry.ask(f"organizations:{action}", arn, kind, keys)

    return build


_ON_IDS: Final[dict[str, tuple[str, ...]]] = {
    "AcceptHandshake": ("HandshakeId",),
    "AttachPolicy": ("PolicyId", "TargetId"),
    "CancelHandshake": ("HandshakeId",),
    "CloseAccount": ("AccountId",),
    "CreateOrganizationalUnit": ("ParentId",),
    "DeclineHandshake": ("HandshakeId",),
    "DeleteOrganizationalUnit": ("OrganizationalUnitId",),
    "DeletePolicy": ("PolicyId",),
    "DescribeAccount": ("AccountId",),
    "DescribeHandshake": ("HandshakeId",),
    "DescribeOrganizationalUnit": ("OrganizationalUnitId",),
    "DescribePolicy": ("PolicyId",),
    "DetachPolicy": ("PolicyId", "TargetId"),
    "DisablePolicyType": ("RootId",),
    "EnablePolicyType": ("RootId",),
    "ListAccountsForParent": ("ParentId",),
    "ListChildren": ("ParentId",),
    "ListOrganizationalUnitsForParent": ("ParentId",),
    "ListParents": ("ChildId",),
    "ListPoliciesForTarget": ("TargetId",),
    "ListTagsForResource": ("ResourceId",),
    "ListTargetsForPolicy": ("PolicyId",),
    "MoveAccount": ("AccountId", "SourceParentId", "DestinationParentId"),
    "RemoveAccountFromOrganization": ("AccountId",),
    "TagResource": ("ResourceId",),
    "UntagResource": ("ResourceId",),
    "UpdateOrganizationalUnit": ("OrganizationalUnitId",),
    "UpdatePolicy": ("PolicyId",),
}

TABLE: Table = {name: Row(_on(name, *members), _PAGE) for name, members in _ON_IDS.items()}
