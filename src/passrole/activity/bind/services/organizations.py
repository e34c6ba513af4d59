"""AWS Organizations: what ids name (`ou-…`, `p-…`, an account's number) is told by the organization's tree.

The ARN of each has the management account and the organization's id, which the call does not tell.
Source: <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_permissions_overview.html>
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.model import Asked, CannotBindError, Why
from passrole.activity.bind.rows import Builder, Row, Table, anywhere, both
from passrole.activity.bind.state import Known
from passrole.engine.request import ContextValue

_PAGE: Final = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsorganizations.html"

_TYPES: Final = {
    "ou-": "ou",
    "r-": "root",
    "p-": "policy",
    "h-": "handshake",
    "o-": "organization",
    "rp-": "resourcepolicy",
    "rt-": "transfer",
}
_KINDS: Final = {"ou": "organizationalunit", "transfer": "responsibilitytransfer"}


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
        named = [arn_of_id(inquiry, inquiry.need(member)) for member in members]
        # The type of a policy is in its ARN: `policy/o-ab12/service_control_policy/p-12345678`.
        types = [arn.split("/")[-2].upper() for arn, kind in named if kind == "policy"]
        if kind_of_policy or types:
            keys["organizations:PolicyType"] = kind_of_policy or types[0]
        for arn, kind in named:
            yield inquiry.ask(f"organizations:{action}", arn, kind, keys)

    return build


def _new(inquiry: Inquiry, kind: str, name: str) -> str:
    """What is to be made in the caller's organization, whose id the stored state may tell
    (`stands_for("…:organization/*")`)."""
    own = inquiry.state.stands_for(inquiry.arn("organizations", "organization/*", region=False))
    if isinstance(own, Known):
        start, _, identifier = own.value.rpartition(":organization/")
        return f"{start}:{kind}/{identifier}/{name}"
    return inquiry.arn("organizations", f"{kind}/o-*/{name}", region=False)


def _tag_new(kind: str, name: str, resource_type: str) -> Builder:
    """Tags of what is made need organizations:TagResource."""

    def build(inquiry: Inquiry) -> Iterator[Asked]:
        if inquiry.call.parameters.get("Tags"):
            arn = _new(inquiry, kind, name)
            yield inquiry.ask("organizations:TagResource", arn, resource_type, new=True)

    return build


def _create_policy(inquiry: Inquiry) -> Iterator[Asked]:
    of_type = inquiry.need("Type")
    arn = _new(inquiry, "policy", f"{of_type.lower()}/p-*")
    keys: dict[str, ContextValue | None] = {"organizations:PolicyType": of_type}
    yield inquiry.ask("organizations:CreatePolicy", arn, "policy", keys, new=True)
    yield from _tag_new("policy", f"{of_type.lower()}/p-*", "policy")(inquiry)


def _invite(action: str) -> Builder:
    """The account that is invited, if it is named by its number, is of no organization of the caller's yet."""

    def build(inquiry: Inquiry) -> Iterator[Asked]:
        named = str(inquiry.mapping("Target").get("Id") or "")
        arn = _new(inquiry, "account", named) if named.isdigit() else None
        yield inquiry.ask(f"organizations:{action}", arn or "*", "account" if arn else None)
        yield from _tag_new("account", named if arn else "*", "account")(inquiry)

    return build


def _effective(inquiry: Inquiry) -> Iterator[Asked]:
    """Of the account that is named, or of the caller's own."""
    arn, kind = arn_of_id(inquiry, inquiry.text("TargetId") or inquiry.call.account)
    keys: dict[str, ContextValue | None] = {"organizations:PolicyType": inquiry.text("PolicyType")}
    yield inquiry.ask("organizations:DescribeEffectivePolicy", arn, kind, keys)


def _put_resource_policy(inquiry: Inquiry) -> Iterator[Asked]:
    arn = _new(inquiry, "resourcepolicy", "rp-*")
    yield inquiry.ask("organizations:PutResourcePolicy", arn, "resourcepolicy", new=True)
    yield from _tag_new("resourcepolicy", "rp-*", "resourcepolicy")(inquiry)


def _list_policies(inquiry: Inquiry) -> Iterator[Asked]:
    yield inquiry.ask("organizations:ListPolicies", "*", None, {"organizations:PolicyType": inquiry.text("Filter")})


_ON_IDS: Final[dict[str, tuple[str, ...]]] = {
    "AcceptHandshake": ("HandshakeId",),
    "AttachPolicy": ("PolicyId", "TargetId"),
    "CancelHandshake": ("HandshakeId",),
    "CloseAccount": ("AccountId",),
    "CreateOrganizationalUnit": ("ParentId",),
    "DeclineHandshake": ("HandshakeId",),
    "DeleteOrganizationalUnit": ("OrganizationalUnitId",),
    "DeletePolicy": ("PolicyId",),
    "DeregisterDelegatedAdministrator": ("AccountId",),
    "DescribeResponsibilityTransfer": ("Id",),
    "ListDelegatedServicesForAccount": ("AccountId",),
    "ListEffectivePolicyValidationErrors": ("AccountId",),
    "RegisterDelegatedAdministrator": ("AccountId",),
    "TerminateResponsibilityTransfer": ("Id",),
    "UpdateResponsibilityTransfer": ("Id",),
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

_API: Final = "https://docs.aws.amazon.com/organizations/latest/APIReference/API_"

TABLE: Table = {
    **{name: Row(_on(name, *members), _PAGE) for name, members in _ON_IDS.items()},
    # The name of a role in these is that of one that Organizations makes in the new account.
    **{
        name: Row(both(anywhere(f"organizations:{name}"), _tag_new("account", "*", "account")), f"{_API}{name}.html")
        for name in ("CreateAccount", "CreateGovCloudAccount")
    },
    "CreateOrganizationalUnit": Row(
        both(_on("CreateOrganizationalUnit", "ParentId"), _tag_new("ou", "ou-*", "organizationalunit")),
        f"{_API}CreateOrganizationalUnit.html",
    ),
    "CreatePolicy": Row(_create_policy, f"{_API}CreatePolicy.html"),
    "DescribeEffectivePolicy": Row(_effective, _PAGE),
    "InviteAccountToOrganization": Row(
        _invite("InviteAccountToOrganization"), f"{_API}InviteAccountToOrganization.html"
    ),
    "InviteOrganizationToTransferResponsibility": Row(_invite("InviteOrganizationToTransferResponsibility"), _PAGE),
    "ListPolicies": Row(_list_policies, _PAGE),
    "PutResourcePolicy": Row(_put_resource_policy, _PAGE),
}
