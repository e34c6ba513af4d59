"""Waiting for IAM: what one call made, the next may not see for some seconds.

Source: IAM User Guide, "Changes that I make are not always immediately visible"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency>
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from passrole.provision import addresses
from passrole.provision.addresses import Address, Kind
from passrole.provision.call import Answer, call
from passrole.provision.changes import ApiCall
from passrole.provision.errors import RefusedCallError

if TYPE_CHECKING:
    from botocore.client import BaseClient

DELAYS_IN_SECONDS = (1.0, 2.0, 4.0, 8.0, 16.0)

Sleep = Callable[[float], None]


def call_patiently(client: BaseClient, api_call: ApiCall, made: frozenset[Address], sleep: Sleep) -> Answer:
    """Make a call of a plan; try again while IAM may not yet know the entities `made` by this apply.

    Raises what `call` raises, after half a minute at most.
    """
    for delay in DELAYS_IN_SECONDS:
        try:
            return call(client, api_call.operation, api_call.parameters)
        except RefusedCallError as err:
            if not _may_pass(err, api_call, made):
                raise
        sleep(delay)
    return call(client, api_call.operation, api_call.parameters)


def _may_pass(err: RefusedCallError, api_call: ApiCall, made: frozenset[Address]) -> bool:
    match err.aws_code:
        case "ConcurrentModification":
            return True
        case "NoSuchEntity":
            return not made.isdisjoint(_names(api_call))
        case "MalformedPolicyDocument":
            # A principal that was made a moment ago is refused as invalid until all of IAM knows it.
            return bool(made) and "principal" in err.aws_message.lower()
        case _:
            return False


def _names(api_call: ApiCall) -> set[Address]:
    """The entities that the call is about."""
    names = {api_call.address.entity}
    if "PolicyArn" in api_call.parameters:
        names.add(addresses.managed_policy(str(api_call.parameters["PolicyArn"])))
    if api_call.address.kind is Kind.INSTANCE_PROFILE and api_call.address.detail is not None:
        names.add(addresses.role(api_call.address.detail))
    return names
