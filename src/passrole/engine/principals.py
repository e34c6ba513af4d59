"""Who makes a request: from an ARN to a `Principal`, and what a principal alone says of the request context.

Source: IAM User Guide, "AWS global condition context keys", properties of the principal
<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
and "Variables and tags", principal key values
<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable>.
"""

from __future__ import annotations

import re
from typing import assert_never

from passrole.engine.request import ContextValue, Principal, PrincipalType
from passrole.engine.truth import Doubt, unknown
from passrole.errors import UsageError
from passrole.policy.arn import ACCOUNT_ID, Arn, ArnError

ROLE_SESSIONS = frozenset(
    {
        PrincipalType.ROLE_SESSION,
        PrincipalType.WEB_IDENTITY_SESSION,
        PrincipalType.SAML_SESSION,
        PrincipalType.SERVICE_LINKED_ROLE_SESSION,
    }
)
"""The types whose permissions are those of a role."""

WEB_IDENTITY_PROVIDERS = frozenset({"accounts.google.com", "graph.facebook.com", "www.amazon.com"})
"""Those that a policy names without an ARN, beside Amazon Cognito, whose name is also a service's.

<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-federated-web-identity>
"""

_SERVICE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.(amazonaws\.com|amazonaws\.com\.cn|amazonaws\.eu|aws\.internal)")


class PrincipalError(UsageError):
    """A text names no principal that could make a request."""


def principal_from_arn(arn: str) -> Principal:
    """The principal that a person means by an ARN, a service principal's name, or `*` (anonymous).

    A role's own ARN stands for some session of it, whose name is not known. An `assumed-role` ARN does not tell
    the role's path, so `role_arn` stays None; it cannot tell a service-linked role either, so it never makes one. An
    identity provider stands for someone with a token or an assertion of it, who has no credentials yet.
    Raises PrincipalError.
    """
    if arn == "*":
        return Principal(PrincipalType.ANONYMOUS, "*")
    if _SERVICE.fullmatch(arn):
        return Principal(PrincipalType.SERVICE, arn)
    if arn in WEB_IDENTITY_PROVIDERS:
        return Principal(PrincipalType.WEB_IDENTITY_SESSION, arn, identity_provider=arn)
    try:
        parsed = Arn.parse(arn)
    except ArnError as error:
        raise _no_principal(arn, *error.causes) from error
    account, kind, name = parsed.account, *_split(parsed.resource)
    if parsed.service not in ("iam", "sts") or not ACCOUNT_ID.fullmatch(account) or set("*?") & set(arn):
        raise _no_principal(arn, "a principal's ARN is of the service iam or sts and names one account, no pattern")
    match parsed.service, kind:
        case "iam", "root" if not name:
            return Principal(PrincipalType.ROOT_USER, arn, account)
        case "iam", "user" if name:
            return Principal(PrincipalType.USER, arn, account)
        case "iam", "role" if name.startswith("aws-service-role/"):
            return Principal(PrincipalType.SERVICE_LINKED_ROLE_SESSION, arn, account, role_arn=arn)
        case "iam", "role" if name:
            return Principal(PrincipalType.ROLE_SESSION, arn, account, role_arn=arn)
        case "sts", "assumed-role" if re.fullmatch(r"[^/]+/[^/]+", name):
            return Principal(PrincipalType.ROLE_SESSION, arn, account)
        case "sts", "federated-user" if name:
            return Principal(PrincipalType.FEDERATED_SESSION, arn, account)
        case "iam", "oidc-provider" if name:
            return Principal(PrincipalType.WEB_IDENTITY_SESSION, arn, account, identity_provider=arn)
        case "iam", "saml-provider" if name:
            return Principal(PrincipalType.SAML_SESSION, arn, account, identity_provider=arn)
    raise _no_principal(arn, "it names no user, role, session or root user")


def _split(resource: str) -> tuple[str, str]:
    kind, _, name = resource.partition("/")
    return kind, name


def _no_principal(text: str, *causes: str) -> PrincipalError:
    help_text = "name a user (arn:aws:iam::111122223333:user/NAME), a role (arn:aws:iam::111122223333:role/NAME), "
    if ACCOUNT_ID.fullmatch(text):
        help_text = f"for the root user write arn:aws:iam::{text}:root; an account as such makes no request; or "
    return PrincipalError(
        f"`{text}` is no principal that can make a request",
        causes=causes,
        help=f"{help_text}a session (arn:aws:sts::111122223333:assumed-role/ROLE/SESSION), "
        "a service (ec2.amazonaws.com) or * for anonymous",
    )


def account_of(principal: Principal) -> str | None:
    """The account that the principal belongs to, from its ARN where the principal does not say."""
    if principal.account:
        return principal.account
    parts = principal.arn.split(":", 5)
    return parts[4] or None if len(parts) == 6 else None


def role_name_of(principal: Principal) -> str | None:
    """The role of a session, without its path; names are unique in an account whatever the path."""
    if principal.role_arn is not None:
        return principal.role_arn.rpartition("/")[2]
    parts = principal.arn.split(":", 5)[-1].split("/")
    if parts[0] == "assumed-role" and len(parts) == 3:
        return parts[1]
    return parts[-1] if parts[0] == "role" else None


def session_name_of(principal: Principal) -> str | None:
    """What the caller of AssumeRole named the session; None for a principal written as its role."""
    parts = principal.arn.split(":", 5)[-1].split("/")
    return parts[2] if parts[0] == "assumed-role" and len(parts) == 3 else None


def role_id_of(principal: Principal) -> str | None:
    """The role's unique ID (AROA…), also where `unique_id` is written with the session's name."""
    return None if principal.unique_id is None else principal.unique_id.partition(":")[0]


def implied_context(principal: Principal) -> dict[str, ContextValue | Doubt]:
    """The condition keys that AWS fills from the principal, by lower-case name.

    A key that AWS always sends, and whose value the principal does not tell, is a doubt; a key that is not listed
    is absent. The request's own context comes before these: see `context.py`, the only caller.
    """
    kind = principal.type
    if kind is PrincipalType.ANONYMOUS:
        # "For anonymous requests, the request context returns `anonymous`."
        return {"aws:principaltype": "Anonymous", "aws:principalaccount": "anonymous", "aws:userid": "anonymous"}
    keys: dict[str, ContextValue | Doubt] = {"aws:principalisawsservice": "false"}
    if kind is PrincipalType.SERVICE:
        # "…included in the request context for all requests": with which value for a service is written nowhere.
        said_of_all = {
            f"aws:{name}": unknown(_of_service(name)) for name in ("PrincipalAccount", "PrincipalType", "userid")
        }
        return {
            **{key.lower(): doubt for key, doubt in said_of_all.items()},
            "aws:principalisawsservice": "true",
            "aws:principalservicename": principal.arn,
        }
    account = account_of(principal)
    keys["aws:principalaccount"] = account or unknown(f"the account of `{principal.arn}` is not known")
    match kind:
        case PrincipalType.ROOT_USER:
            keys["aws:principaltype"] = "Account"
            keys["aws:principalarn"] = principal.arn
            keys["aws:userid"] = account or unknown("the account of the root user is not known")
        case PrincipalType.USER:
            keys["aws:principaltype"] = "User"
            keys["aws:principalarn"] = principal.arn
            keys["aws:username"] = principal.arn.rpartition("/")[2]
            keys["aws:userid"] = principal.unique_id or unknown(f"the unique ID of `{principal.arn}` is not known")
        case PrincipalType.FEDERATED_SESSION:
            keys["aws:principaltype"] = "FederatedUser"
            keys["aws:principalarn"] = principal.arn
            keys["aws:userid"] = f"{account}:{principal.arn.partition('/')[2]}"
        case (
            PrincipalType.ROLE_SESSION
            | PrincipalType.WEB_IDENTITY_SESSION
            | PrincipalType.SAML_SESSION
            | PrincipalType.SERVICE_LINKED_ROLE_SESSION
        ):
            keys["aws:principaltype"] = "AssumedRole"
            keys["aws:principalarn"] = principal.role_arn or unknown(
                f"the path of the role of `{principal.arn}` is not known, so neither is aws:PrincipalArn"
            )
            keys["aws:userid"] = _session_user_id(principal)
        case _:
            assert_never(kind)
    return keys


def _of_service(name: str) -> str:
    return f"which aws:{name} a request of a service has is not documented"


def _session_user_id(principal: Principal) -> str | Doubt:
    role_id, session = role_id_of(principal), session_name_of(principal)
    if principal.unique_id is not None and ":" in principal.unique_id:
        return principal.unique_id
    if role_id is None or session is None:
        return unknown(f"the unique ID of the session `{principal.arn}` is not known")
    return f"{role_id}:{session}"
