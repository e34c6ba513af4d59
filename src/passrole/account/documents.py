"""Policy documents as the account takes and gives them: checked when written, percent-encoded when shown."""

from __future__ import annotations

import json
from functools import lru_cache
from urllib.parse import quote

from passrole.account.service_error import ServiceError, malformed_policy
from passrole.engine.identity import Identity
from passrole.errors import Diagnostic, Severity
from passrole.policy.answers import aws_answer, in_order_of_aws
from passrole.policy.grammar import check_grammar
from passrole.policy.model import Policy, PolicyType
from passrole.policy.parse import PolicySyntaxError, parse_policy, policy_from_value

SYNTAX_ERRORS = "Syntax errors in policy."
"""IAM's answer where it names nothing in particular."""


_ESCAPES = [
    (character, quote(character, safe=""))
    # The percent sign first: the escapes of the others begin with it.
    for character in ("%", *(chr(code) for code in range(128) if chr(code) != "%"))
    if quote(character, safe="") != character
]


@lru_cache(maxsize=2048)
def parsed(document: str) -> Policy:
    """The document as a policy; the same text is parsed once. Raises PolicySyntaxError."""
    return parse_policy(document)


def checked_document(
    document: str,
    type: PolicyType,  # noqa: A002
    *,
    partition: str,
    managed: bool = False,
) -> Policy:
    """Parse a document that someone writes. Raises MalformedPolicyDocument where IAM refuses it, in IAM's words."""
    try:
        policy = parsed(document)
    except PolicySyntaxError as error:
        also_wrong = _also_wrong(document, error.diagnostics, type, partition=partition, managed=managed)
        raise _refusal((*error.diagnostics, *also_wrong), type) from error
    errors = _errors(Identity(policy), type, managed, partition)
    if errors:
        raise _refusal(errors, type)
    return policy


@lru_cache(maxsize=512)
def _errors(policy: Identity[Policy], type: PolicyType, managed: bool, partition: str) -> tuple[Diagnostic, ...]:  # noqa: A002
    """Once for the same text, as many roles are trusted by the same one."""
    findings = check_grammar(policy.value, type, managed=managed, partition=partition)
    return tuple(finding for finding in findings if finding.severity is Severity.ERROR)


@lru_cache(maxsize=256)
def encoded_document(document: str) -> str:
    """The document as IAM's answers carry it: percent-encoded as RFC 3986 says. Clients decode it."""
    if not document.isascii():
        return quote(document, safe="")
    # The same for ASCII, some twenty times faster: ReadOnlyAccess alone has megabytes of versions.
    for character, escape in _ESCAPES:
        document = document.replace(character, escape)
    return document


_FOUND_LATE = frozenset({"P0124", "P0126", "P0127"})
"""Mistakes of structure that IAM comes upon after others: no action in a statement, an effect in the wrong case."""


def _also_wrong(
    document: str,
    found: tuple[Diagnostic, ...],
    type: PolicyType,  # noqa: A002
    *,
    partition: str,
    managed: bool,
) -> tuple[Diagnostic, ...]:
    """What IAM would name first: the errors that the document has beside those that it comes upon late."""
    if not {finding.code for finding in found} <= _FOUND_LATE:
        return ()
    try:
        value = json.loads(document)
    except ValueError:  # a number of too many digits for one
        return ()
    statements = value["Statement"]
    for statement in statements if isinstance(statements, list) else [statements]:
        if not statement.get("Action") and not statement.get("NotAction"):
            statement["Action"] = "*"
        statement["Effect"] = str(statement.get("Effect")).capitalize()
    try:
        policy = policy_from_value(value)
    except PolicySyntaxError:
        return ()
    findings = check_grammar(policy, type, managed=managed, partition=partition)
    return tuple(finding for finding in findings if finding.severity is Severity.ERROR)


def _refusal(findings: tuple[Diagnostic, ...], type: PolicyType) -> ServiceError:  # noqa: A002
    """AWS names the first thing it comes upon, and no more."""
    if type is PolicyType.SESSION:
        # STS names mistakes of JSON, which CreatePolicy does not.
        return malformed_policy(in_order_of_aws(findings)[0].aws_message or SYNTAX_ERRORS)
    return malformed_policy(aws_answer(findings, type) or SYNTAX_ERRORS)
