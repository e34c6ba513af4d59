"""The few actions that AWS decides otherwise than by the general logic, each with its page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from passrole.engine.request import PrincipalType

if TYPE_CHECKING:
    from passrole.engine.statements import Asked

# "No permissions are required to perform this operation. If an administrator attaches a policy to your identity
# that explicitly denies access to the sts:GetCallerIdentity action, you can still perform this operation."
# <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>
GET_CALLER_IDENTITY = "sts:getcalleridentity"

# "No permissions are required for a user to get a session token. … You cannot use policies to control
# authentication operations." It is called with the long-term credentials of a user (or the root user).
# <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_getsessiontoken.html>
GET_SESSION_TOKEN = "sts:getsessiontoken"  # noqa: S105

# "You cannot call AssumeRole by using AWS account root user credentials; access is denied."
# <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
ASSUME_ROLE = "sts:assumerole"

# The caller has no AWS credentials yet: only the role's trust policy speaks.
# <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html>
ASSUME_ROLE_WITH_IDENTITY = frozenset({"sts:assumerolewithwebidentity", "sts:assumerolewithsaml"})

# What else is asked of the trust policy when a role is assumed with session tags, a source identity or a context.
# <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html>
# <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html>
# <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html>
_WITH_ANY_WAY = frozenset({"sts:tagsession", "sts:setsourceidentity"})
# Of the three ways only AssumeRole takes `ProvidedContexts`.
SET_CONTEXT = "sts:setcontext"
_WITH_ASSUME_ROLE = _WITH_ANY_WAY | {SET_CONTEXT}

CALLED_WITH_TOKEN = ASSUME_ROLE_WITH_IDENTITY | _WITH_ANY_WAY
"""What a federated principal can call: "the principal used when calling AWS STS AssumeRoleWithWebIdentity".

<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-federated-web-identity>
"""

# The actions of AWS KMS that are not about one key, so that no key policy is asked; neither is one for aliases.
# <https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html>
_KMS_WITHOUT_KEY = frozenset(
    f"kms:{name}"
    for name in (
        "connectcustomkeystore",
        "createcustomkeystore",
        "createkey",
        "deletecustomkeystore",
        "describecustomkeystores",
        "disconnectcustomkeystore",
        "generaterandom",
        "listaliases",
        "listkeys",
        "updatecustomkeystore",
    )
)

# "The kms:RetireGrant permission is not effective in an RCP, even if you specify it with a wildcard."
# <https://docs.aws.amazon.com/kms/latest/developerguide/resource-control-policies.html>
KMS_RETIRE_GRANT = "kms:retiregrant"


# Aliases have no policies: "To control access to aliases, use kms:CreateAlias and so on in IAM policies"; the key's
# own part of the operation is another question, about the key.
# <https://docs.aws.amazon.com/kms/latest/developerguide/alias-access.html>
_OF_ALIAS = ":alias/"
_LINKED_ROLE = ":role/aws-service-role/"


def is_always_allowed(asked: Asked) -> bool:
    if asked.action == GET_CALLER_IDENTITY:
        return asked.caller.type is not PrincipalType.ANONYMOUS
    return asked.action == GET_SESSION_TOKEN and asked.caller.type in (PrincipalType.USER, PrincipalType.ROOT_USER)


def asks_trust_policy(asked: Asked) -> bool:
    """Whether the request's resource-based policy is a role's trust policy."""
    if asked.action == ASSUME_ROLE or asked.action in ASSUME_ROLE_WITH_IDENTITY:
        return True
    # GetFederationToken asks sts:TagSession too, of no role.
    return asked.action in _WITH_ASSUME_ROLE and ":role/" in asked.resource


def assumes_linked_role(asked: Asked) -> bool:
    """Whether the request is about the trust policy of a service-linked role, which its path tells."""
    return asks_trust_policy(asked) and _LINKED_ROLE in asked.resource


def asks_no_resource_policy(asked: Asked) -> bool:
    """Whether the request's resource has no policy, so that what is said of one is that of another resource."""
    return asked.action.startswith("kms:") and _OF_ALIAS in asked.resource


def asks_key_policy(asked: Asked) -> bool:
    """Whether the request's resource-based policy is a key policy, without which nobody may use the key.

    A KMS action without a concrete key counts too: AWS always asks about one.
    """
    if not asked.action.startswith("kms:") or asked.action in _KMS_WITHOUT_KEY:
        return False
    return _OF_ALIAS not in asked.resource and not (asked.resource.startswith("arn:") and ":key/" not in asked.resource)


def has_no_identity(asked: Asked) -> bool:
    """Whether the caller has no identity-based policies at all: the resource-based policy decides alone."""
    kind = asked.caller.type
    if kind in (PrincipalType.SERVICE, PrincipalType.ANONYMOUS):
        return True
    with_identity = (PrincipalType.WEB_IDENTITY_SESSION, PrincipalType.SAML_SESSION)
    return kind in with_identity and asked.action in ASSUME_ROLE_WITH_IDENTITY
