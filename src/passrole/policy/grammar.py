"""What AWS refuses when a document is written, by policy type; reading a document (parse.py) is more lenient.

Sources: IAM User Guide, "Grammar of the IAM JSON policy language"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html> and "IAM policy validation check
reference" <https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html>; IAM's
answers as recorded in moto's tests against AWS and in public issues.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import assert_never

from passrole.errors import Diagnostic, Span
from passrole.policy.answers import ORGANIZATIONS, in_order_of_aws
from passrole.policy.grammar_action import action_findings, trust_action_findings
from passrole.policy.grammar_date import date_findings
from passrole.policy.grammar_organization import rcp_findings, scp_findings
from passrole.policy.grammar_principal import principal_findings, trust_principal_findings
from passrole.policy.grammar_resource import arn_form_findings, resource_findings
from passrole.policy.model import Effect, Policy, PolicyType, Statement

# No check for Id here, although the grammar page says that an identity-based policy must not have one: IAM takes it
# (recorded in moto's tests against AWS).


def check_grammar(
    policy: Policy,
    type: PolicyType,  # noqa: A002
    *,
    managed: bool = False,
    partition: str | None = None,
) -> tuple[Diagnostic, ...]:
    """Everything for which AWS would refuse to store the document as a policy of this type.

    Errors come first, in the order in which IAM checks, so that the first one's `aws_message` is IAM's answer;
    warnings follow. With `managed`, what only customer managed policies must have is asked too. With `partition`,
    ARNs of another partition are refused, as IAM does there.
    """
    return in_order_of_aws(_findings(policy, type, managed or type is PolicyType.BOUNDARY, partition))


def _findings(policy: Policy, type: PolicyType, managed: bool, partition: str | None) -> Iterator[Diagnostic]:  # noqa: A002
    match type:
        case PolicyType.IDENTITY | PolicyType.BOUNDARY | PolicyType.SESSION:
            if managed:
                yield from _version_findings(policy, "Policy document must be version 2012-10-17 or greater.")
            yield from _sid_findings(policy)
            for statement in policy.statements:
                yield from _identity_statement(statement, partition)
        case PolicyType.TRUST:
            yield from _sid_findings(policy)
            for statement in policy.statements:
                yield from _trust_statement(statement, partition)
        case PolicyType.RESOURCE | PolicyType.ENDPOINT:
            for statement in policy.statements:
                yield from _resource_statement(statement, type)
        case PolicyType.SCP:
            yield from _version_findings(policy, ORGANIZATIONS)
            yield from _sid_findings(policy)
            for statement in policy.statements:
                yield from scp_findings(statement)
        case PolicyType.RCP:
            yield from _version_findings(policy, ORGANIZATIONS)
            yield from _sid_findings(policy)
            for statement in policy.statements:
                yield from rcp_findings(statement)
        case _:
            assert_never(type)


def _identity_statement(statement: Statement, partition: str | None) -> Iterator[Diagnostic]:
    if statement.principals is not None:
        yield Diagnostic(
            "P0140",
            f"an identity-based policy cannot have `{_principal_name(statement)}`",
            span=_principal_span(statement),
            cause="the principal is whoever the policy is attached to",
            help=f"remove `{_principal_name(statement)}`, or put the statement in the role's trust policy",
            see="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
            aws_message="Policy document should not specify a principal.",
        )
    yield from action_findings(statement.actions)
    if statement.resources is None:
        yield Diagnostic(
            "P0142",
            "the statement has neither `Resource` nor `NotResource`",
            span=_opening(statement.span),
            cause="a policy that grants permissions says on which resources; there is no default",
            help='add "Resource": "*", or the ARNs of the resources',
            see="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html",
            aws_message="Policy statement must contain resources.",
        )
    else:
        yield from resource_findings(statement, statement.resources, partition)
    yield from date_findings(statement.conditions)


def _trust_statement(statement: Statement, partition: str | None) -> Iterator[Diagnostic]:
    if statement.resources is not None:
        # A trust policy may not name a Resource: the role is the resource.
        name = "NotResource" if statement.resources.negated else "Resource"
        yield Diagnostic(
            "P0141",
            f"a trust policy cannot have `{name}`",
            span=_first_span(value.span for value in statement.resources.patterns),
            cause="the resource of a trust policy is the role that it is attached to",
            help=f"remove `{name}`",
            see="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html",
            aws_message=(
                "AssumeRole policy must not contain resources."
                if statement.resources.negated
                else "Has prohibited field Resource"
            ),
        )
    if statement.principals is None:
        yield _missing_principal(statement, PolicyType.TRUST, "who may assume the role")
    else:
        yield from trust_principal_findings(statement.principals, partition)
    yield from trust_action_findings(statement.actions)
    yield from date_findings(statement.conditions)


def _resource_statement(statement: Statement, type: PolicyType) -> Iterator[Diagnostic]:  # noqa: A002
    # Each service checks its own resource-based policies; here is only what AWS's general pages say of all of them.
    if statement.principals is None:
        yield _missing_principal(statement, type, "to whom it applies")
    else:
        if statement.principals.negated and statement.effect is Effect.ALLOW:
            yield Diagnostic(
                "P0159",
                "`NotPrincipal` stands in a statement that allows",
                span=_principal_span(statement),
                cause="it would allow everyone but the listed principals, anonymous callers included",
                help="name whom to allow in `Principal`, or write a Deny statement",
                see="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html",
            )
        yield from principal_findings(statement.principals)
    yield from action_findings(statement.actions)
    if type is PolicyType.ENDPOINT and statement.resources is not None:
        yield from arn_form_findings(statement, statement.resources)


_SOMEBODY = 'add "Principal": { "Service": "SERVICE.amazonaws.com" } or { "AWS": "ARN" }'
_EVERYONE = 'add "Principal": "*"; a Condition on aws:PrincipalArn narrows it'


def _missing_principal(statement: Statement, type: PolicyType, question: str) -> Diagnostic:  # noqa: A002
    return Diagnostic(
        "P0143",
        f"a {type.value} needs a `Principal` in every statement",
        span=_opening(statement.span),
        cause=f"it says {question}",
        help=_EVERYONE if type is PolicyType.ENDPOINT else _SOMEBODY,
        see="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
        aws_message="Missing required field Principal",
    )


def _version_findings(policy: Policy, aws_message: str) -> Iterator[Diagnostic]:
    if policy.version != "2012-10-17":
        yield Diagnostic(
            "P0151",
            f"the version of the language is {f'`{policy.version}`' if policy.version else 'missing'}",
            span=_opening(policy.span),
            cause="customer managed policies, boundaries and organization policies must have version 2012-10-17",
            help='write "Version": "2012-10-17"; mind that `${…}` is a policy variable there',
            see="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html",
            aws_message=aws_message,
        )


_SID = re.compile(r"[0-9A-Za-z]*")


def _sid_findings(policy: Policy) -> Iterator[Diagnostic]:
    seen: set[str] = set()
    for statement in policy.statements:
        sid = statement.sid
        # The empty Sid counts as none: AWS's own console writes it, also in several statements.
        if not sid:
            continue
        see = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html"
        if not _SID.fullmatch(sid):
            yield Diagnostic(
                "P0149",
                f"the Sid `{sid}` has other characters than letters and digits",
                span=_opening(statement.span),
                cause="IAM allows A-Z, a-z and 0-9; services with resource-based policies may allow more",
                help=f'write "Sid": "{re.sub("[^0-9A-Za-z]", "", sid)}"',
                see=see,
                aws_message=(
                    "Statement IDs (SID) must be alpha-numeric. "
                    "Check that your input satisfies the regular expression [0-9A-Za-z]*"
                ),
            )
        if sid in seen:
            yield Diagnostic(
                "P0148",
                f"two statements have the Sid `{sid}`",
                span=_opening(statement.span),
                cause="a Sid names one statement of its policy",
                help=f'write "Sid": "{re.sub("[^0-9A-Za-z]", "", sid)}2", or leave the Sid out',
                see=see,
                aws_message="Statement IDs (SID) in a single policy must be unique.",
            )
        seen.add(sid)


def _principal_name(statement: Statement) -> str:
    return "NotPrincipal" if statement.principals is not None and statement.principals.negated else "Principal"


def _principal_span(statement: Statement) -> Span | None:
    entries = statement.principals.entries if statement.principals is not None else ()
    return _first_span(entry.value.span for entry in entries) or _opening(statement.span)


def _first_span(spans: Iterator[Span | None]) -> Span | None:
    return next(spans, None)


def _opening(span: Span | None) -> Span | None:
    """The bracket with which a statement or document begins: where something is missing, there is no better place."""
    if span is None:
        return None
    return Span(span.source, span.line, span.column, span.line, span.column + 1)
