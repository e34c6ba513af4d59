"""The form of `Resource` and `NotResource` values, as IAM checks them when a policy is written.

IAM checks little: not whether a service exists, nor the shape of a resource's name, except for IAM and S3.
Sources: IAM User Guide, "IAM JSON policy elements: Resource"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html>; answers recorded in moto's
tests against AWS.
"""

from __future__ import annotations

from collections.abc import Iterator

from passrole.errors import Diagnostic, Severity
from passrole.policy.arn import PARTITIONS
from passrole.policy.model import ResourceElement, Statement, Value

RESOURCE_PAGE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html"
REFUSED = "AWS would refuse the whole document (MalformedPolicyDocument)"

_IAM_PATHS = (
    "user/",
    "federated-user/",
    "role/",
    "group/",
    "instance-profile/",
    "mfa/",
    "server-certificate/",
    "policy/",
    "sms-mfa/",
    "saml-provider/",
    "oidc-provider/",
    "report/",
    "access-report/",
)
# Resource types that the service authorization reference has added since that answer of IAM was recorded.
_NEWER_IAM_PATHS = ("assumed-role/", "delegation-request/", "role-template/", "contextProvider/")

# The S3 resource types whose ARNs have a Region; a bucket's and an object's have none.
_REGIONAL_S3 = ("accesspoint", "access-grants", "async-request", "job", "storage-lens", "storage-lens-group")


def resource_findings(statement: Statement, resources: ResourceElement, partition: str | None) -> Iterator[Diagnostic]:
    """What IAM refuses in identity-based policies. `partition`: the only one that the account knows, if given."""
    for value in resources.patterns:
        if value.text != "*":
            yield from _findings(statement, value, partition)


def arn_form_findings(statement: Statement, resources: ResourceElement) -> Iterator[Diagnostic]:
    """Only that each value is `*` or begins like an ARN."""
    for value in resources.patterns:
        if value.text != "*" and not value.text.startswith("arn:"):
            yield _not_an_arn(statement, value)


def _findings(statement: Statement, value: Value, partition: str | None) -> Iterator[Diagnostic]:
    text = value.text
    parts = text.split(":", 5)
    if len(parts) == 1:
        yield _not_an_arn(statement, value)
        return
    named = parts[1]
    if named != "*" and (named not in PARTITIONS if partition is None else named != partition):
        yield _wrong_partition(value, parts, partition)
        return
    if parts[0] != "arn":
        yield _not_an_arn(statement, value)
        return
    service = parts[2] if len(parts) > 2 else None
    if service is None or "*" in service or "?" in service:
        yield _error(
            "P0153",
            f"the resource `{text}` does not name its service",
            value,
            cause="wildcards may stand in every part of a resource ARN except the service",
            help='write "*" for every resource, or one ARN for each service',
            aws_message="Resource vendor must be fully qualified and cannot contain regexes.",
        )
        return
    yield from _service_findings(value, service, parts)
    if len(parts) < 6:
        yield from _short(value, len(parts))
    elif not service:
        yield _legacy(value, "its service is empty")


def _service_findings(value: Value, service: str, parts: list[str]) -> Iterator[Diagnostic]:
    text, region = value.text, parts[3] if len(parts) > 3 else ""
    resource = parts[5] if len(parts) == 6 else ""
    if service == "iam" and region:
        yield _error(
            "P0154",
            f"the IAM resource `{text}` names a Region",
            value,
            cause="IAM is global, and the Region of its ARNs is empty",
            help=f"write {_without_region(parts)}",
            aws_message=f"IAM resource {text} cannot contain region information.",
        )
    elif service == "iam" and len(parts) == 6 and not _is_iam_resource(resource):
        yield _error(
            "P0155",
            f"`{resource}` is no kind of IAM resource",
            value,
            cause=f"an IAM resource is `*` or begins with {', '.join(_IAM_PATHS)}",
            help=f"write {':'.join([*parts[:5], 'role/' + resource])}, if it is a role",
            aws_message=f'IAM resource path must either be "*" or start with {", ".join(_IAM_PATHS)}.',
        )
    elif service == "s3" and region and len(parts) == 6 and not _may_be_regional(resource):
        yield _error(
            "P0154",
            f"the S3 resource `{text}` names a Region",
            value,
            cause="bucket names are global, and the Region and account of a bucket's ARN are empty",
            help=f"write arn:{parts[1]}:s3:::{resource}",
            aws_message=f"Resource {text} can not contain region information.",
        )


def _is_iam_resource(resource: str) -> bool:
    # sts:AssumeRoot is granted on …:root.
    return resource in ("*", "root") or resource.startswith((*_IAM_PATHS, *_NEWER_IAM_PATHS))


def _may_be_regional(resource: str) -> bool:
    kind = resource.split("/", 1)[0]
    return "*" in kind or "?" in kind or kind in _REGIONAL_S3


def _without_region(parts: list[str]) -> str:
    return ":".join([*parts[:3], "", *parts[4:]])


def _short(value: Value, count: int) -> Iterator[Diagnostic]:
    """An ARN with fewer than six parts: IAM refuses it if an empty part shows that some are missing."""
    if "::" in value.text:
        yield _legacy(value, f"it has {count} parts, and one of them is empty")
        return
    # IAM stores such a text. What it matches is not documented; Access Analyzer calls it "Missing ARN field".
    yield Diagnostic(
        "P0158",
        f"the resource `{value.text}` has {count} of an ARN's six parts",
        severity=Severity.WARNING,
        span=value.span,
        cause="an ARN is arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE; what a shorter one matches is not documented",
        help=f"write {value.text}{':*' * (6 - count)}",
        see="https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html",
    )


def _legacy(value: Value, cause: str) -> Diagnostic:
    return _error(
        "P0156",
        f"the resource `{value.text}` is not an ARN",
        value,
        cause=cause,
        help="write arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE, with all five colons",
        aws_message="The policy failed legacy parsing",
    )


def _wrong_partition(value: Value, parts: list[str], partition: str | None) -> Diagnostic:
    # IAM names the resource as it has completed it: six parts, `*` for those that are missing.
    rest = value.text.split(":")[2:]
    rest = [] if rest == [""] else rest
    completed = ":".join(["arn", parts[1], *rest, *["*"] * (4 - len(rest))])
    known = (partition,) if partition is not None else PARTITIONS
    return _error(
        "P0152",
        f"`{parts[1]}` in the resource `{value.text}` is not a partition",
        value,
        cause=f"the second part of an ARN is {', '.join(known)} or `*`; it cannot hold a policy variable",
        help=f"write arn:{known[0]}:{':'.join(rest) or 'SERVICE:REGION:ACCOUNT:RESOURCE'}",
        aws_message=f'Partition "{parts[1]}" is not valid for resource "{completed}".',
    )


_EXAMPLES = {
    "kms": "arn:aws:kms:REGION:ACCOUNT:key/KEY-ID",
    "s3": "arn:aws:s3:::BUCKET/*",
    "iam": "arn:aws:iam::ACCOUNT:role/NAME",
    "logs": "arn:aws:logs:REGION:ACCOUNT:log-group:NAME:*",
}


def _not_an_arn(statement: Statement, value: Value) -> Diagnostic:
    vendors = (action.text.partition(":")[0].lower() for action in statement.actions.patterns)
    example = next((_EXAMPLES[vendor] for vendor in vendors if vendor in _EXAMPLES), None)
    return _error(
        "P0107",
        f"`{value.text}` is not an ARN",
        value,
        cause="Resource takes `*` or ARN patterns with six colon-separated parts",
        help=f'write "*" or an ARN: {example or "arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE"}',
        aws_message=f'Resource {value.text} must be in ARN format or "*".',
    )


def _error(
    code: str,
    message: str,
    value: Value,
    *,
    cause: str,
    help: str,  # noqa: A002
    aws_message: str,
) -> Diagnostic:
    return Diagnostic(
        code,
        message,
        span=value.span,
        label=REFUSED,
        cause=cause,
        help=help,
        see=RESOURCE_PAGE,
        aws_message=aws_message,
    )
