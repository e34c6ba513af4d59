"""Service control policies and resource control policies: what AWS Organizations refuses.

Sources: AWS Organizations User Guide, "SCP syntax"
<https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_syntax.html> and "RCP syntax"
<https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_syntax.html>
"""

from __future__ import annotations

from collections.abc import Iterator

from passrole.errors import Diagnostic, Span
from passrole.policy.answers import ORGANIZATIONS
from passrole.policy.grammar_action import action_findings
from passrole.policy.grammar_resource import arn_form_findings
from passrole.policy.model import Effect, PrincipalKind, Statement

SCP_PAGE = "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_syntax.html"
RCP_PAGE = "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_syntax.html"


def scp_findings(statement: Statement) -> Iterator[Diagnostic]:
    """SCPs have the whole language of IAM except principals.

    Not refused here, although older pages do: conditions and NotAction in Allow statements, wildcards within an action.
    AWS Organizations has accepted them since September 2025.
    """
    if statement.principals is not None:
        name = "NotPrincipal" if statement.principals.negated else "Principal"
        yield _finding(
            "P0140",
            f"a service control policy cannot have `{name}`",
            statement,
            "it applies to every principal of the accounts below it",
            f"remove `{name}`; a Condition on aws:PrincipalArn narrows the statement",
            SCP_PAGE,
        )
    yield from _common(statement, SCP_PAGE)


def rcp_findings(statement: Statement) -> Iterator[Diagnostic]:
    """RCPs deny to everyone; only AWS's own RCPFullAWSAccess allows."""
    principals, resources = statement.principals, statement.resources
    to_everyone = (
        principals is not None
        and not principals.negated
        and all(entry.kind is PrincipalKind.EVERYONE for entry in principals.entries)
    )
    if not to_everyone:
        yield _finding(
            "P0163",
            'a resource control policy must have "Principal": "*"',
            statement,
            "it applies to everyone who uses the resources of the accounts below it",
            'write "Principal": "*"; a Condition on aws:PrincipalOrgID or aws:PrincipalArn narrows the statement',
            RCP_PAGE,
        )
    if statement.actions.negated:
        yield _finding(
            "P0164",
            "a resource control policy cannot have `NotAction`",
            statement,
            "resource control policies cover the actions of a few services, which `Action` must name",
            'write "Action": "SERVICE:*"',
            RCP_PAGE,
        )
    plain = resources is not None and not resources.negated and [v.text for v in resources.patterns] == ["*"]
    if statement.effect is Effect.ALLOW and (statement.conditions or not plain):
        yield _finding(
            "P0165",
            "a resource control policy cannot allow some requests only",
            statement,
            "it takes away; what stays allowed is decided by the policy RCPFullAWSAccess, which is always attached",
            'write "Effect": "Deny" for what should not be allowed',
            RCP_PAGE,
        )
    yield from _common(statement, RCP_PAGE)


def _common(statement: Statement, see: str) -> Iterator[Diagnostic]:
    yield from action_findings(statement.actions)
    if statement.resources is None:
        yield _finding(
            "P0142",
            "the statement has neither `Resource` nor `NotResource`",
            statement,
            "an organization policy says on which resources it applies; there is no default",
            'add "Resource": "*"',
            see,
        )
    else:
        yield from arn_form_findings(statement, statement.resources)


def _finding(code: str, message: str, statement: Statement, cause: str, advice: str, see: str) -> Diagnostic:
    span = statement.span
    opening = None if span is None else Span(span.source, span.line, span.column, span.line, span.column + 1)
    return Diagnostic(code, message, span=opening, cause=cause, help=advice, see=see, aws_message=ORGANIZATIONS)
