"""S3 Block Public Access: what makes a bucket policy public, and whom RestrictPublicBuckets shuts out then.

"To be considered non-public, a bucket policy must grant access only to fixed values (values that don't contain a
wildcard or an AWS Identity and Access Management Policy Variable)" of a principal or of one of the keys below. One
public statement makes the whole policy public; a Deny beside it does not help.
Source: Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage"
<https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>
"""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network, ip_network

from passrole.engine.principals import account_of
from passrole.engine.request import PrincipalType
from passrole.engine.stack import Layer, Unknown
from passrole.engine.statements import Asked
from passrole.engine.truth import Truth, all_of, any_of, negation, not_understood, unknown
from passrole.policy.model import Condition, Effect, Policy, PrincipalElement, PrincipalKind, Quantifier, Statement
from passrole.policy.operators import OPERATORS, OperatorFamily

RULE = "S3 Block Public Access (RestrictPublicBuckets): the bucket policy is public"

FIXING_KEYS = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:principalservicename",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceip",
        "aws:sourceowner",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:userid",
        "s3:dataaccesspointaccount",
        "s3:dataaccesspointarn",
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
    }
)
_FIXING_FAMILIES = frozenset({OperatorFamily.STRING, OperatorFamily.ARN, OperatorFamily.IP})
_NOT_FIXED = re.compile(r"[*?]|\$\{")
_ACCESS_POINT_OF_ACCOUNT = re.compile(r"arn:[^:*?$]+:s3:[^:$]*:[0-9]{12}:accesspoint/[^$]*")
# "values broader than /8 for IPv4 and /32 for IPv6 (excluding RFC1918 private ranges)"
_BROADEST = {4: 8, 6: 32}
_PRIVATE = tuple(IPv4Network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))


def blocked(restrict: bool | Unknown, policies: Layer, asked: Asked) -> Truth:
    """Whether the setting rejects the request: whoever is neither of the bucket's account nor an AWS service."""
    if restrict is False or not asked.action.startswith("s3:") or _is_admitted(asked):
        return False
    if isinstance(policies, Unknown):
        public: Truth = unknown(f"whether the bucket policy is public: {policies.reason}")
    else:
        public = any_of(is_public(attached.policy) for attached in policies.policies)
    if isinstance(restrict, Unknown):
        return all_of((unknown(f"S3 Block Public Access: {restrict.reason}"), public))
    return public


def _is_admitted(asked: Asked) -> bool:
    kind = asked.caller.type
    if kind is PrincipalType.ANONYMOUS:
        return False
    owner = asked.request.resource_account
    return kind is PrincipalType.SERVICE or owner is None or owner == account_of(asked.request.principal)


def is_public(policy: Policy) -> Truth:
    allows = (statement for statement in policy.statements if statement.effect is Effect.ALLOW)
    return any_of(negation(_is_fixed(statement)) for statement in allows)


def _is_fixed(statement: Statement) -> Truth:
    conditions = (_is_fixing(condition) for condition in statement.conditions)
    return any_of((_principal_is_fixed(statement.principals), *conditions))


def _principal_is_fixed(element: PrincipalElement | None) -> Truth:
    if element is None or element.negated:
        return False
    return all_of(_entry_is_fixed(entry.kind, entry.value.text) for entry in element.entries)


def _entry_is_fixed(kind: PrincipalKind, text: str) -> Truth:
    if kind is PrincipalKind.FEDERATED:
        # A page's example calls `graph.facebook.com` public; of a SAML provider of an account it says nothing.
        return not_understood(f"whether `{text}` makes a bucket policy public") if text.startswith("arn:") else False
    return kind is not PrincipalKind.EVERYONE and not _NOT_FIXED.search(text)


def _is_fixing(condition: Condition) -> Truth:
    row, operator = OPERATORS.get(condition.operator.base), condition.operator
    if row is None or row.negated or row.family not in _FIXING_FAMILIES or condition.key.lower() not in FIXING_KEYS:
        return False
    key = condition.key.lower()
    if not condition.values or not all(is_fixed_value(key, value.text, row.family) for value in condition.values):
        return False
    if operator.if_exists or operator.quantifier is Quantifier.FOR_ALL_VALUES:
        return not_understood(f"whether {operator} makes a bucket policy public")
    return True


def is_fixed_value(key: str, text: str, family: OperatorFamily) -> bool:
    if family is OperatorFamily.IP:
        return key == "aws:sourceip" and _is_narrow(text)
    if key == "s3:dataaccesspointarn" and _ACCESS_POINT_OF_ACCOUNT.fullmatch(text):
        return True
    return not _NOT_FIXED.search(text)


def _is_narrow(text: str) -> bool:
    try:
        network: IPv4Network | IPv6Network = ip_network(text, strict=False)
    except ValueError:
        return False
    if isinstance(network, IPv4Network) and any(network.subnet_of(private) for private in _PRIVATE):
        return True
    return network.prefixlen >= _BROADEST[network.version]
