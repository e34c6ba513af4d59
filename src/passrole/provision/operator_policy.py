"""The smallest policy of a person who sets something up with passrole: the calls that it makes, and no others.

Source: Service Authorization Reference, AWS Identity and Access Management
<https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html>
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import Enum

from passrole.catalog.service_principals import service_principal
from passrole.provision.changes import ApiCall
from passrole.provision.nothing_there import plan_from_nothing
from passrole.provision.operator_arns import Arns
from passrole.recipes.desired import DesiredState, Json


class OperatorTask(Enum):
    """What the person does. APPLY makes a set-up and goes on after a stop; CHANGE also alters what is there already:
    adopts entities of others, and brings an older set-up up to date. DESTROY also lets parameters change that take
    something away."""

    APPLY = "apply"
    CHANGE = "change"
    VERIFY = "verify"
    DESTROY = "destroy"


@dataclass(frozen=True, slots=True)
class Permission:
    """One action on some resources, why it is needed, and the condition that keeps it narrow, if there is one."""

    action: str
    resources: tuple[str, ...]
    reason: str
    condition: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    """(operator, key, values) each."""
