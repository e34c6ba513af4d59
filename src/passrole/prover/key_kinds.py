"""What a condition key can hold, as far as AWS says: one value or several, and of which type.

Sources: IAM User Guide, "AWS global condition context keys"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html> for global keys, the Service
Authorization Reference for those of services.
"""

from __future__ import annotations

from enum import Enum
from functools import lru_cache

from passrole.catalog.condition_keys import type_of_key
from passrole.engine.global_keys import MULTIVALUED, SPELLING
from passrole.engine.request import PrincipalType
from passrole.policy.operators import OperatorFamily


class Holds(Enum):
    """The texts that a key can hold."""

    ANY = "any text"
    NUMBER = "numbers"
    DATE = "dates"
    FLAG = "true or false"
    ADDRESS = "IP addresses"
    ARN = "ARNs"
    ACCOUNT = "account IDs"
    PRINCIPAL_TYPE = "kinds of principal"


FAMILY = {
    Holds.NUMBER: OperatorFamily.NUMERIC,
    Holds.DATE: OperatorFamily.DATE,
    Holds.FLAG: OperatorFamily.BOOL,
    Holds.ADDRESS: OperatorFamily.IP,
}
"""The operators that such values are made for."""

PRINCIPAL_TYPES = ("User", "AssumedRole", "FederatedUser", "Account", "Anonymous")

_GLOBAL = {
    "aws:assumedroot": Holds.FLAG,
    "aws:chatbotsourcearn": Holds.ARN,
    "aws:currenttime": Holds.DATE,
    "aws:ec2instancesourceprivateipv4": Holds.ADDRESS,
    "aws:multifactorauthage": Holds.NUMBER,
    "aws:multifactorauthpresent": Holds.FLAG,
    "aws:principalaccount": Holds.ACCOUNT,
    "aws:principalarn": Holds.ARN,
    "aws:principalisawsservice": Holds.FLAG,
    "aws:principaltype": Holds.PRINCIPAL_TYPE,
    "aws:resourceaccount": Holds.ACCOUNT,
    "aws:securetransport": Holds.FLAG,
    "aws:sourceaccount": Holds.ACCOUNT,
    "aws:sourcearn": Holds.ARN,
    "aws:sourceip": Holds.ADDRESS,
    "aws:sourcevpcarn": Holds.ARN,
    "aws:tokenissuetime": Holds.DATE,
    "aws:viaawsservice": Holds.FLAG,
    "aws:vpcsourceip": Holds.ADDRESS,
    "aws:vpceaccount": Holds.ACCOUNT,
}
_TYPES = {
    "ARN": Holds.ARN,
    "Bool": Holds.FLAG,
    "Date": Holds.DATE,
    "IPAddress": Holds.ADDRESS,
    "Numeric": Holds.NUMBER,
}

IN_EVERY_REQUEST = frozenset(
    {"aws:principalaccount", "aws:principalarn", "aws:principaltype", "aws:userid", "aws:principalisawsservice"}
)
"""Keys that a request of an IAM principal always has, in lower case."""


@lru_cache(maxsize=4096)
def holds(key: str) -> Holds:
    """For a key in lower case; ANY where AWS does not say."""
    if key in _GLOBAL:
        return _GLOBAL[key]
    kind = type_of_key(key)
    return Holds.ANY if kind is None else _TYPES.get(kind.removeprefix("ArrayOf"), Holds.ANY)


@lru_cache(maxsize=4096)
def holds_several(key: str) -> bool | None:
    """Whether a request can hold several values of a key in lower case; None where AWS does not say."""
    if key in MULTIVALUED:
        return True
    if key in SPELLING or key.startswith("aws:"):
        return False
    kind = type_of_key(key)
    return None if kind is None else kind.startswith("ArrayOf")


CALLERS = (PrincipalType.USER, PrincipalType.ROLE_SESSION)
"""Who can have identity-based policies, the plainest first."""
