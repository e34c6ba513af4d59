"""The form of `Action` and `NotAction` values: one vendor, one colon, a name; and which a trust policy may have.

Source: IAM User Guide, "IAM JSON policy elements: Action"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html>
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from passrole.errors import Diagnostic
from passrole.policy.model import ActionElement, Value

ACTION_PAGE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html"

_VENDOR = re.compile(r"[a-zA-Z0-9.-]+")

_TRUST_ACTIONS = frozenset(
    {
        "assumerole",
        "assumerolewithsaml",
        "assumerolewithwebidentity",
        "setcontext",
        "setsourceidentity",
        "tagsession",
    }
)


def action_findings(actions: ActionElement) -> Iterator[Diagnostic]:
    """What IAM refuses in any policy. Whether an action exists is not asked: IAM does not ask either."""
    for value in actions.patterns:
        finding = _form_finding(value)
        if finding is not None:
            yield finding


def trust_action_findings(actions: ActionElement) -> Iterator[Diagnostic]:
    """The same, and that only actions by which a role is assumed stand there."""
    for value in actions.patterns:
        finding = _form_finding(value)
        if finding is not None:
            yield finding
        elif not _may_stand_in_trust(value.text):
            yield Diagnostic(
                "P0150",
                f"`{value.text}` cannot stand in a trust policy",
                span=value.span,
                cause="a trust policy says who may assume the role, and nothing about what the role may do",
                help="write sts:AssumeRole here, and put other actions in a policy attached to the role",
                see="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-custom.html",
                aws_message="AssumeRole policy may only specify STS AssumeRole actions.",
            )


def _may_stand_in_trust(action: str) -> bool:
    vendor, _, name = action.lower().partition(":")
    if vendor != "sts":
        return False
    # A pattern within the AssumeRole family is let through (guess); `sts:*` and `*` also match other actions.
    return name in _TRUST_ACTIONS or (name.startswith("assumerole") and "*" in name)


def _form_finding(value: Value) -> Diagnostic | None:
    action = value.text
    # Whether IAM takes `*:*`, which says the same as `*`, is not documented; taken (guess).
    if action in ("*", "*:*"):
        return None
    if ":" not in action:
        return Diagnostic(
            "P0144",
            f"the action `{action}` names no service",
            span=value.span,
            cause="an action is a service's prefix, a colon and a name; only `*` stands alone",
            help=f"write SERVICE:{action or 'NAME'}",
            see=ACTION_PAGE,
            aws_message="Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        )
    if action.count(":") > 1:
        return Diagnostic(
            "P0145",
            f"the action `{action}` has more than one colon",
            span=value.span,
            cause="an action is a service's prefix, one colon and a name",
            help="write SERVICE:NAME, for example s3:GetObject",
            see=ACTION_PAGE,
            aws_message="Actions/Condition can contain only one colon.",
        )
    vendor, _, name = action.partition(":")
    if "*" in vendor or "?" in vendor:
        return Diagnostic(
            "P0146",
            f"the action `{action}` has a wildcard in its service",
            span=value.span,
            cause="wildcards may stand in an action's name only",
            help=f"write one action for each service, for example s3:{name}",
            see=ACTION_PAGE,
            aws_message="Action vendors (e.g., aws, ec2, etc.) must not contain wildcards.",
        )
    if not _VENDOR.fullmatch(vendor):
        return Diagnostic(
            "P0147",
            f"`{vendor}` in the action `{action}` cannot be a service's prefix",
            span=value.span,
            cause="a prefix has letters, digits, hyphens and full stops",
            help="write SERVICE:NAME, for example s3:GetObject",
            see=ACTION_PAGE,
            aws_message=f"Vendor {vendor} is not valid",
        )
    return None
