"""AWS's global condition keys: how each is spelled, which hold several values, and which kind of caller has which.

Sources: IAM User Guide, "AWS global condition context keys"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html> and "Single-valued vs.
multivalued context keys"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html>.
"""

from __future__ import annotations

from passrole.engine.request import PrincipalType

_MULTIVALUED = (
    "aws:CalledVia",
    "aws:PrincipalOrgPaths",
    "aws:PrincipalServiceNamesList",
    "aws:ResourceOrgPaths",
    "aws:SourceOrgPaths",
    "aws:TagKeys",
    "aws:VpceOrgPaths",
)
_SINGLE_VALUED = (
    "aws:AssumedRoot",
    "aws:CalledViaAWSMCP",
    "aws:CalledViaFirst",
    "aws:CalledViaLast",
    "aws:ChatbotSourceArn",
    "aws:CurrentTime",
    "aws:Ec2InstanceSourcePrivateIPv4",
    "aws:Ec2InstanceSourceVpc",
    "aws:EpochTime",
    "aws:FederatedProvider",
    "aws:IsMcpServiceAction",
    "aws:MultiFactorAuthAge",
    "aws:MultiFactorAuthPresent",
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalIsAWSService",
    "aws:PrincipalOrgID",
    "aws:PrincipalServiceName",
    "aws:PrincipalType",
    "aws:referer",
    "aws:RequestedRegion",
    "aws:ResourceAccount",
    "aws:ResourceOrgID",
    "aws:SecureTransport",
    "aws:SignInSessionArn",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceIdentity",
    "aws:SourceIp",
    "aws:SourceOrgID",
    "aws:SourceVpc",
    "aws:SourceVpcArn",
    "aws:SourceVpce",
    "aws:TokenIssueTime",
    "aws:UserAgent",
    "aws:userid",
    "aws:username",
    "aws:ViaAWSMCPService",
    "aws:ViaAWSService",
    "aws:VpcSourceIp",
    "aws:VpceAccount",
    "aws:VpceOrgID",
)

SPELLING = {key.lower(): key for key in (*_MULTIVALUED, *_SINGLE_VALUED)}
"""AWS's spelling by lower-case name."""

MULTIVALUED = frozenset(key.lower() for key in _MULTIVALUED)
"""The global keys of which a request may hold several values, in lower case. The arity belongs to the key."""

# "This key is included in the request context only if the call to your resource is made directly by an AWS service
# principal": nobody else has these.
_ONLY_SERVICES = frozenset(
    {
        "aws:principalservicename",
        "aws:principalservicenameslist",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
    }
)
_ONLY_WITH_PROVIDER = frozenset({"aws:federatedprovider"})
_ONLY_USERS = frozenset({"aws:username"})
# Of IAM principals only: neither services nor anonymous callers have an account's properties here.
_ONLY_IAM = frozenset(
    {
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:sourceidentity",
        "aws:tokenissuetime",
    }
)
_OF_MFA = frozenset({"aws:multifactorauthage", "aws:multifactorauthpresent"})
# "This condition key is not present for federated identities": those whom an identity provider vouches for.
WITHOUT_MFA = frozenset(
    {
        PrincipalType.SERVICE,
        PrincipalType.ANONYMOUS,
        PrincipalType.WEB_IDENTITY_SESSION,
        PrincipalType.SAML_SESSION,
    }
)
"""The callers whose requests say nothing of multi-factor authentication."""
# What the request says itself (`implied_keys`): absent where it does not.
_OF_THE_REQUEST = frozenset(
    {"aws:calledvia", "aws:calledviafirst", "aws:calledvialast", "aws:principalaccount", "aws:viaawsservice"}
)


def cannot_have(kind: PrincipalType, key: str) -> bool:
    """Whether a request of such a caller never has this key (in lower case), unless it is given or implied."""
    if key in _OF_THE_REQUEST:
        return True
    if key in _ONLY_USERS:
        return kind is not PrincipalType.USER
    if key in _ONLY_SERVICES:
        return kind is not PrincipalType.SERVICE
    if key in _OF_MFA:
        return kind in WITHOUT_MFA
    if key in _ONLY_WITH_PROVIDER:
        return kind is not PrincipalType.WEB_IDENTITY_SESSION
    if key in _ONLY_IAM or key.startswith("aws:principaltag/"):
        return kind in (PrincipalType.SERVICE, PrincipalType.ANONYMOUS)
    return False
