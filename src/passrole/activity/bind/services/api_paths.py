"""API Gateway's own APIs: an operation asks the action of its HTTP method, on the path that it calls.

`arn:aws:apigateway:us-east-1::/restapis/a1b2/resources`; of the second version without `/v2`. What IAM controls besides
(policies of APIs, certificates and web ACLs) is asked, or the call is refused. Tags and parameters as condition keys
are not derived.
Sources: <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-iam-policy-examples.html>,
<https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagement.html>,
<https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagementv2.html>.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.model import Asked, CannotBindError, Why
from passrole.activity.bind.operations import operations_of
from passrole.activity.bind.parameter_paths import texts_at
from passrole.activity.bind.pass_role import passed
from passrole.activity.bind.rows import Row, Table

_PLACEHOLDER: Final = re.compile(r"\{([^}]+)\}")
_NOT_DERIVED: Final = "passrole does not derive this key from calls to API Gateway"
_ROLES: Final = dict.fromkeys(
    ("authorizerCredentials", "credentials", "value", "AuthorizerCredentialsArn", "CredentialsArn"), "apigateway"
)
"""`value` is that of a patch operation."""
_WITH_BODIES: Final = frozenset({"ImportRestApi", "PutRestApi"})
_BESIDE: Final = ("domainnameid", "managementpolicy", "mutualtlsauthentication", "truststore", "webacl")
"""In the names of parameters and the paths of patches that ask permissions of their own, or that make another ARN."""


def rows(service: str, page: str) -> Table:
    """A row for every operation that has no action of its own name."""
    from passrole.catalog.actions import get_action

    return {
        name: Row(_by_path, page)
        for name, operation in operations_of(service).items()
        if get_action(f"apigateway:{name}") is None
    }


def _by_path(inquiry: Inquiry) -> Iterator[Asked]:
    operation = inquiry.operation
    path = _path(inquiry, operation.uri.partition("?")[0].removeprefix("/v2"))
    _refuse_what_is_beside(inquiry)
    yield _ask(inquiry, f"apigateway:{operation.method}", path)
    if _sets_policy(inquiry):
        if not path.startswith("/restapis"):
            raise CannotBindError(Why.NOT_KNOWN, "what setting a policy of a domain name asks is not read")
        yield _ask(inquiry, "apigateway:UpdateRestApiPolicy", path)
    given = inquiry.call.parameters.get("tags") or inquiry.call.parameters.get("Tags")
    if given and not path.startswith("/tags/"):
        yield _ask(inquiry, "apigateway:PUT", "/tags/*")
    yield from passed(inquiry, _ROLES, others=True)


def _ask(inquiry: Inquiry, action: str, path: str) -> Asked:
    call = inquiry.call
    # As of something new: tags are not read, and counted among what is not known.
    asked = inquiry.ask(action, f"arn:{call.partition}:apigateway:{call.region}::{path}", new=True, own_account=True)
    for key in ("apigateway:*", "aws:ResourceTag/*", "aws:RequestTag/*", "aws:TagKeys"):
        asked = inquiry.unknown(asked, key, _NOT_DERIVED)
    return asked


def _path(inquiry: Inquiry, template: str) -> str:
    members = inquiry.operation.in_path

    def filled(match: re.Match[str]) -> str:
        value = inquiry.need(members[match[1].removesuffix("+")])
        # A name with a slash would be another path.
        return quote(value, safe="") if template.startswith("/tags/") else _segment(value)

    return _PLACEHOLDER.sub(filled, template)


def _segment(value: str) -> str:
    if "/" in value or "?" in value or "#" in value or "%" in value or value in (".", ".."):
        raise CannotBindError(Why.RESOURCE_NOT_NAMED, f"`{value}` is no single part of a path")
    return value


def _patched(inquiry: Inquiry) -> tuple[str, ...]:
    return texts_at(inquiry.call.parameters, "patchOperations.path")


def _sets_policy(inquiry: Inquiry) -> bool:
    parameters = inquiry.call.parameters
    if inquiry.operation.name in _WITH_BODIES:
        body = parameters.get("body")
        text = body.lower() if isinstance(body, bytes) else b"policy"
        # Spelled with escapes it might be there as well.
        return b"policy" in text or b"\\" in text
    if any(path.lower().startswith("/policy") for path in _patched(inquiry)):
        return True
    return bool(parameters.get("policy") or parameters.get("Policy"))


def _refuse_what_is_beside(inquiry: Inquiry) -> None:
    named = [*_patched(inquiry), *(name for name, value in inquiry.call.parameters.items() if value)]
    for each in named:
        if any(word in each.lower() for word in _BESIDE):
            raise CannotBindError(Why.NOT_KNOWN, f"what `{each}` asks of IAM besides is not read")
    if "AccessAssociation" in inquiry.operation.name:
        raise CannotBindError(Why.NOT_KNOWN, "what associations with private domain names ask is not read")
