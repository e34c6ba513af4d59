"""The form of principals: what a trust policy and other resource-based policies may name.

Whether a principal exists is not asked here: IAM asks it of its own entities, and the account does.
Source: IAM User Guide, "AWS JSON policy elements: Principal"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import assert_never

from passrole.errors import Diagnostic
from passrole.policy.arn import ACCOUNT_ID, PARTITIONS, Arn, ArnError
from passrole.policy.model import PrincipalElement, PrincipalEntry, PrincipalKind

PRINCIPAL_PAGE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html"

_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9_-]*[a-zA-Z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})+", re.ASCII)
_AWS_DOMAINS = ("amazonaws.com", "amazonaws.com.cn", "amazonaws.eu")
_CANONICAL_USER = re.compile(r"[0-9a-f]{64}", re.ASCII)
_UNIQUE_ID = re.compile(r"A[A-Z0-9]{15,127}", re.ASCII)
_NAME = r"[\w+=,.@-]+"
_IAM_PRINCIPAL = re.compile(rf"root|(?:user|role)/(?:[\x21-\x7e]+/)?{_NAME}", re.ASCII)
_STS_PRINCIPAL = re.compile(rf"assumed-role/{_NAME}/{_NAME}|federated-user/{_NAME}", re.ASCII)


def trust_principal_findings(element: PrincipalElement, partition: str | None) -> Iterator[Diagnostic]:
    """What IAM refuses in a role's trust policy."""
    if element.negated:
        yield Diagnostic(
            "P0160",
            "a trust policy cannot have `NotPrincipal`",
            span=element.entries[0].value.span if element.entries else None,
            cause="it would name everyone but the listed principals",
            help="name who may assume the role in `Principal`",
            see="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html",
            aws_message="AssumeRole policy must not contain NotPrincipal field.",
        )
        return
    for entry in element.entries:
        if entry.kind is PrincipalKind.EVERYONE:
            yield Diagnostic(
                "P0161",
                'a trust policy cannot have "Principal": "*"',
                span=entry.value.span,
                cause="IAM wants a kind beside the name",
                help='write "Principal": { "AWS": "ARN" }, or { "AWS": "*" } with a Condition that narrows it',
                see=PRINCIPAL_PAGE,
                aws_message='AssumeRolepolicy contained an invalid principal: "STAR":"*".',
            )
            continue
        if entry.kind is PrincipalKind.CANONICAL_USER:
            cause: str | None = "a canonical user is known to S3 only"
        elif entry.kind is PrincipalKind.AWS and _UNIQUE_ID.fullmatch(entry.value.text):
            cause = "it is the unique ID of a user or role that is deleted; IAM takes ARNs and account IDs"
        else:
            cause = _problem(entry, partition)
        if cause is not None:
            name = f'"{entry.kind.value.upper()}":"{entry.value.text}"'
            yield _invalid(entry, cause, f"Invalid principal in policy: {name}")


def principal_findings(element: PrincipalElement) -> Iterator[Diagnostic]:
    """What AWS's pages exclude for every resource-based policy; the text is Amazon S3's."""
    for entry in element.entries:
        if entry.kind is PrincipalKind.AWS and _UNIQUE_ID.fullmatch(entry.value.text):
            continue
        cause = _problem(entry, None)
        if cause is not None:
            yield _invalid(entry, cause, "Invalid principal in policy")


def _problem(entry: PrincipalEntry, partition: str | None) -> str | None:
    """Why a principal cannot be one; None when its form is right."""
    text = entry.value.text
    match entry.kind:
        case PrincipalKind.EVERYONE:
            return None
        case PrincipalKind.AWS:
            return _aws_problem(text, partition)
        case PrincipalKind.SERVICE:
            if "*" in text:
                return "a wildcard cannot stand in a service's name"
            # Which services exist, AWS does not publish; the two forms that cannot be one are caught.
            if not _DOMAIN.fullmatch(text) or text in _AWS_DOMAINS:
                return "a service principal is a domain name such as ec2.amazonaws.com"
            return None
        case PrincipalKind.FEDERATED:
            return _federated_problem(text)
        case PrincipalKind.CANONICAL_USER:
            return None if _CANONICAL_USER.fullmatch(text) else "a canonical user ID has 64 hexadecimal digits"
        case _:
            assert_never(entry.kind)


def _aws_problem(text: str, partition: str | None) -> str | None:
    if text == "*" or ACCOUNT_ID.fullmatch(text):
        return None
    if "*" in text or "?" in text:
        return "a wildcard cannot stand for a part of a principal's name; use a Condition on aws:PrincipalArn"
    try:
        arn = Arn.parse(text)
    except ArnError:
        return "it is neither an account ID of twelve digits nor an ARN"
    if arn.partition not in ((partition,) if partition is not None else PARTITIONS):
        return f"`{arn.partition}` is not this account's partition"
    if arn.region:
        return "the ARN of a principal has no Region"
    if arn.service == "iam" and arn.resource.startswith("group/"):
        return "a group cannot be a principal; name its users, or the account"
    form = {"iam": _IAM_PRINCIPAL, "sts": _STS_PRINCIPAL}.get(arn.service)
    # CloudFront's origin access identities look like users of an account named `cloudfront`, with a space in the name.
    if arn.service == "iam" and arn.account == "cloudfront" and arn.resource.startswith("user/"):
        return None
    if form is None or not form.fullmatch(arn.resource):
        return "it is not the ARN of an account, a user, a role or a session"
    if not ACCOUNT_ID.fullmatch(arn.account):
        return "its account is not an account ID of twelve digits"
    return None


def _federated_problem(text: str) -> str | None:
    if text.startswith("arn:"):
        try:
            arn = Arn.parse(text)
        except ArnError:
            return "it is not an ARN"
        if arn.service == "iam" and arn.resource.startswith(("saml-provider/", "oidc-provider/")) and "*" not in text:
            return None
        return "it is not the ARN of a SAML or OpenID Connect provider"
    if _DOMAIN.fullmatch(text):
        return None
    return "a federated principal is the domain name or the ARN of an identity provider"


def _invalid(entry: PrincipalEntry, cause: str, aws_message: str) -> Diagnostic:
    return Diagnostic(
        "P0162",
        f"`{entry.value.text}` cannot be a principal of the kind `{entry.kind.value}`",
        span=entry.value.span,
        cause=cause,
        help='write "AWS": "arn:aws:iam::ACCOUNT:role/NAME", "AWS": "ACCOUNT" or "Service": "SERVICE.amazonaws.com"',
        see=PRINCIPAL_PAGE,
        aws_message=aws_message,
    )
