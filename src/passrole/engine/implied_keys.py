"""The condition keys that follow from a request: its chain of services, its resource's account, the organization,
and what every session has. Those of the principal alone are in `principals.implied_context`.

Sources: IAM User Guide, "AWS global condition context keys"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>, "Forward access sessions"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html> and "IAM and AWS STS condition
context keys" <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html>.
"""

from __future__ import annotations

from passrole.engine.global_keys import WITHOUT_MFA
from passrole.engine.principals import ROLE_SESSIONS, account_of
from passrole.engine.request import ContextValue, Organization, PrincipalType, Request
from passrole.engine.special_actions import ASSUME_ROLE_WITH_IDENTITY
from passrole.engine.truth import Doubt, unknown
from passrole.engine.unowned_actions import KEYS_OF_OWNER, PERHAPS_UNOWNED, is_unowned

Implied = dict[str, ContextValue | Doubt]

_SESSIONS = ROLE_SESSIONS | {PrincipalType.FEDERATED_SESSION}

_OF_SAML = ("saml:aud", "saml:iss", "saml:namequalifier", "saml:sub", "saml:sub_type")
"""What an assertion always has; the rest depends on the identity provider."""


def implied_keys(request: Request) -> Implied:
    """By lower-case name; a key that AWS always sends, and whose value nobody told, is a doubt."""
    keys: Implied = _of_call(request)
    _add_owner(request, keys)
    if request.principal.type in _SESSIONS:
        _add_session(request, keys)
    if request.organization is not None:
        _add_organization("principal", account_of(request.principal), request.organization, keys)
    return keys


def _of_call(request: Request) -> Implied:
    if request.called_via:
        return {
            "aws:calledvia": tuple(request.called_via),
            "aws:calledviafirst": request.called_via[0],
            "aws:calledvialast": request.called_via[-1],
            "aws:viaawsservice": "true",
        }
    # "This key is always included in the request context."
    return {"aws:viaawsservice": "false"}


def _add_owner(request: Request, keys: Implied) -> None:
    """Who owns the resource: "always included in the request context for most service actions"."""
    action, owner = request.action.lower(), request.resource_account
    if is_unowned(action):
        return
    if owner is None:
        keys["aws:resourceaccount"] = unknown(f"the account of `{request.resource}` is not known")
    else:
        keys["aws:resourceaccount"] = owner
    if request.organization is not None:
        _add_organization("resource", owner, request.organization, keys)
    if action == PERHAPS_UNOWNED and owner != account_of(request.principal):
        doubt = unknown("whether this call across accounts tells the resource's account depends on the target's age")
        keys.update(dict.fromkeys(KEYS_OF_OWNER & keys.keys(), doubt))


def _add_session(request: Request, keys: Implied) -> None:
    """What temporary credentials always have; a token of an identity provider is no credential yet."""
    principal = request.principal
    provider = principal.identity_provider
    if request.action.lower() not in ASSUME_ROLE_WITH_IDENTITY:
        keys["aws:tokenissuetime"] = unknown("when the session was made is not known (aws:TokenIssueTime)")
        if principal.type not in WITHOUT_MFA:
            keys["aws:multifactorauthpresent"] = unknown(
                "whether the session was made with MFA is not known (aws:MultiFactorAuthPresent)"
            )
    if principal.type is PrincipalType.SAML_SESSION:
        for key in _OF_SAML:
            keys[key] = unknown(f"the value of `{key}` is not known")
    elif principal.type is PrincipalType.WEB_IDENTITY_SESSION and provider is not None:
        # "…present in the role session of a role that was assumed using OpenID Connect (OIDC) provider, and in the
        # role-trust policy when an OIDC provider is used to call AssumeRoleWithWebIdentity."
        keys["aws:federatedprovider"] = provider
        domain = provider.rpartition(":oidc-provider/")[2].lower()
        for claim in ("aud", "sub"):
            keys[f"{domain}:{claim}"] = unknown(f"the value of `{domain}:{claim}` is not known")


def _add_organization(whose: str, account: str | None, organization: Organization, keys: Implied) -> None:
    """aws:PrincipalOrgID and aws:PrincipalOrgPaths, or aws:ResourceOrgID and aws:ResourceOrgPaths."""
    if account is None or organization.id is None:
        return
    if account in organization.members or account == organization.management_account:
        path = organization.members.get(account)
        keys[f"aws:{whose}orgid"] = organization.id
        keys[f"aws:{whose}orgpaths"] = (path,) if path else unknown(f"the path of account {account} is not known")
        return
    doubt = unknown(f"whether account {account} is in an organization is not known")
    keys[f"aws:{whose}orgid"] = keys[f"aws:{whose}orgpaths"] = doubt
